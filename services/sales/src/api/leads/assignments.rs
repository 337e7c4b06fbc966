//! The decisions about a lead.

use crm_kit::db::Db;
use crm_kit::{Access, ListQuery, Result, convert, store};
use crm_protos::sales::v1::{
    AssignmentMethod, AssignmentReason, Candidate as CandidateMessage, CandidateOutcome, LeadAssignment,
    ListLeadAssignmentsRequest, ListLeadAssignmentsResponse,
};
use uuid::Uuid;

use crate::domain::assignment::Candidate;
use crate::store::lead;
use crate::store::lead_assignment::{Model, of};

/// A page of the decisions about a lead that the caller reaches, newest first.
pub(super) async fn list(
    db: &Db,
    access: &Access,
    request: ListLeadAssignmentsRequest,
) -> Result<ListLeadAssignmentsResponse> {
    let ListLeadAssignmentsRequest { lead_id, page_size, page_token } = request;
    let lead = store::get::<lead::Entity>(db.connection(), access, &lead_id).await?;
    // Named in the question, so that a token fits no other lead.
    let filter = vec![format!("lead_id={}", lead.id)];
    let list = ListQuery { page_size, page_token, filter, ..ListQuery::default() };
    let page = store::page(db.connection(), access, &list, of(access.organization(), lead.id)).await?;
    let assignments = page.items.iter().map(answer).collect();
    Ok(ListLeadAssignmentsResponse { assignments, next_page_token: page.next_page_token })
}

fn answer(model: &Model) -> LeadAssignment {
    let reference = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    LeadAssignment {
        id: model.id.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        lead_id: model.lead_id.to_string(),
        reason: convert::enum_number(&model.reason, AssignmentReason::from_str_name),
        rule_id: reference(model.rule_id),
        rule_name: model.rule_name.clone(),
        method: convert::enum_number(&model.method, AssignmentMethod::from_str_name),
        user_id: reference(model.user_id),
        department_id: reference(model.queue_department_id),
        candidates: model.candidates.0.iter().map(candidate).collect(),
    }
}

fn candidate(candidate: &Candidate) -> CandidateMessage {
    CandidateMessage {
        user_id: candidate.user_id.to_string(),
        outcome: convert::enum_number(&candidate.outcome, CandidateOutcome::from_str_name),
        assigned_before: candidate.assigned_before,
        open_leads: candidate.open_leads,
        weight: candidate.weight,
    }
}
