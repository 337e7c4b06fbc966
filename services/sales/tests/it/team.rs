//! Representatives, rules and forms as the tests of assignment use them.

use crm_kit::channel::Channel;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::sales::v1::assignment_rules_client::AssignmentRulesClient;
use crm_protos::sales::v1::lead_forms_client::LeadFormsClient;
use crm_protos::sales::v1::leads_client::LeadsClient;
use crm_protos::sales::v1::representatives_client::RepresentativesClient;
use crm_protos::sales::v1::{
    AssignmentMethod, AssignmentRule, CaptureLeadRequest, CreateAssignmentRuleRequest, CreateLeadFormRequest,
    CreateRepresentativeRequest, Lead, LeadAssignment, LeadForm, ListLeadAssignmentsRequest,
    ListLeadsRequest, Representative,
};
use tonic::{Request, Status};
use uuid::Uuid;

pub(crate) fn representatives(harness: &Harness) -> RepresentativesClient<Channel> {
    RepresentativesClient::new(harness.channel.clone())
}

pub(crate) fn rules(harness: &Harness) -> AssignmentRulesClient<Channel> {
    AssignmentRulesClient::new(harness.channel.clone())
}

pub(crate) fn forms(harness: &Harness) -> LeadFormsClient<Channel> {
    LeadFormsClient::new(harness.channel.clone())
}

pub(crate) fn leads(harness: &Harness) -> LeadsClient<Channel> {
    LeadsClient::new(harness.channel.clone())
}

/// A user whom identity knows, and who is in the directory too.
pub(crate) async fn user(
    harness: &Harness,
    caller: &TestCaller,
    name: &str,
    department: Option<Uuid>,
) -> Uuid {
    let (organization, id) = (caller.organization(), crm_kit::id::new());
    harness.identity.put_user(organization, id, name, department);
    eventually("the user is in the directory", async || {
        let users = crm_kit::directory::users(&harness.context.db, organization, [id]).await.unwrap();
        !users.is_empty()
    })
    .await;
    id
}

pub(crate) async fn create_representative(
    harness: &Harness,
    caller: &TestCaller,
    representative: Representative,
) -> Result<Representative, Status> {
    let request = caller.request(CreateRepresentativeRequest { representative: Some(representative) });
    Ok(representatives(harness).create_representative(request).await?.into_inner())
}

/// A representative of a new user, with what matters to the test; answers the user.
pub(crate) async fn representative(
    harness: &Harness,
    caller: &TestCaller,
    name: &str,
    adjust: impl FnOnce(&mut Representative),
) -> Uuid {
    let id = user(harness, caller, name, None).await;
    let mut representative = Representative { user_id: id.to_string(), ..Default::default() };
    adjust(&mut representative);
    create_representative(harness, caller, representative).await.unwrap();
    id
}

pub(crate) fn rule_by(method: AssignmentMethod) -> AssignmentRule {
    AssignmentRule { name: "Web leads".to_owned(), method: method.into(), ..Default::default() }
}

pub(crate) async fn create_rule(
    harness: &Harness,
    caller: &TestCaller,
    rule: AssignmentRule,
) -> Result<AssignmentRule, Status> {
    let request = caller.request(CreateAssignmentRuleRequest { assignment_rule: Some(rule) });
    Ok(rules(harness).create_assignment_rule(request).await?.into_inner())
}

pub(crate) async fn create_form(
    harness: &Harness,
    caller: &TestCaller,
    form: LeadForm,
) -> Result<LeadForm, Status> {
    let request = caller.request(CreateLeadFormRequest { lead_form: Some(form) });
    Ok(forms(harness).create_lead_form(request).await?.into_inner())
}

/// A form that takes as many leads as a test hands in.
pub(crate) async fn form(harness: &Harness, caller: &TestCaller) -> LeadForm {
    let form = LeadForm { name: "Contact us".to_owned(), leads_per_minute: 600, ..Default::default() };
    create_form(harness, caller, form).await.unwrap()
}

pub(crate) fn visitor(form: &LeadForm, name: &str) -> CaptureLeadRequest {
    CaptureLeadRequest {
        key: form.key.clone(),
        name: name.to_owned(),
        email: format!("{}@visitor.example", name.to_lowercase()),
        ..Default::default()
    }
}

/// Hands in a lead as anybody can.
pub(crate) async fn capture(harness: &Harness, message: CaptureLeadRequest) -> Result<(), Status> {
    forms(harness).capture_lead(Request::new(message)).await.map(drop)
}

/// The leads that a caller sees, oldest first.
pub(crate) async fn seen(harness: &Harness, caller: &TestCaller) -> Vec<Lead> {
    let list = ListLeadsRequest {
        page_size: 200,
        order_by: "create_time".to_owned(),
        ..ListLeadsRequest::default()
    };
    leads(harness).list_leads(caller.request(list)).await.unwrap().into_inner().leads
}

/// The decisions about a lead, newest first.
pub(crate) async fn decisions(harness: &Harness, caller: &TestCaller, lead: &Lead) -> Vec<LeadAssignment> {
    let list = ListLeadAssignmentsRequest { lead_id: lead.id.clone(), ..Default::default() };
    leads(harness).list_lead_assignments(caller.request(list)).await.unwrap().into_inner().assignments
}

/// How many leads each of some users has.
pub(crate) fn shares<const N: usize>(leads: &[Lead], users: [Uuid; N]) -> [usize; N] {
    users.map(|user| leads.iter().filter(|lead| lead.owner_id == user.to_string()).count())
}
