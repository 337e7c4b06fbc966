//! The assignment of leads by the rules: one decision after the other, each kept with its reason.

use std::collections::HashMap;

use chrono_tz::Tz;
use crm_kit::directory::user;
use crm_kit::job::{self, Job};
use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Result, Tx, store};
use crm_protos::identity::v1::notifications_client::NotificationsClient;
use crm_protos::identity::v1::{NotificationKind, NotifyRequest};
use crm_protos::sales::v1::AssignmentReason;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::assignment::{self, Colleague};
use crate::domain::conditions;
use crate::store::values::Candidates;
use crate::store::{assignment_rule, lead, lead_assignment, organization, representative, rotation};

/// The kind of job that tells a user of a lead.
pub(crate) const NOTIFY: &str = "notify_assigned";

/// The decision of which somebody is told.
#[derive(Serialize, Deserialize)]
struct Notice {
    assignment_id: Uuid,
}

/// Gives a lead, which may be a new one, the owner and department that the rules say; the caller writes it. The decision
/// is kept with its reason, and whoever gets the lead is told once it is committed.
pub async fn assign(tx: &Tx, lead: lead::Model) -> Result<lead::Model> {
    let id = if lead.id.is_nil() { crm_kit::id::new() } else { lead.id };
    let lead = lead::Model { id, ..lead };
    let organization = tx.access().organization();
    let rules = assignment_rule::locked(tx, organization).await?;
    let fitting: Vec<&assignment_rule::Model> =
        rules.iter().filter(|rule| conditions::hold(&rule.conditions.0, &lead)).collect();
    let team = if fitting.is_empty() { Team::default() } else { Team::read(tx, organization, &lead).await? };
    let decides = |rule: &&&assignment_rule::Model| {
        rule.queue_department_id.is_some()
            || assignment::finds_somebody(rule, &team.colleagues, &lead, tx.now())
    };
    let decision = lead_assignment::Model { id: crm_kit::id::new(), lead_id: lead.id, ..Default::default() };
    // If every rule that fits finds nobody, the first of them is the reason.
    let decision = match fitting.iter().find(decides).or(fitting.first()) {
        None => lead_assignment::Model { reason: name(AssignmentReason::NoRule), ..decision },
        Some(rule) => {
            let mut turns = rotation::turns(tx, rule.id).await?;
            let (user_id, candidates) =
                assignment::choose(rule, &team.colleagues, &mut turns, &lead, tx.now());
            if user_id.is_some() {
                // Whoever is no representative any more is forgotten.
                turns.retain(|user, _| team.holds(*user));
                rotation::keep(tx, organization, rule.id, turns).await?;
            }
            lead_assignment::Model {
                reason: name(match user_id {
                    Some(_) => AssignmentReason::Rule,
                    None => AssignmentReason::NobodyAvailable,
                }),
                rule_id: Some(rule.id),
                rule_name: rule.name.clone(),
                method: rule.method.clone(),
                user_id,
                queue_department_id: if user_id.is_none() { rule.queue_department_id } else { None },
                candidates: Candidates(candidates),
                ..decision
            }
        }
    };
    let decision = tx.insert::<lead_assignment::Entity>("decided", decision).await?;
    if decision.user_id.is_some() {
        let notice = Notice { assignment_id: decision.id };
        job::add(tx, NOTIFY, &decision.id.to_string(), &notice, tx.now()).await?;
    }
    let owner_id = decision.user_id.unwrap_or_default();
    let department_id = match decision.user_id {
        Some(user) => team.departments.get(&user).copied().flatten(),
        None => decision.queue_department_id,
    };
    Ok(lead::Model { owner_id, department_id, ..lead })
}

fn name(reason: AssignmentReason) -> String {
    reason.as_str_name().to_owned()
}

/// The representatives at the moment of a decision.
#[derive(Default)]
struct Team {
    colleagues: Vec<Colleague>,
    departments: HashMap<Uuid, Option<Uuid>>,
}

impl Team {
    async fn read(tx: &Tx, organization: Uuid, lead: &lead::Model) -> Result<Self> {
        let connection = tx.connection();
        let representatives = representative::all(connection, organization).await?;
        let ids: Vec<Uuid> = representatives.iter().map(|representative| representative.user_id).collect();
        let users = users(tx, organization, &ids).await?;
        let mut open_leads = representative::open_leads(connection, organization, ids).await?;
        // A lead that is given away does not keep anybody from getting it.
        let counted = representative::OPEN.iter().any(|status| status.as_str_name() == lead.status);
        if lead.version > 0
            && counted
            && let Some(count) = open_leads.get_mut(&lead.owner_id)
        {
            *count -= 1;
        }
        let home = organization::get(connection, organization).await?;
        let colleague = |mut representative: representative::Model| {
            if representative.working_hours.0.is_empty() {
                representative.working_hours = home.working_hours.clone();
            }
            Colleague {
                // A user who is not in the directory yet was there when the representative was made.
                active: users.get(&representative.user_id).is_none_or(|user| user.active),
                open_leads: open_leads.get(&representative.user_id).copied().unwrap_or_default(),
                zone: representative.time_zone.parse::<Tz>().unwrap_or(home.zone()),
                representative,
            }
        };
        Ok(Self {
            colleagues: representatives.into_iter().map(colleague).collect(),
            departments: users.iter().map(|(id, user)| (*id, user.department_id)).collect(),
        })
    }

    fn holds(&self, user: Uuid) -> bool {
        self.colleagues.iter().any(|colleague| colleague.representative.user_id == user)
    }
}

/// What the directory knows of some users, read inside the transaction.
#[expect(clippy::disallowed_methods, reason = "the directory is a copy, not a record")]
async fn users(tx: &Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, user::Model>> {
    let users = user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization))
        .filter(user::Column::Id.is_in(ids.iter().copied()));
    Ok(users.all(tx.connection()).await?.into_iter().map(|user| (user.id, user)).collect())
}

/// Tells a user of a lead, unless it is gone or another one's by now. Told twice, identity notifies once.
pub(crate) async fn notify(context: Context, job: Job) -> Result<()> {
    let Notice { assignment_id } = job.payload()?;
    let connection = context.db.connection();
    let decisions = store::tenant::<lead_assignment::Entity>(job.organization);
    let decision = store::by_id(connection, decisions, assignment_id).await?;
    let leads = store::tenant::<lead::Entity>(job.organization).filter(store::not_deleted::<lead::Entity>());
    let lead = leads.filter(lead::Column::Id.eq(decision.lead_id)).one(connection).await?;
    let (Some(lead), Some(user)) = (lead, decision.user_id) else { return Ok(()) };
    if lead.owner_id != user {
        return Ok(());
    }
    let message = NotifyRequest {
        organization_id: job.organization.to_string(),
        user_id: user.to_string(),
        key: format!("{NOTIFY} {assignment_id}"),
        kind: NotificationKind::RecordAssigned.into(),
        resource: lead::Entity::RESOURCE.to_owned(),
        record_id: lead.id.to_string(),
        title: lead.display_name,
        due_time: None,
    };
    NotificationsClient::new(context.peers.get("identity")?).notify(context.request(message)).await?;
    Ok(())
}
