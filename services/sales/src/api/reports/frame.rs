//! What all reports have in common: what they are about, and the currency in which they are answered.

use std::collections::BTreeSet;

use crm_kit::access::Scope;
use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Violations, id, store};
use crm_protos::sales::v1::{Money, Totals};
use crm_values::currency;
use uuid::Uuid;

use crate::domain::report::amounts::{Amounts, Unit};
use crate::domain::report::conversion::Conversion;
use crate::domain::report::department_tree::DepartmentTree;
use crate::domain::report::period::{Period, last_day};
use crate::store::opportunity::Entity;
use crate::store::{department, exchange_rate, organization, pipeline};
use crate::totals::{self, Answer, Owners, Part, Question};

/// What a caller asks every report for.
#[derive(Default)]
pub(super) struct Asked {
    /// The first and the last month; none where all months count.
    pub(super) months: Option<[String; 2]>,
    pub(super) pipeline_id: String,
    pub(super) owner_id: String,
    pub(super) department_id: String,
    pub(super) currency: String,
}

/// What a report is about.
pub(super) struct Frame {
    pub(super) period: Option<Period>,
    pub(super) pipeline: Option<Uuid>,
    pub(super) owner: Option<Uuid>,
    /// The department with all below it.
    pub(super) departments: Option<BTreeSet<Uuid>>,
    /// The departments of the organization, if one is asked for or the report shows them.
    pub(super) tree: DepartmentTree,
    pub(super) owners: Owners,
    /// The currency of the answer.
    pub(super) currency: String,
    /// The organization's own currency.
    own_currency: String,
}

impl Frame {
    /// Reads what a report is about. `told_apart_by` are the fields by which it tells opportunities apart, which the caller
    /// must be allowed to see.
    pub(super) async fn load(
        context: &Context,
        access: &Access,
        asked: Asked,
        told_apart_by: &[&str],
        shows_departments: bool,
    ) -> Result<Self> {
        let mut violations = Violations::default();
        let check = &mut violations;
        let period = match &asked.months {
            Some([start, end]) => Period::parse(start, end, check),
            None => None,
        };
        let pipeline = check.check(id::reference("pipeline_id", &asked.pipeline_id))?.flatten();
        let owner = check.check(id::reference("owner_id", &asked.owner_id))?.flatten();
        let department = check.check(id::reference("department_id", &asked.department_id))?.flatten();
        let currency = currency::normalize(&asked.currency, "currency", check);
        violations.finish()?;
        let given = [("pipeline_id", pipeline), ("owner_id", owner), ("department_id", department)];
        let given = given.into_iter().filter(|(_, id)| id.is_some()).map(|(field, _)| field);
        for field in told_apart_by.iter().copied().chain(given) {
            if access.hides(Entity::RESOURCE, field) {
                let message = format!("ask for another report, your roles hide {field} from you");
                return Err(Error::Denied { reason: "FIELD_HIDDEN", message });
            }
        }
        let connection = context.db.connection();
        let organization = organization::get(connection, access.organization()).await?;
        let tree = match shows_departments || department.is_some() {
            true => DepartmentTree::new(department::all(connection, access.organization()).await?),
            false => DepartmentTree::default(),
        };
        let departments = department.map(|department| tree.below(department));
        let owners = Owners::reached(context, access, owner, departments.as_ref()).await?;
        let own_currency = organization.currency;
        let currency = if currency.is_empty() { own_currency.clone() } else { currency };
        Ok(Self { period, pipeline, owner, departments, tree, owners, currency, own_currency })
    }

    /// The pipeline that is asked for, or the default one; the report is then about this one.
    pub(super) async fn pipeline(&mut self, context: &Context, access: &Access) -> Result<pipeline::Model> {
        let connection = context.db.connection();
        let pipelines = store::tenant::<pipeline::Entity>(access.organization());
        let pipeline = match self.pipeline {
            Some(id) => store::by_id::<pipeline::Entity>(connection, pipelines, id).await?,
            None => pipeline::default(connection, access.organization()).await?,
        };
        self.pipeline = Some(pipeline.id);
        Ok(pipeline)
    }

