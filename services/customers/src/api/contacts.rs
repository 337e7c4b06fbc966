//! `Contacts`.

use std::collections::HashMap;

use crm_kit::directory::{self, Owner};
use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{Access, ListQuery, Result, Tx, Violations, convert, id, message, store};
use crm_protos::customers::v1::contacts_server::Contacts;
use crm_protos::customers::v1::{
    BatchGetContactsRequest, BatchGetContactsResponse, Contact, ContactAccount as ContactAccountMessage,
    CountContactsRequest, CountContactsResponse, CreateContactRequest, DeleteContactRequest,
    GetContactRequest, ListContactsRequest, ListContactsResponse, RestoreContactRequest, Source,
    UpdateContactRequest,
};
use crm_values::phone::Region;
use crm_values::{Name, address, birthday, email, phone, tags, text};
use sea_orm::{ConnectionTrait, QueryFilter, QuerySelect};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::values;
use crate::domain::membership::{self, ContactAccount};
use crate::store::account;
use crate::store::contact::{Entity, Model};
use crate::store::values::{Emails, Memberships, Phones, Place, Tags};

/// Serves `Contacts`.
pub struct ContactsService {
    /// What the service was given.
    pub context: Context,
    /// The region of national telephone numbers, where the organization's is not known yet.
    pub region: Region,
}

#[async_trait::async_trait]
impl Contacts for ContactsService {
    async fn create_contact(
        &self,
        request: Request<CreateContactRequest>,
    ) -> Result<Response<Contact>, Status> {
        crm_kit::call(request, async |access, request| {
            let work = async || {
                let (contact, mut violations) = (request.contact.unwrap_or_default(), Violations::default());
                let owner = violations
                    .check(
                        directory::new_owner(
                            &self.context,
                            access,
                            &contact.owner_id,
                            access.user(),
                            "contact.owner_id",
                        )
                        .await,
                    )?
                    .flatten();
                let empty = Model {
                    owner_id: access.user(),
                    department_id: access.caller().department_id,
                    ..Model::default()
                };
                let region = values::region(&self.context, access, &contact.phones, self.region).await?;
                let model = self.model(empty, &contact, owner, region, violations)?;
                self.context
                    .db
                    .write(access, async |tx| {
                        check_accounts(tx, access, &model, None).await?;
                        tx.insert::<Entity>("created", model.clone()).await.map(|model| answer(&model))
                    })
                    .await
            };
            let created = self.context.db.once(access, work).await?;
            self.named_one(access, created).await
        })
        .await
    }

    async fn get_contact(&self, request: Request<GetContactRequest>) -> Result<Response<Contact>, Status> {
        crm_kit::call(request, async |access, request| {
            let model = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            self.named_one(access, answer(&model)).await
        })
        .await
    }

