//! `Accounts`.

use crm_kit::crypto::Sealed;
use crm_kit::db::Sealer;
use crm_kit::directory::{self, Owner};
use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{Access, Error, ListQuery, Result, Tx, Violations, convert, id, message, store};
use crm_protos::customers::v1::accounts_server::Accounts;
use crm_protos::customers::v1::{
    Account, AccountGrade, AccountType, BatchGetAccountsRequest, BatchGetAccountsResponse,
    CountAccountsRequest, CountAccountsResponse, CreateAccountRequest, CreditStatus, DeleteAccountRequest,
    GetAccountRequest, ListAccountsRequest, ListAccountsResponse, RestoreAccountRequest, Source,
    UpdateAccountRequest,
};
use crm_values::phone::Region;
use crm_values::{address, amount, currency, email, phone, tags, text, website};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::values;
use crate::store::account::{Entity, Model};
use crate::store::values::{Emails, Phones, Place, Tags};

/// Whoever may see sensitive numbers in clear.
const REVEAL: &str = "customers.account.reveal";
/// The fields that are sealed.
const ID_CARD: &str = "customers.account.id_card_number";
const BANK_CARD: &str = "customers.account.bank_card_number";

/// Longer chains of parents are refused.
const MOST_PARENTS: usize = 20;

/// Serves `Accounts`.
pub struct AccountsService {
    /// What the service was given.
    pub context: Context,
    /// The region of national telephone numbers, where the organization's is not known yet.
    pub region: Region,
}

#[async_trait::async_trait]
impl Accounts for AccountsService {
    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        crm_kit::call(request, async |access, request| {
            let work = async || {
                let account = request.account.unwrap_or_default();
                let (sealer, mut violations) =
                    (self.context.db.sealer(access.organization()).await?, Violations::default());
                let owner = violations
                    .check(
                        directory::new_owner(
                            &self.context,
                            access,
                            &account.owner_id,
                            access.user(),
                            "account.owner_id",
                        )
                        .await,
                    )?
                    .flatten();
                let empty = Model {
                    owner_id: access.user(),
                    department_id: access.caller().department_id,
                    ..Model::default()
                };
                let region = values::region(&self.context, access, &account.phones, self.region).await?;
                let model = self.model(empty, &account, owner, region, &sealer, violations)?;
                self.context
                    .db
                    .write(access, async |tx| {
                        check_parent(tx, access, &model).await?;
                        tx.insert::<Entity>("created", model.clone()).await.map(|model| answer(&model))
                    })
                    .await
            };
            self.context.db.once(access, work).await
        })
        .await
    }

    async fn get_account(&self, request: Request<GetAccountRequest>) -> Result<Response<Account>, Status> {
        crm_kit::call(request, async |access, request| {
            let model = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            self.reveal(access, &model).await
        })
        .await
    }

    async fn batch_get_accounts(
        &self,
        request: Request<BatchGetAccountsRequest>,
    ) -> Result<Response<BatchGetAccountsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let models =
                store::batch_get::<Entity>(self.context.db.connection(), access, &request.ids).await?;
            Ok(BatchGetAccountsResponse { accounts: models.iter().map(answer).collect() })
        })
        .await
    }

    async fn list_accounts(
        &self,
        request: Request<ListAccountsRequest>,
    ) -> Result<Response<ListAccountsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListAccountsRequest { page_size, page_token, filter, order_by, query, show_deleted } =
                request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, show_deleted };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            Ok(ListAccountsResponse {
                accounts: page.items.iter().map(answer).collect(),
                next_page_token: page.next_page_token,
            })
        })
        .await
    }

    async fn count_accounts(
        &self,
        request: Request<CountAccountsRequest>,
    ) -> Result<Response<CountAccountsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountAccountsResponse { count, truncated })
        })
        .await
    }

    async fn update_account(
        &self,
        request: Request<UpdateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        crm_kit::call(request, async |access, request| {
            let work = async || {
                let patch = request.account.unwrap_or_default();
                let sealer = self.context.db.sealer(access.organization()).await?;
                let seen = store::get::<Entity>(self.context.db.connection(), access, &patch.id).await?;
                let wanted = message::merge(&answer(&seen), &patch, request.update_mask.as_ref())?;
                let owner = directory::new_owner(
                    &self.context,
                    access,
                    &wanted.owner_id,
                    seen.owner_id,
                    "account.owner_id",
                )
                .await?;
                let region = values::region(&self.context, access, &wanted.phones, self.region).await?;
                self.context
                    .db
                    .write(access, async |tx| {
                        let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                        let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                        let violations = Violations::default();
                        let after =
                            self.model(before.clone(), &merged, owner, region, &sealer, violations)?;
                        // A parent that stays may be one that the caller does not see.
                        if after.parent_account_id != before.parent_account_id {
                            check_parent(tx, access, &after).await?;
                        }
                        tx.update::<Entity>("updated", before, after, &patch.etag)
                            .await
                            .map(|model| answer(&model))
                    })
                    .await
            };
            self.context.db.once(access, work).await
        })
        .await
    }

    async fn delete_account(
        &self,
        request: Request<DeleteAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.delete::<Entity>(before, &request.etag).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn restore_account(
        &self,
        request: Request<RestoreAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get_deleted::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.restore::<Entity>(before).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }
}

