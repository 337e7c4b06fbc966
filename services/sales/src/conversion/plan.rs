//! How a conversion begins, with everything settled that it will make, and how it ends.

use chrono::TimeDelta;
use crm_kit::convert::enum_number;
use crm_kit::directory::{self, Owner};
use crm_kit::service::Context;
use crm_kit::{Access, Error, Record, Result, Tx, Violations, id, job, store};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{GetAccountRequest, GetContactRequest, Source};
use crm_protos::sales::v1::{ConvertLeadRequest, Duplicate, Opportunity, OpportunityContact};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{KIND, Unfinished, of_lead};
use crate::api::leads::values::answer;
use crate::api::opportunities::form::Form;
use crate::domain::conversion::{Customer, Plan};
use crate::domain::lead::{Verb, after};
use crate::store::lead_conversion::{Entity, Model};
use crate::store::{follow_up, lead, opportunity, organization, pipeline};

/// A conversion that has not ended by then is taken for abandoned.
const USUAL_TIME: TimeDelta = TimeDelta::seconds(60);

/// A conversion that has begun.
pub(super) struct Begun {
    pub(super) conversion: Model,
    /// Customers that look the same as those that it will make.
    pub(super) duplicates: Vec<Duplicate>,
}

/// Checks in the caller's name all that a conversion takes, and writes down what it will make.
pub(super) async fn begin(
    context: &Context,
    access: &Access,
    request: &ConvertLeadRequest,
    lead: &lead::Model,
) -> Result<Begun> {
    after(&lead.status, Verb::Convert)?;
    let (makes_account, makes_contact) =
        (request.account_id.is_empty(), request.contact_id.is_empty() && !lead.name.is_empty());
    permit(access, request, makes_account, makes_contact)?;
    let mut violations = Violations::default();
    let (account_id, contact_id) = known(context, access, request, &mut violations).await?;
    let wanted = wanted(request, lead);
    let filled = filled(context, access, &wanted, None).await.map_err(as_requested);
    let opportunity = violations.check(filled)?.unwrap_or_default();
    violations.finish()?;
    let owner = owner(context, access, lead).await?;
    let organization = organization::get(context.db.connection(), access.organization()).await?;
    let party = crate::duplicates::party(access, &organization, &answer(lead));
    let duplicates =
        crate::duplicates::of_conversion(context, access, &party, makes_account, makes_contact).await?;
    if request.reject_duplicates && makes_account {
        crate::duplicates::refuse(&duplicates)?;
    }
    let plan = Plan {
        owner_id: owner.id,
        department_id: owner.department,
        customer: customer(lead),
        makes_account,
        makes_contact,
        opportunity_id: id::new(),
        opportunity_name: opportunity.name,
        pipeline_id: opportunity.pipeline_id,
        amount_minor: opportunity.amount_minor,
        currency: opportunity.currency,
        expected_close_date: opportunity.expected_close_date,
    };
    let user_id = access.user();
    let planned = Model { lead_id: lead.id, user_id, plan, account_id, contact_id, ..Model::default() };
    let begun = context.db.transact_as(access, async |tx| insert(tx, request, lead, planned.clone()).await);
    let conversion = match begun.await {
        // Somebody else has begun it at the same time.
        Err(Error::Exists { .. }) => {
            let other = of_lead(context.db.connection(), access.organization(), lead.id).await?;
            other.ok_or(Error::Stale)?
        }
        begun => begun?,
    };
    Ok(Begun { conversion, duplicates })
}

/// Inserts a conversion of a lead that is still as it was seen, and the job that goes on with it.
async fn insert(tx: &Tx, request: &ConvertLeadRequest, lead: &lead::Model, planned: Model) -> Result<Model> {
    if let Some(other) = of_lead(tx.connection(), lead.organization_id, lead.id).await? {
        return Ok(other);
    }
    let now = store::get::<lead::Entity>(tx.connection(), tx.access(), &request.id).await?;
    let seen = request.etag.is_empty() || request.etag == now.version.to_string();
    if !seen || now.version != lead.version {
        return Err(Error::Stale);
    }
    let begun = tx.insert::<Entity>("begun", planned).await?;
    let unfinished = Unfinished { conversion_id: begun.id };
    job::add(tx, KIND, &begun.id.to_string(), &unfinished, tx.now() + USUAL_TIME).await?;
    Ok(begun)
}

