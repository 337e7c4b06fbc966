//! `crm demo`: a believable company, sent through the same API that everybody uses.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail};
use chrono::TimeDelta;
use crm_customers::demo::{Customer, company, customers};
use crm_identity::bootstrap;
use crm_kit::access::{Caller, Origin, Scope, signed_request};
use crm_kit::channel::Channel;
use crm_kit::config::Settings;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{CreateAccountRequest, CreateContactRequest};
use crm_protos::identity::v1::departments_client::DepartmentsClient;
use crm_protos::identity::v1::roles_client::RolesClient;
use crm_protos::identity::v1::users_client::UsersClient;
use crm_protos::identity::v1::{
    CreateDepartmentRequest, CreateUserRequest, Department, ListDepartmentsRequest, ListRolesRequest,
    ListUsersRequest, User,
};
use indicatif::{ProgressBar, ProgressStyle};
use tonic::Request;

use crate::print;
use crate::process::{Process, every_service};

/// The same seed makes the same company.
const SEED: u64 = 20_260_101;

/// Fills the oldest organization; repeated, it goes on where it was and doubles nothing.
pub(crate) async fn demo(settings: Settings, count: usize) -> Result<()> {
    crm_kit::telemetry::init_logs(&settings.log);
    let process = Process::start(settings, &every_service()).await?;
    let identity = process.service("identity").context("identity must run in this process")?;
    if let Some(first) = bootstrap::first_organization(&identity.context).await? {
        print(&format!("Sign in as: {}\nPassword: {}", first.email, first.password));
    }
    let Some(administrator) = bootstrap::oldest_administrator(&identity.context).await? else {
        bail!("there is no organization with an administrator");
    };
    let caller = Caller {
        organization_id: administrator.organization_id,
        user_id: administrator.user_id,
        grants: vec![("*".to_owned(), Scope::All)],
        expire_time: process.clock.now() + TimeDelta::days(1),
        ..Caller::default()
    };
    let sender = Sender { process: &process, caller };
    let departments = sender.departments().await?;
    let users = sender.users(&departments).await?;
    let password =
        bootstrap::open_demo_users(&identity.context, administrator.organization_id, users.values()).await?;
    sender.customers(&users, count).await?;
    if let Some(password) = password {
        print(&format!("The company's users sign in with the password {password}, for example:"));
        company::USERS
            .iter()
            .take(4)
            .for_each(|user| print(&format!("  {} ({}, {})", user.email, user.role, user.department)));
    }
    process.stop().await
}

/// Sends the company in the name of the administrator.
struct Sender<'a> {
    process: &'a Process,
    caller: Caller,
}

impl Sender<'_> {
    fn channel(&self, service: &str) -> Result<Channel> {
        Ok(self.process.peers.get(service)?)
    }

    fn request<M>(&self, message: M) -> Request<M> {
        signed_request(message, &self.caller, &self.process.key, &Origin::default())
    }

    /// A request that does nothing when it is sent again.
    fn once<M>(&self, key: &str, message: M) -> Result<Request<M>> {
        let mut request = self.request(message);
        request.metadata_mut().insert("idempotency-key", format!("demo {SEED} {key}").parse()?);
        Ok(request)
    }

    /// The departments by name; those that are missing are made.
    async fn departments(&self) -> Result<HashMap<String, String>> {
        let mut client = DepartmentsClient::new(self.channel("identity")?);
        let all = ListDepartmentsRequest { page_size: 200, ..Default::default() };
        let listed = client.list_departments(self.request(all)).await?.into_inner().departments;
        let mut ids: HashMap<_, _> =
            listed.into_iter().map(|department| (department.name, department.id)).collect();
        for department in company::DEPARTMENTS {
            if !ids.contains_key(department.name) {
                let parent_id =
                    department.parent.and_then(|parent| ids.get(parent).cloned()).unwrap_or_default();
                let message =
                    Department { name: department.name.to_owned(), parent_id, ..Department::default() };
                let request = self.request(CreateDepartmentRequest { department: Some(message) });
                let created = client.create_department(request).await?.into_inner();
                ids.insert(created.name, created.id);
            }
        }
        Ok(ids)
    }

    /// The users by address; those that are missing are made.
    async fn users(&self, departments: &HashMap<String, String>) -> Result<HashMap<String, String>> {
        let roles = ListRolesRequest { page_size: 200, ..Default::default() };
        let roles = RolesClient::new(self.channel("identity")?)
            .list_roles(self.request(roles))
            .await?
            .into_inner()
            .roles;
        let roles: HashMap<_, _> = roles.into_iter().map(|role| (role.name, role.id)).collect();
        let mut client = UsersClient::new(self.channel("identity")?);
        let mut ids = HashMap::new();
        for user in company::USERS {
            let known =
                ListUsersRequest { filter: vec![format!("email={}", user.email)], ..Default::default() };
            let known = client.list_users(self.request(known)).await?.into_inner().users;
            let id = match known.into_iter().next() {
                Some(known) => known.id,
                None => {
                    let message = User {
                        email: user.email.to_owned(),
                        display_name: user.display_name.to_owned(),
                        department_id: departments.get(user.department).cloned().unwrap_or_default(),
                        role_ids: roles.get(user.role).cloned().into_iter().collect(),
                        language: user.language.to_owned(),
                        ..User::default()
                    };
                    client
                        .create_user(self.request(CreateUserRequest { user: Some(message) }))
                        .await?
                        .into_inner()
                        .id
                }
            };
            ids.insert(user.email.to_owned(), id);
        }
        Ok(ids)
    }

    /// The accounts with their contacts.
    async fn customers(&self, users: &HashMap<String, String>, count: usize) -> Result<()> {
        let mut accounts = AccountsClient::new(self.channel("customers")?);
        let mut contacts = ContactsClient::new(self.channel("customers")?);
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} accounts, {eta} left")?;
        let progress = ProgressBar::new(count as u64).with_style(style);
        let mut ids: Vec<String> = Vec::new();
        for (index, customer) in customers(SEED).take(count).enumerate() {
            let Customer { mut account, contacts: people, owner, parent } = customer;
            account.owner_id = users.get(owner.email).cloned().unwrap_or_default();
            let parent = parent.and_then(|parent| ids.get(usize::try_from(parent).ok()?).cloned());
            account.parent_account_id = parent.unwrap_or_default();
            let owner_id = account.owner_id.clone();
            let request =
                self.once(&format!("account {index}"), CreateAccountRequest { account: Some(account) })?;
            let id = accounts.create_account(request).await?.into_inner().id;
            for (number, mut contact) in people.into_iter().enumerate() {
                contact.owner_id = owner_id.clone();
                if let Some(part) = contact.accounts.first_mut() {
                    part.account_id = id.clone();
                }
                let request = self.once(
                    &format!("contact {index} {number}"),
                    CreateContactRequest { contact: Some(contact) },
                )?;
                contacts.create_contact(request).await?;
            }
            ids.push(id);
            progress.inc(1);
        }
        progress.finish();
        Ok(())
    }
}