impl AccountsService {
    /// The account with the values of the message in the form that is stored. Every violation is named at once.
    pub(crate) fn model(
        &self,
        base: Model,
        account: &Account,
        owner: Option<Owner>,
        region: Region,
        sealer: &Sealer,
        violations: Violations,
    ) -> Result<Model> {
        let mut violations = violations;
        let check = &mut violations;
        message::require(account, "account", check)?;
        amount::check(account.employees, "account.employees", check);
        amount::check(account.annual_revenue, "account.annual_revenue", check);
        let phones = values::phones(&account.phones, "account.phones", check);
        let emails = values::emails(&account.emails, "account.emails", check);
        let parent = id::reference("account.parent_account_id", &account.parent_account_id);
        let owner = owner.unwrap_or(Owner { id: base.owner_id, department: base.department_id });
        let model = Model {
            owner_id: owner.id,
            department_id: owner.department,
            name: text::line(&account.name, 200, "account.name", check),
            website: website::normalize(&account.website, "account.website", check),
            industry: text::line(&account.industry, 100, "account.industry", check),
            r#type: convert::enum_name(account.r#type, AccountType::as_str_name, "account.type", check),
            grade: convert::enum_name(account.grade, AccountGrade::as_str_name, "account.grade", check),
            credit_status: convert::enum_name(
                account.credit_status,
                CreditStatus::as_str_name,
                "account.credit_status",
                check,
            ),
            source: convert::enum_name(account.source, Source::as_str_name, "account.source", check),
            phones: Phones(phone::normalize(phones, region, "account.phones", check)),
            emails: Emails(email::normalize(emails, "account.emails", check)),
            billing_address: Place(address::normalize(
                values::address(account.billing_address.as_ref()),
                "account.billing_address",
                check,
            )),
            shipping_address: Place(address::normalize(
                values::address(account.shipping_address.as_ref()),
                "account.shipping_address",
                check,
            )),
            employees: account.employees,
            annual_revenue: account.annual_revenue,
            currency: currency::normalize(&account.currency, "account.currency", check),
            parent_account_id: check.check(parent)?.flatten(),
            tags: Tags(tags::normalize(account.tags.clone(), "account.tags", check)),
            id_card_number: seal(
                sealer,
                ID_CARD,
                base.id_card_number.as_ref(),
                &account.id_card_number,
                check,
            )?,
            bank_card_number: seal(
                sealer,
                BANK_CARD,
                base.bank_card_number.as_ref(),
                &account.bank_card_number,
                check,
            )?,
            description: text::paragraph(&account.description, 10_000, "account.description", check),
            ..base
        };
        violations.finish()?;
        Ok(model)
    }

