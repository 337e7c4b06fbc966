//! The stages of a pipeline.

use crm_kit::error::{Error, Result};
use crm_protos::sales::v1::{ForecastCategory, StageType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
