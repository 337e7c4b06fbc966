//! The totals of the opportunities that a caller reaches: read, added up, and kept as long as nothing has changed.
//!
//! Which owners a caller reaches is asked first, together with how often the totals of each have changed. An answer is
//! kept under what was asked and these numbers, so that it is found only as long as it is right: whoever changes a total
//! advances the number of its owner in the same transaction. Departments decide about owners alone; an owner who moves
//! takes all totals along, and the answer for other owners is another one.

mod answer;
mod query;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Access, Result, crypto, store};
use prost::Message;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::domain::contributions::Dimension;
use crate::domain::report::period::Period;
use crate::store::stamp;

pub use answer::{Answer, Line};

/// How long an answer is kept at most.
const KEPT: Duration = Duration::from_secs(10 * 60);

/// The owners whose opportunities a report is about.
#[derive(Debug, Default)]
pub struct Owners {
    /// Each with the department and the number of changes.
    known: BTreeMap<Uuid, (Option<Uuid>, i64)>,
    /// How many there are if these are all of the organization.
    all: Option<i64>,
}

impl Owners {
    /// The owners that the caller reaches: all, or one, or those of some departments.
    pub async fn reached(
        context: &Context,
        access: &Access,
        owner: Option<Uuid>,
        departments: Option<&BTreeSet<Uuid>>,
    ) -> Result<Self> {
        let connection = context.db.connection();
        let mut reached = store::select::<stamp::Entity>(access)?;
        if let Some(owner) = owner {
            reached = reached.filter(stamp::Column::OwnerId.eq(owner));
        }
        let is_inside = |stamp: &stamp::Model| {
            let Some(departments) = departments else { return true };
            stamp.department_id.is_some_and(|department| departments.contains(&department))
        };
        let known: BTreeMap<_, _> = reached
            .all(connection)
            .await?
            .into_iter()
            .filter(is_inside)
            .map(|stamp| (stamp.owner_id, (stamp.department_id, stamp.changes)))
            .collect();
        let number = store::tenant::<stamp::Entity>(access.organization()).count(connection).await?;
        let all = i64::try_from(number).ok().filter(|_| number == known.len() as u64);
        Ok(Self { known, all })
    }

    /// The department of an owner.
    pub fn department(&self, owner: Uuid) -> Option<Uuid> {
        self.known.get(&owner).and_then(|(department, _)| *department)
    }
}

/// What is asked of the totals.
#[derive(Debug)]
pub struct Question {
    /// What is summed.
    pub parts: Vec<Part>,
    /// In which months; all unless given.
    pub period: Option<Period>,
    /// In which pipeline; all unless given.
    pub pipeline: Option<Uuid>,
    /// A currency whose months need not be told apart where owners are: it is not converted.
    pub currency: String,
}

/// One of the things that are summed by one question.
#[derive(Debug)]
pub struct Part {
    /// What is told apart.
    pub dimension: Dimension,
    /// The name of an `OpportunityStatus`; empty in the dimension that knows none.
    pub status: &'static str,
    /// By what the sums are told apart, besides currency and month.
    pub by: By,
}

/// By what sums are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the value in the dimension.
    Value,
    /// By owner.
    Owner,
    /// By both.
    OwnerAndValue,
}

/// Answers a question about the totals of some owners.
///
/// All parts are read at one moment, unless there are thousands of owners.
pub async fn ask(context: &Context, access: &Access, owners: &Owners, question: &Question) -> Result<Answer> {
    if owners.known.is_empty() {
        return Ok(Answer::default());
    }
    let key = key(access.organization(), owners, question);
    let kept = context.cache.get(&key).await.and_then(|bytes| Answer::decode(bytes).ok());
    if let Some(answer) = kept {
        return Ok(answer);
    }
    let answer = query::read(context.db.connection(), access.organization(), owners, question).await?;
    context.cache.set(&key, answer.encode_to_vec().into(), KEPT).await;
    Ok(answer)
}

/// The name under which an answer is kept.
fn key(organization: Uuid, owners: &Owners, question: &Question) -> String {
    let stamps: Vec<u8> = owners
        .known
        .iter()
        .flat_map(|(owner, (_, changes))| {
            [*owner.as_bytes(), u128::from(changes.cast_unsigned()).to_be_bytes()]
        })
        .flatten()
        .collect();
    let hash = crypto::sha256(&[&stamps, format!("{question:?}").as_bytes()]);
    let mut key = format!("{} totals {organization} ", stamp::Entity::RESOURCE);
    for byte in hash {
        // Writing to a text does not fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}