    /// The account with its sensitive numbers in clear for those who may see them.
    async fn reveal(&self, access: &Access, model: &Model) -> Result<Account> {
        let mut account = answer(model);
        if access.allows(REVEAL) && (model.id_card_number.is_some() || model.bank_card_number.is_some()) {
            let sealer = self.context.db.sealer(access.organization()).await?;
            if let Some(sealed) = &model.id_card_number {
                account.id_card_number = sealer.open(ID_CARD, sealed).await?;
            }
            if let Some(sealed) = &model.bank_card_number {
                account.bank_card_number = sealer.open(BANK_CARD, sealed).await?;
            }
        }
        Ok(account)
    }
}

/// The sealed form of a number; the mask that was read stands for the number itself.
fn seal(
    sealer: &Sealer,
    place: &str,
    current: Option<&Sealed>,
    text: &str,
    violations: &mut Violations,
) -> Result<Option<Sealed>> {
    let field = place.strip_prefix("customers.").unwrap_or(place);
    let text = text::line(text, 64, field, violations);
    match current {
        _ if text.is_empty() => Ok(None),
        Some(sealed) if sealed.mask() == text => Ok(Some(sealed.clone())),
        _ if text.starts_with("****") => {
            violations.add(field, "MASKED", "give the whole number, or leave the field out");
            Ok(None)
        }
        _ => sealer.seal(place, &text).map(Some),
    }
}

/// Fails unless the parent is an account that the caller may read and that is not below this one.
async fn check_parent(tx: &Tx, access: &Access, model: &Model) -> Result<()> {
    let mut above = model.parent_account_id;
    if above.is_some() {
        // Two that are placed below each other at once would not see each other.
        tx.hold(&format!("parents of accounts {}", access.organization())).await?;
    }
    for depth in 0..=MOST_PARENTS {
        let Some(parent) = above else { return Ok(()) };
        if parent == model.id || depth == MOST_PARENTS {
            return Err(Error::invalid(
                "account.parent_account_id",
                "CYCLE",
                "give an account that is not below this one",
            ));
        }
        let unknown = || {
            Error::invalid("account.parent_account_id", "ACCOUNT_UNKNOWN", "give an account that you can see")
        };
        // Only the parent itself has to be within reach; the chain above it is followed to find a cycle.
        let query = if depth == 0 {
            store::select::<Entity>(access)?
        } else {
            store::tenant::<Entity>(access.organization())
        };
        let found = store::by_id::<Entity>(tx.connection(), query, parent).await;
        above = match found {
            Ok(account) => account.parent_account_id,
            Err(Error::NotFound) if depth == 0 => return Err(unknown()),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

/// The account as the API shows it; sensitive numbers are masked.
pub fn answer(model: &Model) -> Account {
    let reference = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let mask =
        |sealed: &Option<Sealed>| sealed.as_ref().map(|sealed| sealed.mask().to_owned()).unwrap_or_default();
    Account {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        delete_time: convert::optional_timestamp(model.delete_time),
        owner_id: model.owner_id.to_string(),
        department_id: reference(model.department_id),
        name: model.name.clone(),
        website: model.website.clone(),
        industry: model.industry.clone(),
        r#type: convert::enum_number(&model.r#type, AccountType::from_str_name),
        grade: convert::enum_number(&model.grade, AccountGrade::from_str_name),
        credit_status: convert::enum_number(&model.credit_status, CreditStatus::from_str_name),
        source: convert::enum_number(&model.source, Source::from_str_name),
        phones: values::phone_messages(&model.phones.0),
        emails: values::email_messages(&model.emails.0),
        billing_address: values::address_message(&model.billing_address.0),
        shipping_address: values::address_message(&model.shipping_address.0),
        employees: model.employees,
        annual_revenue: model.annual_revenue,
        currency: model.currency.clone(),
        parent_account_id: reference(model.parent_account_id),
        tags: model.tags.0.clone(),
        id_card_number: mask(&model.id_card_number),
        bank_card_number: mask(&model.bank_card_number),
        description: model.description.clone(),
    }
}