/// Fails unless the caller may make what is to be made, and may say what the request says of it.
fn permit(
    access: &Access,
    request: &ConvertLeadRequest,
    makes_account: bool,
    makes_contact: bool,
) -> Result<()> {
    access.require("sales.opportunity.create")?;
    if makes_account {
        access.require("customers.account.create")?;
    }
    if makes_contact {
        access.require("customers.contact.create")?;
    }
    let said = [
        ("name", !request.opportunity_name.is_empty()),
        ("pipeline_id", !request.pipeline_id.is_empty()),
        ("amount_minor", request.amount_minor.is_some()),
        ("currency", !request.currency.is_empty()),
        ("expected_close_date", !request.expected_close_date.is_empty()),
    ];
    let restricted =
        |field: &str| access.restriction(<opportunity::Entity as Record>::RESOURCE, field).is_some();
    let denied = said.into_iter().filter(|(field, said)| *said && restricted(field));
    let denied: Vec<&str> = denied.map(|(field, _)| field).collect();
    if denied.is_empty() {
        return Ok(());
    }
    let message = format!("leave out {}, your roles do not let you change it", denied.join(", "));
    Err(Error::Denied { reason: "FIELD_DENIED", message })
}

/// The account and the contact that are there already: customers says whether the caller sees them.
async fn known(
    context: &Context,
    access: &Access,
    request: &ConvertLeadRequest,
    violations: &mut Violations,
) -> Result<(Option<Uuid>, Option<Uuid>)> {
    let account_id = violations.check(id::reference("account_id", &request.account_id))?.flatten();
    let contact_id = violations.check(id::reference("contact_id", &request.contact_id))?.flatten();
    if let Some(id) = account_id {
        let request = access.request(GetAccountRequest { id: id.to_string() });
        let answer = AccountsClient::new(context.peers.get("customers")?).get_account(request).await;
        if is_missing(answer)? {
            violations.add("account_id", "ACCOUNT_UNKNOWN", "give an account that you can see");
        }
    }
    if let Some(id) = contact_id {
        let request = access.request(GetContactRequest { id: id.to_string() });
        let answer = ContactsClient::new(context.peers.get("customers")?).get_contact(request).await;
        if is_missing(answer)? {
            violations.add("contact_id", "CONTACT_UNKNOWN", "give a contact that you can see");
        }
    }
    Ok((account_id, contact_id))
}

fn is_missing<A>(answer: Result<tonic::Response<A>, Status>) -> Result<bool> {
    match answer {
        Ok(_) => Ok(false),
        Err(status) if status.code() == Code::NotFound => Ok(true),
        Err(status) => Err(status.into()),
    }
}

/// Who will be responsible: the lead's owner if there is one who can work, else whoever converts it.
async fn owner(context: &Context, access: &Access, lead: &lead::Model) -> Result<Owner> {
    let oneself = Owner { id: access.user(), department: access.caller().department_id };
    if lead.owner_id.is_nil() {
        return Ok(oneself);
    }
    let given = lead.owner_id.to_string();
    match directory::new_owner(context, access, &given, access.user(), "owner_id").await {
        Ok(owner) => Ok(owner.unwrap_or(oneself)),
        Err(Error::Invalid(_)) => Ok(oneself),
        Err(error) => Err(error),
    }
}

fn customer(lead: &lead::Model) -> Customer {
    Customer {
        name: lead.name.clone(),
        company: lead.company.clone(),
        title: lead.title.clone(),
        email: lead.email.clone(),
        phone: lead.phone.clone(),
        website: lead.website.clone(),
        industry: lead.industry.clone(),
        source: lead.source.clone(),
        address: lead.address.0.clone(),
    }
}

/// What the request says of the opportunity, else what the lead does.
fn wanted(request: &ConvertLeadRequest, lead: &lead::Model) -> Opportunity {
    let either =
        |given: &String, otherwise: &String| if given.is_empty() { otherwise } else { given }.clone();
    Opportunity {
        name: either(&request.opportunity_name, &either(&lead.company, &lead.name)),
        pipeline_id: request.pipeline_id.clone(),
        amount_minor: request.amount_minor.unwrap_or(lead.amount_minor),
        currency: either(&request.currency, &lead.currency),
        expected_close_date: request.expected_close_date.clone(),
        ..Opportunity::default()
    }
}