    /// Adds up some totals.
    pub(super) async fn ask(&self, context: &Context, access: &Access, parts: Vec<Part>) -> Result<Answer> {
        let (period, pipeline, currency) = (self.period, self.pipeline, self.currency.clone());
        let question = Question { parts, period, pipeline, currency };
        totals::ask(context, access, &self.owners, &question).await
    }

    /// Makes the form in which amounts are shown; one query.
    pub(super) async fn form(&self, context: &Context, access: &Access, units: &[Unit]) -> Result<Form> {
        let hides = |field| access.hides(Entity::RESOURCE, field);
        let foreign = || units.iter().filter(|unit| unit.currency != self.currency);
        let days: BTreeSet<_> = foreign().filter_map(|unit| last_day(&unit.month)).collect();
        let currencies = foreign().map(|unit| &unit.currency).chain([&self.currency]);
        let currencies = currencies.filter(|currency| **currency != self.own_currency).cloned();
        let days: Vec<_> = days.into_iter().collect();
        let connection = context.db.connection();
        let organization = access.organization();
        let rates =
            exchange_rate::rates_on(connection, organization, &self.own_currency, currencies, &days).await?;
        let rate = |currency: &str, day| rates.get(&(currency.to_owned(), day)).copied();
        Ok(Form {
            conversion: Conversion::new(units, &self.currency, &self.own_currency, rate),
            // Without its currency an amount says nothing, and what has no rate is told by its currency.
            amounts: !hides("amount_minor") && !hides("currency"),
            weighted: !hides("weighted_amount_minor"),
        })
    }

    /// True if the report is about what an owner has, as far as the caller reaches it.
    pub(super) fn is_about_owner(
        &self,
        access: &Access,
        owner: Uuid,
        department: Option<Uuid>,
    ) -> Result<bool> {
        let is_inside = |departments: &BTreeSet<Uuid>| department.is_some_and(|id| departments.contains(&id));
        let caller = access.caller();
        let reached = match access.reach(Entity::RESOURCE)? {
            Scope::All => true,
            _ if owner == access.user() => true,
            Scope::Subtree => {
                department.is_some_and(|department| caller.department_ids.contains(&department))
            }
            Scope::Department => department.is_some() && department == caller.department_id,
            Scope::Own | Scope::Unspecified => false,
        };
        Ok(reached
            && self.owner.is_none_or(|id| id == owner)
            && self.departments.as_ref().is_none_or(is_inside))
    }

    /// The departments that the report is about as a whole, as far as the caller reaches them: none if it is about one owner.
    pub(super) fn departments(&self, access: &Access) -> Result<BTreeSet<Uuid>> {
        if self.owner.is_some() {
            return Ok(BTreeSet::new());
        }
        let caller = access.caller();
        let mut departments: BTreeSet<Uuid> = self.tree.ids().collect();
        if let Some(inside) = &self.departments {
            departments.retain(|id| inside.contains(id));
        }
        match access.reach(Entity::RESOURCE)? {
            Scope::All => {}
            Scope::Subtree => departments.retain(|id| caller.department_ids.contains(id)),
            Scope::Department => departments.retain(|id| caller.department_id == Some(*id)),
            Scope::Own | Scope::Unspecified => departments.clear(),
        }
        Ok(departments)
    }
}

/// How a report shows amounts: in its currency, and without what is hidden from the caller.
pub(super) struct Form {
    pub(super) conversion: Conversion,
    pub(super) amounts: bool,
    weighted: bool,
}

impl Form {
    /// The message of some amounts.
    pub(super) fn totals(&self, amounts: &Amounts) -> Result<Totals> {
        let count = amounts.count;
        if !self.amounts {
            return Ok(Totals { count, ..Totals::default() });
        }
        let worth = self.conversion.worth(amounts)?;
        let money = |(currency, amount_minor)| Money { amount_minor, currency };
        Ok(Totals {
            count,
            amount_minor: worth.amount_minor,
            weighted_amount_minor: if self.weighted { worth.weighted_amount_minor } else { 0 },
            unconverted: worth.unconverted.into_iter().map(money).collect(),
        })
    }
}
