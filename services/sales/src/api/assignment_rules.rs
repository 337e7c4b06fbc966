//! `AssignmentRules`.

use std::collections::HashSet;

use crm_kit::service::Context;
use crm_kit::{Error, ListQuery, Result, Tx, Violations, convert, id, message, store};
use crm_protos::sales::v1::assignment_rules_server::AssignmentRules;
use crm_protos::sales::v1::{
    AssignmentMethod, AssignmentRule, CreateAssignmentRuleRequest, DeleteAssignmentRuleRequest,
    GetAssignmentRuleRequest, ListAssignmentRulesRequest, ListAssignmentRulesResponse,
    UpdateAssignmentRuleRequest,
};
use crm_values::text;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::domain::conditions;
use crate::store::assignment_rule::{Entity, MOST, Model};
use crate::store::values::Texts;
use crate::store::{department, representative};

/// More conditions are refused.
const MOST_CONDITIONS: usize = 20;
/// Longer conditions are refused.
const LONGEST_CONDITION: usize = 500;
/// More users are refused.
const MOST_USERS: usize = 200;

/// Serves `AssignmentRules`.
pub struct AssignmentRulesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl AssignmentRules for AssignmentRulesService {
    async fn create_assignment_rule(
        &self,
        request: Request<CreateAssignmentRuleRequest>,
    ) -> Result<Response<AssignmentRule>, Status> {
        crm_kit::call(request, async |access, request| {
            let rule = request.assignment_rule.unwrap_or_default();
            let created = self.context.db.write(access, async |tx| {
                let known = store::tenant::<Entity>(access.organization()).count(tx.connection()).await?;
                if known >= MOST {
                    let message = format!("delete rules first, {MOST} is the most");
                    return Err(Error::precondition("TOO_MANY_RULES", message));
                }
                let model = model(tx, Model::default(), &rule).await?;
                tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
            });
            created.await
        })
        .await
    }

    async fn get_assignment_rule(
        &self,
        request: Request<GetAssignmentRuleRequest>,
    ) -> Result<Response<AssignmentRule>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_assignment_rules(
        &self,
        request: Request<ListAssignmentRulesRequest>,
    ) -> Result<Response<ListAssignmentRulesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListAssignmentRulesRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let assignment_rules = page.items.iter().map(answer).collect();
            Ok(ListAssignmentRulesResponse { assignment_rules, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn update_assignment_rule(
        &self,
        request: Request<UpdateAssignmentRuleRequest>,
    ) -> Result<Response<AssignmentRule>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.assignment_rule.unwrap_or_default();
            let updated = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                let after = model(tx, before.clone(), &merged).await?;
                tx.update::<Entity>("updated", before, after, &patch.etag).await.map(|model| answer(&model))
            });
            updated.await
        })
        .await
    }

    async fn delete_assignment_rule(
        &self,
        request: Request<DeleteAssignmentRuleRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let deleted = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                tx.remove::<Entity>("deleted", before, &request.etag).await
            });
            deleted.await
        })
        .await
    }
}

/// The rule with the values of the message in the form that is stored. Every violation is named at once.
async fn model(tx: &Tx, base: Model, rule: &AssignmentRule) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(rule, "assignment_rule", check)?;
    let method =
        convert::enum_name(rule.method, AssignmentMethod::as_str_name, "assignment_rule.method", check);
    let skill = text::line(&rule.skill, 100, "assignment_rule.skill", check);
    if rule.method() == AssignmentMethod::Skill && skill.is_empty() {
        check.add("assignment_rule.skill", "REQUIRED", "give the skill that the method goes by");
    }
    let queue = "assignment_rule.queue_department_id";
    let queue_department_id = check.check(id::reference(queue, &rule.queue_department_id))?.flatten();
    if let Some(id) = queue_department_id.filter(|_| queue_department_id != base.queue_department_id)
        && !department::exists(tx.connection(), tx.access().organization(), id).await?
    {
        check.add(queue, "DEPARTMENT_UNKNOWN", "give a department of the organization");
    }
    let model = Model {
        name: text::line(&rule.name, 200, "assignment_rule.name", check),
        position: rule.position,
        disabled: rule.disabled,
        conditions: Texts(conditions(&rule.conditions, check)),
        method,
        user_ids: Texts(users(tx, &base, &rule.user_ids, check).await?),
        skill,
        within_working_hours: rule.within_working_hours,
        queue_department_id,
        ..base
    };
    violations.finish()?;
    Ok(model)
}

fn conditions(conditions: &[String], violations: &mut Violations) -> Vec<String> {
    let path = "assignment_rule.conditions";
    if conditions.len() > MOST_CONDITIONS {
        violations.add(path, "TOO_MANY", format!("give {MOST_CONDITIONS} conditions at most"));
    }
    let mut stored = Vec::new();
    for (index, condition) in conditions.iter().enumerate().take(MOST_CONDITIONS) {
        let path = format!("{path}[{index}]");
        let condition = text::line(condition, LONGEST_CONDITION, &path, violations);
        if let Err((reason, message)) = conditions::check(&condition) {
            violations.add(path, reason, message);
        }
        stored.push(condition);
    }
    stored
}

/// The users among whom a rule chooses, each once. Those that are new to it must be representatives; one query.
async fn users(tx: &Tx, base: &Model, ids: &[String], violations: &mut Violations) -> Result<Vec<String>> {
    let path = "assignment_rule.user_ids";
    if ids.len() > MOST_USERS {
        violations.add(path, "TOO_MANY", format!("give {MOST_USERS} users at most"));
    }
    let mut wanted: Vec<(usize, Uuid)> = Vec::new();
    for (index, text) in ids.iter().enumerate().take(MOST_USERS) {
        match Uuid::try_parse(text) {
            Ok(id) if wanted.iter().any(|(_, other)| *other == id) => {}
            Ok(id) => wanted.push((index, id)),
            Err(_) => violations.add(format!("{path}[{index}]"), "ID_MALFORMED", "give the id of a user"),
        }
    }
    let new = wanted.iter().filter(|(_, id)| !base.user_ids.0.contains(&id.to_string()));
    let new: Vec<(usize, Uuid)> = new.copied().collect();
    if !new.is_empty() {
        let known = store::tenant::<representative::Entity>(tx.access().organization())
            .filter(representative::Column::UserId.is_in(new.iter().map(|(_, id)| *id)));
        let known = known.all(tx.connection()).await?;
        let known: HashSet<Uuid> = known.into_iter().map(|representative| representative.user_id).collect();
        for (index, _) in new.iter().filter(|(_, id)| !known.contains(id)) {
            let advice = "give a user who is a representative";
            violations.add(format!("{path}[{index}]"), "REPRESENTATIVE_UNKNOWN", advice);
        }
    }
    Ok(wanted.into_iter().map(|(_, id)| id.to_string()).collect())
}

/// The rule as the API shows it.
fn answer(model: &Model) -> AssignmentRule {
    AssignmentRule {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        position: model.position,
        disabled: model.disabled,
        conditions: model.conditions.0.clone(),
        method: convert::enum_number(&model.method, AssignmentMethod::from_str_name),
        user_ids: model.user_ids.0.clone(),
        skill: model.skill.clone(),
        within_working_hours: model.within_working_hours,
        queue_department_id: model.queue_department_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}
