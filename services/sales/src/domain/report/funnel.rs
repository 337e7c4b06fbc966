//! How far opportunities have come.

use std::collections::HashMap;

use crm_protos::sales::v1::{OpportunityStatus, StageType};

use crate::domain::pipeline::Stage;

/// One step of a funnel.
#[derive(Debug, PartialEq)]
pub struct Step<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// How many have come to it or beyond it.
    pub reached: i64,
    /// How many visits have ended.
    pub visits: i64,
    /// How long these took together.
    pub seconds: i64,
}

/// What is known of some opportunities and of some visits; stages by their ids as texts.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many won, lost and open opportunities have a stage as their furthest.
    pub furthest: HashMap<(OpportunityStatus, String), i64>,
    /// How many visits of a stage have ended, and their seconds.
    pub visits: HashMap<String, (i64, i64)>,
}

impl Counts {
    /// How many opportunities are in a status.
    pub fn of(&self, status: OpportunityStatus) -> i64 {
        self.furthest.iter().filter(|((its, _), _)| *its == status).map(|(_, count)| count).sum()
    }

    /// The steps: the open stages in their order and then the won one. Won opportunities have come through all, whatever
    /// they have left out. An archived stage is a step as long as it counts.
    pub fn steps<'a>(&self, stages: &'a [Stage]) -> Vec<Step<'a>> {
        let won = self.of(OpportunityStatus::Won);
        let ended_at = |stage: &str| {
            let rest = self.furthest.iter().filter(|((status, _), _)| *status != OpportunityStatus::Won);
            rest.filter(|((_, furthest), _)| furthest == stage).map(|(_, count)| *count).sum::<i64>()
        };
        let step = |stage: &'a Stage, reached| {
            let (visits, seconds) = self.visits.get(&stage.id.to_string()).copied().unwrap_or_default();
            Step { stage, reached, visits, seconds }
        };
        let of_kind = |kind| stages.iter().filter(move |stage| stage.kind() == kind);
        let last = of_kind(StageType::Won).find(|stage| !stage.archived).or(of_kind(StageType::Won).next());
        let mut steps: Vec<Step> = last.map(|stage| step(stage, won)).into_iter().collect();
        let mut reached = won;
        for stage in of_kind(StageType::Open).rev() {
            let ended = ended_at(&stage.id.to_string());
            reached += ended;
            let step = step(stage, reached);
            if !stage.archived || ended > 0 || step.visits > 0 {
                steps.push(step);
            }
        }
        steps.reverse();
        steps
    }
}

#[cfg(test)]
mod tests {
    use OpportunityStatus::{Lost, Open, Won};

    use super::*;
    use crate::domain::pipeline::default_stages;

    fn counts(stages: &[Stage], furthest: &[(OpportunityStatus, usize, i64)]) -> Counts {
        let furthest =
            furthest.iter().map(|(status, stage, count)| ((*status, stages[*stage].id.to_string()), *count));
        Counts { furthest: furthest.collect(), visits: HashMap::new() }
    }

    fn reached(counts: &Counts, stages: &[Stage]) -> Vec<(String, i64)> {
        counts.steps(stages).into_iter().map(|step| (step.stage.name.clone(), step.reached)).collect()
    }

    #[test]
    fn whoever_is_beyond_a_stage_has_come_to_it() {
        let stages = default_stages();
        let counts = counts(&stages, &[(Open, 0, 4), (Lost, 0, 1), (Open, 2, 2), (Lost, 3, 3), (Won, 1, 5)]);
        let expected = [
            ("Prospecting", 15),
            ("Qualification", 10),
            ("Proposal", 10),
            ("Negotiation", 8),
            ("Closed won", 5),
        ];
        assert_eq!(reached(&counts, &stages), expected.map(|(name, count)| (name.to_owned(), count)));
        assert_eq!((counts.of(Won), counts.of(Lost), counts.of(Open)), (5, 4, 6));
    }

    #[test]
    fn an_archived_stage_is_a_step_while_it_counts() {
        let mut stages = default_stages();
        stages[1].archived = true;
        let names = |counts: &Counts| {
            counts.steps(&stages).iter().map(|step| step.stage.name.clone()).collect::<Vec<_>>()
        };
        let mut found = counts(&stages, &[(Open, 2, 1)]);
        assert_eq!(names(&found), ["Prospecting", "Proposal", "Negotiation", "Closed won"]);
        found.visits.insert(stages[1].id.to_string(), (2, 60));
        assert_eq!(names(&found)[1], "Qualification");
        let found = counts(&stages, &[(Open, 1, 1)]);
        assert_eq!(names(&found)[1], "Qualification");
    }

    #[test]
    fn the_order_of_the_stages_is_the_present_one() {
        let mut stages = default_stages();
        let counts = counts(&stages, &[(Open, 1, 1), (Open, 2, 2)]);
        stages.swap(1, 2);
        assert_eq!(
            reached(&counts, &stages)[..3].iter().map(|(_, count)| *count).collect::<Vec<_>>(),
            [3, 3, 1]
        );
    }
}
