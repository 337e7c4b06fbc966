//! The queries of the totals.

use crm_kit::{Result, store};
use sea_orm::sea_query::{Alias, CaseStatement, Expr, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait, TryGetableMany};
use uuid::Uuid;

use super::answer::{Answer, Draft};
use super::{By, Owners, Part, Question};
use crate::domain::contributions::Measure;
use crate::domain::report::amounts::Unit;
use crate::store::{stamp, total};

/// So many owners are named in one query.
const MOST_NAMED: usize = 5_000;
/// The number of the part that tells how many owners there are.
const NUMBER_OF_OWNERS: i32 = -1;

/// The part, the value, the owner, the month, the currency, the count, both amounts and the seconds.
type Row = (i32, String, Uuid, String, String, i64, i64, i64, i64);

/// Reads what is asked for from the database.
pub(super) async fn read(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    owners: &Owners,
    question: &Question,
) -> Result<Answer> {
    if let Some(number) = owners.all {
        let mut statement = union(organization, question, None);
        statement.union(UnionType::All, number_of_owners(organization));
        let rows = rows(connection, &statement).await?;
        // An owner who has come meanwhile may be one that the caller does not reach.
        if rows.iter().any(|(part, .., count, _, _, _)| (*part, *count) == (NUMBER_OF_OWNERS, number)) {
            return Ok(answer(rows));
        }
    }
    let named: Vec<Uuid> = owners.known.keys().copied().collect();
    let mut all = Vec::new();
    for some in named.chunks(MOST_NAMED) {
        all.extend(rows(connection, &union(organization, question, Some(some))).await?);
    }
    Ok(answer(all))
}

async fn rows(connection: &impl ConnectionTrait, statement: &SelectStatement) -> Result<Vec<Row>> {
    let found = connection.query_all(statement).await?;
    // By their places, which is faster than by their names.
    let rows = found.iter().map(Row::try_get_many_by_index).collect::<Result<_, _>>();
    Ok(rows.map_err(sea_orm::DbErr::from)?)
}

fn answer(rows: Vec<Row>) -> Answer {
    let mut draft = Draft::default();
    for (part, value, owner, month, currency, count, amount_minor, weighted_amount_minor, seconds) in rows {
        let Ok(part) = u32::try_from(part) else { continue };
        let measure = Measure { count, amount_minor, weighted_amount_minor, seconds };
        // What has come and gone leaves a total of nothing.
        if measure != Measure::default() {
            draft.add(part, value, owner, Unit { currency, month }, measure);
        }
    }
    draft.finish()
}

fn union(organization: Uuid, question: &Question, owners: Option<&[Uuid]>) -> SelectStatement {
    let parts = question.parts.iter().zip(0..);
    let mut parts = parts.map(|(part, number)| sums(organization, question, part, number, owners));
    let mut first = parts.next().unwrap_or_default();
    first.unions(parts.map(|part| (UnionType::All, part)));
    first
}

/// The sums of one part. The conditions follow the table's key, or its index by owner if some are named.
fn sums(
    organization: Uuid,
    question: &Question,
    part: &Part,
    number: i32,
    owners: Option<&[Uuid]>,
) -> SelectStatement {
    use total::Column;
    // Who asks for owners needs the totals of each, even if it is all of them.
    let of_all = owners.is_none() && part.by == By::Value;
    let dimension = if of_all { part.dimension.of_all() } else { part.dimension.as_str().to_owned() };
    let mut query = store::tenant::<total::Entity>(organization)
        .filter(Column::Dimension.eq(dimension))
        .filter(Column::Status.eq(part.status));
    if let Some(period) = question.period {
        query = query.filter(Column::Month.between(period.start.to_string(), period.end.to_string()));
    }
    if let Some(pipeline) = question.pipeline {
        query = query.filter(Column::PipelineId.eq(pipeline));
    }
    if let Some(owners) = owners {
        query = query.filter(Column::OwnerId.is_in(owners.iter().copied()));
    }
    let by_owner = part.by != By::Value;
    let by_value = part.by != By::Owner;
    let nobody = Expr::value(Uuid::nil());
    let nothing = Expr::value("");
    let same = Column::Currency.eq(question.currency.as_str());
    let month = match by_owner {
        true => CaseStatement::new().case(same, "").finally(Expr::col(Column::Month)).into(),
        false => Expr::col(Column::Month),
    };
    let mut query = query
        .select_only()
        .expr_as(Expr::value(number), "part")
        .expr_as(if by_value { Expr::col(Column::Value) } else { nothing }, "value")
        .expr_as(if by_owner { Expr::col(Column::OwnerId) } else { nobody }, "owner_id")
        .expr_as(month, "unit_month")
        .column(Column::Currency)
        .expr_as(total::sum(Column::Count), "count")
        .expr_as(total::sum(Column::AmountMinor), "amount_minor")
        .expr_as(total::sum(Column::WeightedAmountMinor), "weighted_amount_minor")
        .expr_as(total::sum(Column::Seconds), "seconds");
    query = match by_owner {
        true => query.group_by(Column::OwnerId).group_by(Expr::col(Alias::new("unit_month"))),
        // In the order of the key they need not be sorted.
        false => query.group_by(Column::Month).group_by(Column::PipelineId),
    };
    if by_value {
        query = query.group_by(Column::Value);
    }
    query.group_by(Column::Currency).into_query()
}

fn number_of_owners(organization: Uuid) -> SelectStatement {
    store::tenant::<stamp::Entity>(organization)
        .select_only()
        .expr_as(Expr::value(NUMBER_OF_OWNERS), "part")
        .expr_as(Expr::value(""), "value")
        .expr_as(Expr::value(Uuid::nil()), "owner_id")
        .expr_as(Expr::value(""), "unit_month")
        .expr_as(Expr::value(""), "currency")
        .expr_as(stamp::Column::OwnerId.count(), "count")
        .expr_as(Expr::value(0_i64), "amount_minor")
        .expr_as(Expr::value(0_i64), "weighted_amount_minor")
        .expr_as(Expr::value(0_i64), "seconds")
        .into_query()
}
