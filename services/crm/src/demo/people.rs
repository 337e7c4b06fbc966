//! The company: its departments and the people who work in them.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use crm_customers::demo::company::{self, User as Person};
use crm_kit::access::Caller;
use crm_kit::id;
use crm_protos::identity::v1::departments_client::DepartmentsClient;
use crm_protos::identity::v1::roles_client::RolesClient;
use crm_protos::identity::v1::users_client::UsersClient;
use crm_protos::identity::v1::{
    CreateDepartmentRequest, CreateUserRequest, Department, ListDepartmentsRequest, ListRolesRequest,
    ListUsersRequest, User,
};

use super::Sender;

/// The ids of the departments by name, and of the people by address.
pub(super) struct Company {
    departments: HashMap<String, String>,
    users: HashMap<String, String>,
}

impl Company {
    pub(super) fn user_ids(&self) -> impl Iterator<Item = &String> {
        self.users.values()
    }

    pub(super) fn user(&self, person: &Person) -> Result<&str> {
        Ok(self.users.get(person.email).with_context(|| format!("{} is missing", person.email))?)
    }

    pub(super) fn department(&self, name: &str) -> Result<&str> {
        Ok(self.departments.get(name).with_context(|| format!("{name} is missing"))?)
    }
}

impl Sender<'_> {
    /// Somebody of the company who is let do everything for once.
    pub(super) fn caller(&self, company: &Company, person: &Person) -> Result<Caller> {
        let department_id = id::parse(company.department(person.department)?)?;
        Ok(Caller {
            user_id: id::parse(company.user(person)?)?,
            department_id: Some(department_id),
            department_ids: vec![department_id],
            ..self.administrator.clone()
        })
    }

    /// The company; what is missing of it is made.
    pub(super) async fn company(&self) -> Result<Company> {
        let departments = self.departments().await?;
        let users = self.users(&departments).await?;
        Ok(Company { departments, users })
    }

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
}