    async fn batch_get_contacts(
        &self,
        request: Request<BatchGetContactsRequest>,
    ) -> Result<Response<BatchGetContactsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let models =
                store::batch_get::<Entity>(self.context.db.connection(), access, &request.ids).await?;
            Ok(BatchGetContactsResponse {
                contacts: self.named(access, models.iter().map(answer).collect()).await?,
            })
        })
        .await
    }

    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListContactsRequest { page_size, page_token, filter, order_by, query, show_deleted } =
                request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, show_deleted };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let contacts = self.named(access, page.items.iter().map(answer).collect()).await?;
            Ok(ListContactsResponse { contacts, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn count_contacts(
        &self,
        request: Request<CountContactsRequest>,
    ) -> Result<Response<CountContactsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountContactsResponse { count, truncated })
        })
        .await
    }

    async fn update_contact(
        &self,
        request: Request<UpdateContactRequest>,
    ) -> Result<Response<Contact>, Status> {
        crm_kit::call(request, async |access, request| {
            let work = async || {
                let patch = request.contact.unwrap_or_default();
                let seen = store::get::<Entity>(self.context.db.connection(), access, &patch.id).await?;
                let wanted = message::merge(&answer(&seen), &patch, request.update_mask.as_ref())?;
                let owner = directory::new_owner(
                    &self.context,
                    access,
                    &wanted.owner_id,
                    seen.owner_id,
                    "contact.owner_id",
                )
                .await?;
                let region = values::region(&self.context, access, &wanted.phones, self.region).await?;
                self.context
                    .db
                    .write(access, async |tx| {
                        let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                        let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                        let after =
                            self.model(before.clone(), &merged, owner, region, Violations::default())?;
                        check_accounts(tx, access, &after, Some(&before)).await?;
                        tx.update::<Entity>("updated", before, after, &patch.etag)
                            .await
                            .map(|model| answer(&model))
                    })
                    .await
            };
            let updated = self.context.db.once(access, work).await?;
            self.named_one(access, updated).await
        })
        .await
    }

    async fn delete_contact(
        &self,
        request: Request<DeleteContactRequest>,
    ) -> Result<Response<Contact>, Status> {
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

    async fn restore_contact(
        &self,
        request: Request<RestoreContactRequest>,
    ) -> Result<Response<Contact>, Status> {
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

impl ContactsService {
    /// The contact with the values of the message in the form that is stored. Every violation is named at once.
    pub(crate) fn model(
        &self,
        base: Model,
        contact: &Contact,
        owner: Option<Owner>,
        region: Region,
        violations: Violations,
    ) -> Result<Model> {
        let mut violations = violations;
        let check = &mut violations;
        message::require(contact, "contact", check)?;
        let stored = Name {
            given_name: base.given_name.clone(),
            family_name: base.family_name.clone(),
            full_name: base.full_name.clone(),
        };
        let given = Name {
            given_name: contact.given_name.clone(),
            family_name: contact.family_name.clone(),
            full_name: contact.full_name.clone(),
        };
        let Name { given_name, family_name, full_name } = given.after(&stored).normalize("contact", check);
        let phones = values::phones(&contact.phones, "contact.phones", check);
        let emails = values::emails(&contact.emails, "contact.emails", check);
        let part = |part: &ContactAccountMessage| ContactAccount {
            account_id: part.account_id.clone(),
            role: part.role.clone(),
            inactive: part.inactive,
        };
        let parts = contact.accounts.iter().map(part).collect();
        birthday::check(&contact.birthday, self.context.clock.now().date_naive(), "contact.birthday", check);
        let owner = owner.unwrap_or(Owner { id: base.owner_id, department: base.department_id });
        let model = Model {
            owner_id: owner.id,
            department_id: owner.department,
            salutation: text::line(&contact.salutation, 50, "contact.salutation", check),
            given_name,
            family_name,
            full_name,
            title: text::line(&contact.title, 100, "contact.title", check),
            emails: Emails(email::normalize(emails, "contact.emails", check)),
            phones: Phones(phone::normalize(phones, region, "contact.phones", check)),
            accounts: Memberships(membership::normalize(parts, "contact.accounts", check)),
            birthday: contact.birthday.clone(),
            preferences: text::paragraph(&contact.preferences, 10_000, "contact.preferences", check),
            source: convert::enum_name(contact.source, Source::as_str_name, "contact.source", check),
            tags: Tags(tags::normalize(contact.tags.clone(), "contact.tags", check)),
            address: Place(address::normalize(
                values::address(contact.address.as_ref()),
                "contact.address",
                check,
            )),
            description: text::paragraph(&contact.description, 10_000, "contact.description", check),
            ..base
        };
        violations.finish()?;
        Ok(model)
    }

    async fn named_one(&self, access: &Access, contact: Contact) -> Result<Contact> {
        Ok(self.named(access, vec![contact]).await?.remove(0))
    }

    /// The contacts with the names of those of their accounts that the caller may read; one query for all.
    async fn named(&self, access: &Access, mut contacts: Vec<Contact>) -> Result<Vec<Contact>> {
        let parts = contacts.iter().flat_map(|contact| &contact.accounts);
        let ids: Vec<Uuid> = parts.filter_map(|part| Uuid::try_parse(&part.account_id).ok()).collect();
        if ids.is_empty()
            || !access.allows("customers.account.read")
            || access.hides("customers.account", "name")
        {
            return Ok(contacts);
        }
        let db = &self.context.db;
        let among = store::has_id::<account::Entity>(db.backend(), ids);
        let accounts = store::select::<account::Entity>(access)?.filter(among).select_only();
        let accounts = accounts.columns([account::Column::Id, account::Column::Name]).into_tuple();
        let accounts: Vec<(Uuid, String)> = accounts.all(db.connection()).await?;
        let names: HashMap<String, String> =
            accounts.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        for part in contacts.iter_mut().flat_map(|contact| &mut contact.accounts) {
            part.account_name = names.get(&part.account_id).cloned().unwrap_or_default();
        }
        Ok(contacts)
    }
}

/// Fails unless every account that is new to the contact is one that the caller may read.
async fn check_accounts(tx: &Tx, access: &Access, model: &Model, before: Option<&Model>) -> Result<()> {
    let kept = before.map(|before| &before.accounts.0[..]).unwrap_or_default();
    let mut new = Vec::new();
    for (index, part) in model.accounts.0.iter().enumerate() {
        if !kept.iter().any(|kept| kept.account_id == part.account_id) {
            new.push((index, id::parse(&part.account_id)?));
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let connection = tx.connection();
    let among =
        store::has_id::<account::Entity>(connection.get_database_backend(), new.iter().map(|(_, id)| *id));
    let seen = store::select::<account::Entity>(access)?.filter(among).select_only();
    let seen: Vec<Uuid> = seen.column(account::Column::Id).into_tuple().all(connection).await?;
    let mut violations = Violations::default();
    for (index, _) in new.into_iter().filter(|(_, id)| !seen.contains(id)) {
        let field = format!("contact.accounts[{index}].account_id");
        violations.add(field, "ACCOUNT_UNKNOWN", "give an account that you can see");
    }
    violations.finish()
}

/// The contact as the API shows it, without the names of the accounts.
fn answer(model: &Model) -> Contact {
    let part = |part: &ContactAccount| ContactAccountMessage {
        account_id: part.account_id.clone(),
        role: part.role.clone(),
        inactive: part.inactive,
        account_name: String::new(),
    };
    Contact {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        delete_time: convert::optional_timestamp(model.delete_time),
        owner_id: model.owner_id.to_string(),
        department_id: model.department_id.map(|id| id.to_string()).unwrap_or_default(),
        salutation: model.salutation.clone(),
        given_name: model.given_name.clone(),
        family_name: model.family_name.clone(),
        full_name: model.full_name.clone(),
        title: model.title.clone(),
        emails: values::email_messages(&model.emails.0),
        phones: values::phone_messages(&model.phones.0),
        accounts: model.accounts.0.iter().map(part).collect(),
        birthday: model.birthday.clone(),
        preferences: model.preferences.clone(),
        source: convert::enum_number(&model.source, Source::from_str_name),
        tags: model.tags.0.clone(),
        address: values::address_message(&model.address.0),
        description: model.description.clone(),
    }
}
