//! The stages of a pipeline.

use std::collections::HashSet;

use crm_kit::error::{Error, Result, Violations};
use crm_protos::sales::v1::{ForecastCategory, StageType};
use crm_values::text;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// More stages are refused.
const MOST_STAGES: usize = 30;
/// An opportunity that may rest longer than ten years never rots.
const MOST_ROT_DAYS: i32 = 3650;

/// A step of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The name of a `StageType`.
    pub r#type: String,
    /// How likely an opportunity in it is won, in percent.
    pub probability: i32,
    /// After how many days without moving on an opportunity is rotten; 0 for never.
    pub rot_days: i32,
    /// The name of a `ForecastCategory`.
    pub forecast_category: String,
    /// True if it takes no more opportunities.
    pub archived: bool,
}

impl Stage {
    /// What being in it means.
    pub fn kind(&self) -> StageType {
        StageType::from_str_name(&self.r#type).unwrap_or_default()
    }

    /// True if opportunities in it are worked on.
    pub fn is_open(&self) -> bool {
        self.kind() == StageType::Open
    }
}

/// The stages that every organization begins with.
pub fn default_stages() -> Vec<Stage> {
    use ForecastCategory::{BestCase, Commit, Pipeline};
    use StageType::{Lost, Open, Won};
    let stages = [
        ("Prospecting", Open, 10, 30, Pipeline),
        ("Qualification", Open, 20, 30, Pipeline),
        ("Proposal", Open, 50, 21, BestCase),
        ("Negotiation", Open, 80, 14, Commit),
        ("Closed won", Won, 100, 0, Commit),
        ("Closed lost", Lost, 0, 0, Pipeline),
    ];
    let stage =
        |(name, kind, probability, rot_days, category): (&str, StageType, i32, i32, ForecastCategory)| {
            Stage {
                id: crm_kit::id::new(),
                name: name.to_owned(),
                r#type: kind.as_str_name().to_owned(),
                probability,
                rot_days,
                forecast_category: category.as_str_name().to_owned(),
                archived: false,
            }
        };
    stages.map(stage).into()
}

/// The stage of an id.
pub fn stage(stages: &[Stage], id: Uuid) -> Option<&Stage> {
    stages.iter().find(|stage| stage.id == id)
}

/// The first stage that takes opportunities of a kind.
pub fn first(stages: &[Stage], kind: StageType) -> Result<&Stage> {
    let found = stages.iter().find(|stage| stage.kind() == kind && !stage.archived);
    found.ok_or_else(|| Error::precondition("STAGE_MISSING", "give the pipeline a stage for it"))
}

/// Which of two open stages is nearer to winning.
pub fn furthest(stages: &[Stage], one: Uuid, other: Uuid) -> Uuid {
    let place = |id| stages.iter().position(|stage| stage.id == id && stage.is_open());
    if place(other) > place(one) { other } else { one }
}

/// Brings the stages that were given for a pipeline into their stored form. Those with an id are among the current ones
/// and keep their type; the others get an id.
pub fn normalize(
    given: Vec<Stage>,
    current: &[Stage],
    path: &str,
    violations: &mut Violations,
) -> Vec<Stage> {
    if given.len() > MOST_STAGES {
        violations.add(path, "TOO_MANY", format!("give {MOST_STAGES} stages at most"));
        return given;
    }
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    let mut stages = Vec::with_capacity(given.len());
    for (index, stage) in given.into_iter().enumerate() {
        let at = format!("{path}[{index}]");
        let stage = stage.normalize(&at, violations);
        let known = self::stage(current, stage.id);
        if !stage.id.is_nil() && (known.is_none() || !ids.insert(stage.id)) {
            let advice = "give the id of a stage of the pipeline once, or none for a new stage";
            violations.add(format!("{at}.id"), "STAGE_UNKNOWN", advice);
        }
        if known.is_some_and(|known| known.r#type != stage.r#type) {
            let advice = "keep the type, or archive the stage and add another one";
            violations.add(format!("{at}.type"), "TYPE_FIXED", advice);
        }
        if !stage.archived && !names.insert(stage.name.to_lowercase()) {
            violations.add(format!("{at}.name"), "DUPLICATE", "give a name that no other stage has");
        }
        stages.push(stage);
    }
    for (kind, word) in [(StageType::Open, "open"), (StageType::Won, "won"), (StageType::Lost, "lost")] {
        // That there are none at all is said already.
        if !stages.is_empty() && first(&stages, kind).is_err() {
            let advice = format!("give a stage that is {word} and not archived");
            violations.add(path, "STAGE_MISSING", advice);
        }
    }
    for stage in stages.iter_mut().filter(|stage| stage.id.is_nil()) {
        stage.id = crm_kit::id::new();
    }
    stages
}

impl Stage {
    fn normalize(self, path: &str, violations: &mut Violations) -> Self {
        let mut within = |value: i32, most: i32, field: &str| {
            if !(0..=most).contains(&value) {
                violations.add(format!("{path}.{field}"), "OUT_OF_RANGE", format!("give 0 to {most}"));
            }
        };
        within(self.probability, 100, "probability");
        within(self.rot_days, MOST_ROT_DAYS, "rot_days");
        let probability = match self.kind() {
            StageType::Won => 100,
            StageType::Lost => 0,
            StageType::Open | StageType::Unspecified => self.probability,
        };
        let category = match ForecastCategory::from_str_name(&self.forecast_category) {
            None | Some(ForecastCategory::Unspecified) => ForecastCategory::Pipeline,
            Some(category) => category,
        };
        Self {
            name: text::line(&self.name, 100, &format!("{path}.name"), violations),
            probability,
            forecast_category: category.as_str_name().to_owned(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(given: Vec<Stage>, current: &[Stage]) -> Vec<(String, &'static str)> {
        let mut violations = Violations::default();
        normalize(given, current, "stages", &mut violations);
        match violations.finish() {
            Err(Error::Invalid(violations)) => {
                violations.into_iter().map(|violation| (violation.field, violation.reason)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn changed(index: usize, change: impl FnOnce(&mut Stage)) -> (Vec<Stage>, Vec<Stage>) {
        let current = default_stages();
        let mut given = current.clone();
        change(&mut given[index]);
        (given, current)
    }

    #[test]
    fn the_default_stages_are_in_their_stored_form() {
        let stages = default_stages();
        let stored = normalize(stages.clone(), &stages, "stages", &mut Violations::default());
        assert_eq!(stored, stages);
    }

    #[test]
    fn a_new_stage_gets_an_id_and_what_its_type_means() {
        let (mut given, current) = changed(0, |_| {});
        let new = Stage {
            name: " Paid  deal ".to_owned(),
            r#type: "STAGE_TYPE_WON".to_owned(),
            ..Stage::default()
        };
        given.push(new);
        let mut violations = Violations::default();
        let stored = normalize(given, &current, "stages", &mut violations);
        violations.finish().unwrap();
        let new = &stored[6];
        assert!(!new.id.is_nil());
        assert_eq!((new.name.as_str(), new.probability), ("Paid deal", 100));
        assert_eq!(new.forecast_category, "FORECAST_CATEGORY_PIPELINE");
    }

    #[test]
    fn stages_that_do_not_fit_are_named() {
        type Change = fn(&mut Stage);
        let cases: [(usize, Change, &str, &str); 7] = [
            (0, |stage| stage.probability = 101, "stages[0].probability", "OUT_OF_RANGE"),
            (1, |stage| stage.rot_days = -1, "stages[1].rot_days", "OUT_OF_RANGE"),
            (1, |stage| stage.name = "prospecting".to_owned(), "stages[1].name", "DUPLICATE"),
            (2, |stage| stage.id = Uuid::from_u128(1), "stages[2].id", "STAGE_UNKNOWN"),
            (2, |stage| stage.r#type = "STAGE_TYPE_LOST".to_owned(), "stages[2].type", "TYPE_FIXED"),
            (4, |stage| stage.archived = true, "stages", "STAGE_MISSING"),
            (5, |stage| stage.archived = true, "stages", "STAGE_MISSING"),
        ];
        for (index, change, field, reason) in cases {
            let (given, current) = changed(index, change);
            assert_eq!(faults(given, &current), [(field.to_owned(), reason)]);
        }
        let (given, current) = changed(1, |stage| stage.archived = true);
        let twice = [given.clone(), vec![given[1].clone()]].concat();
        assert_eq!(faults(twice, &current), [("stages[6].id".to_owned(), "STAGE_UNKNOWN")]);
        assert_eq!(faults(vec![Stage::default(); 31], &[]), [("stages".to_owned(), "TOO_MANY")]);
    }
}