/// The opportunity in the form that is stored.
async fn filled(
    context: &Context,
    access: &Access,
    wanted: &Opportunity,
    owner: Option<Owner>,
) -> Result<opportunity::Model> {
    let (form, mut violations) = (Form::load(context, access, wanted).await?, Violations::default());
    let base = form.fresh(access, wanted, &mut violations)?;
    form.model(base, wanted, owner, violations)
}

/// Names the fields of the opportunity as the request does.
fn as_requested(error: Error) -> Error {
    let Error::Invalid(mut violations) = error else { return error };
    for violation in &mut violations {
        violation.field = match violation.field.strip_prefix("opportunity.") {
            Some("name") => "opportunity_name".to_owned(),
            Some(field) => field.to_owned(),
            None => continue,
        };
    }
    Error::Invalid(violations)
}

/// Makes the opportunity, marks the lead and ends the conversion, in one transaction.
pub(super) async fn finish(context: &Context, actor: &Access, row: &Model) -> Result<()> {
    let (plan, leads) = (&row.plan, store::tenant::<lead::Entity>(row.organization_id));
    let lead = store::by_id::<lead::Entity>(context.db.connection(), leads, row.lead_id).await?;
    let contact =
        |id: Uuid| OpportunityContact { contact_id: id.to_string(), ..OpportunityContact::default() };
    let wanted = Opportunity {
        name: plan.opportunity_name.clone(),
        account_id: row.account_id.map(|id| id.to_string()).unwrap_or_default(),
        contacts: row.contact_id.map(contact).into_iter().collect(),
        pipeline_id: plan.pipeline_id.to_string(),
        amount_minor: plan.amount_minor,
        currency: plan.currency.clone(),
        expected_close_date: plan.expected_close_date.clone(),
        source: enum_number(&lead.source, Source::from_str_name),
        campaign_id: lead.campaign_id.clone(),
        needs: lead.needs.clone(),
        purchase_intention: lead.purchase_intention.clone(),
        description: lead.description.clone(),
        next_follow_up_time: follow_up::message(lead.next_follow_up_time),
        ..Opportunity::default()
    };
    let owner = Some(Owner { id: plan.owner_id, department: plan.department_id });
    let model = match filled(context, actor, &wanted, owner).await {
        // The pipeline was archived on the way: what was begun ends in the default one.
        Err(Error::Invalid(_)) => {
            let elsewhere = Opportunity { pipeline_id: String::new(), ..wanted };
            filled(context, actor, &elsewhere, owner).await?
        }
        filled => filled?,
    };
    let model = opportunity::Model { id: plan.opportunity_id, lead_id: Some(lead.id), ..model };
    context.db.transact_as(actor, async |tx| end(tx, row.clone(), lead.clone(), model.clone()).await).await
}

async fn end(tx: &Tx, row: Model, lead: lead::Model, model: opportunity::Model) -> Result<()> {
    // First of all, so that whoever ends it at the same time waits here, and then finds it ended. What was planned is
    // personal and of no more use.
    let ended = Model { finish_time: Some(tx.now()), plan: Plan::default(), ..row.clone() };
    let (account_id, contact_id) = (row.account_id, row.contact_id);
    tx.update::<Entity>("finished", row, ended, "").await?;
    pipeline::hold_stage(tx, &model).await?;
    let made = opportunity::insert(tx, model).await?;
    crate::follow_up::schedule(tx, "sales.opportunity", made.id, made.next_follow_up_time).await?;
    // Whatever else became of the lead meanwhile: a conversion that has begun is not undone.
    let converted = lead::Model {
        status: crm_protos::sales::v1::LeadStatus::Converted.as_str_name().to_owned(),
        unqualified_reason: String::new(),
        next_follow_up_time: follow_up::NEVER,
        convert_time: Some(tx.now()),
        account_id,
        contact_id,
        opportunity_id: Some(made.id),
        ..lead.clone()
    };
    tx.update::<lead::Entity>("converted", lead, converted, "").await.map(drop)
}
