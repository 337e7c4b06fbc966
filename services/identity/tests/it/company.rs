//! An organization with people who work in it.

use crm_identity::{Identity, bootstrap};
use crm_kit::access::{Caller, FieldAccess, Scope};
use crm_kit::channel::Channel;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::access::v1::{FieldRule, Grant};
use crm_protos::identity::v1::api_keys_client::ApiKeysClient;
use crm_protos::identity::v1::credentials_client::CredentialsClient;
use crm_protos::identity::v1::departments_client::DepartmentsClient;
use crm_protos::identity::v1::roles_client::RolesClient;
use crm_protos::identity::v1::sessions_client::SessionsClient;
use crm_protos::identity::v1::users_client::UsersClient;
use crm_protos::identity::v1::{
    ActivateUserRequest, ApiKey, ChangePasswordRequest, CreateApiKeyRequest, CreateApiKeyResponse,
    CreateDepartmentRequest, CreateRoleRequest, CreateUserRequest, Department, GetMeRequest,
    ListRolesRequest, Me, Role, SignInRequest, SignInResponse, User, UserKind,
};
use secrecy::SecretString;
use tonic::{Request, Response, Status};

use crate::mailbox::Mailbox;
use crate::{PASSWORD, by};

/// An organization under test.
pub(crate) struct Company<'a> {
    pub(crate) harness: &'a Harness,
    pub(crate) mailbox: Mailbox,
    /// The administrator, signed in and with the password changed.
    pub(crate) administrator: Person,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
}

/// Runs a test in a new organization.
pub(crate) async fn run(test: impl AsyncFnOnce(&Company<'_>)) {
    let mailbox = Mailbox::open().await;
    let url = mailbox.url.clone();
    run_with(mailbox, url, test).await;
}

/// Runs a test in a new organization whose operator has no mail server.
pub(crate) async fn run_without_mail(test: impl AsyncFnOnce(&Company<'_>)) {
    run_with(Mailbox::open().await, String::new(), test).await;
}

async fn run_with(mailbox: Mailbox, smtp_url: String, test: impl AsyncFnOnce(&Company<'_>)) {
    let adjust = |settings: &mut crm_kit::config::Settings| {
        settings.mail.smtp_url = SecretString::from(smtp_url);
        settings.security.password_memory_kib = 64;
        settings.security.password_passes = 1;
        // The tests share one address.
        settings.security.sign_in_per_address.burst = 1_000_000;
    };
    Harness::run_with(Identity, adjust, async |harness| {
        test(&Company::found(harness, mailbox).await).await;
    })
    .await;
}

/// An address that no other test throttles.
pub(crate) fn address(name: &str) -> String {
    format!("{name}@{}.example", crm_kit::id::new().simple())
}

pub(crate) fn grant(permission: &str, scope: Scope) -> Grant {
    Grant { permission: permission.to_owned(), scope: scope.into() }
}

pub(crate) fn rule(field: &str, access: FieldAccess) -> FieldRule {
    FieldRule { field: field.to_owned(), access: access.into() }
}

impl<'a> Company<'a> {
    /// Creates an organization with an administrator.
    pub(crate) async fn found(harness: &'a Harness, mailbox: Mailbox) -> Self {
        let email = address("boss");
        let first = bootstrap::create_organization(&harness.context, "Huateng", &email).await.unwrap();
        let company = Self {
            harness,
            mailbox,
            administrator: Person { id: String::new(), email, token: String::new() },
        };
        let answer = company.sign_in(&first.email, &first.password).await.unwrap();
        assert!(answer.password_change_required);
        company.change_password(&answer.token, &first.password, PASSWORD).await.unwrap();
        let id = company.me(&answer.token).await.unwrap().user.unwrap().id;
        let administrator = Person { id, email: first.email, token: answer.token };
        Self { administrator, ..company }
    }

    /// Another organization in the same database.
    pub(crate) async fn other(&self) -> Self {
        Self::found(self.harness, self.mailbox.clone()).await
    }

    pub(crate) fn channel(&self) -> Channel {
        self.harness.channel.clone()
    }

    pub(crate) fn users(&self) -> UsersClient<Channel> {
        UsersClient::new(self.channel())
    }

    pub(crate) fn roles(&self) -> RolesClient<Channel> {
        RolesClient::new(self.channel())
    }

    pub(crate) fn departments(&self) -> DepartmentsClient<Channel> {
        DepartmentsClient::new(self.channel())
    }

    pub(crate) fn sessions(&self) -> SessionsClient<Channel> {
        SessionsClient::new(self.channel())
    }

    pub(crate) fn credentials(&self) -> CredentialsClient<Channel> {
        CredentialsClient::new(self.channel())
    }

    pub(crate) fn api_keys(&self) -> ApiKeysClient<Channel> {
        ApiKeysClient::new(self.channel())
    }

    /// A request of the administrator.
    pub(crate) fn request<M>(&self, message: M) -> Request<M> {
        by(&self.administrator.token, message)
    }

    /// The administrator as a service would vouch for.
    pub(crate) async fn vouched(&self) -> TestCaller {
        let caller = self.resolved(&self.administrator.token).await;
        self.harness.caller(caller.organization_id).user(caller.user_id).grant("*", Scope::All)
    }

    /// The caller behind a token.
    pub(crate) async fn resolved(&self, token: &str) -> Caller {
        use crm_protos::identity::v1::ResolveCallerRequest;
        use crm_protos::identity::v1::callers_client::CallersClient;
        use prost::Message;
        let request = self.harness.context.request(ResolveCallerRequest { token: token.to_owned() });
        let signed = CallersClient::new(self.channel()).resolve_caller(request).await.unwrap().into_inner();
        let (key, now) = (&self.harness.context.keys, self.harness.context.clock.now());
        Caller::verify(&signed.encode_to_vec(), key, now).unwrap()
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<SignInResponse, Status> {
        self.sign_in_with_code(email, password, "").await.map(Response::into_inner)
    }

    pub(crate) async fn sign_in_with_code(
        &self,
        email: &str,
        password: &str,
        code: &str,
    ) -> Result<Response<SignInResponse>, Status> {
        let (email, password, code) = (email.to_owned(), password.to_owned(), code.to_owned());
        let request = SignInRequest { email, password, code, user_agent: "Firefox".to_owned() };
        self.sessions().sign_in(request).await
    }

    pub(crate) async fn change_password(
        &self,
        token: &str,
        current_password: &str,
        new_password: &str,
    ) -> Result<Response<()>, Status> {
        let (current_password, new_password) = (current_password.to_owned(), new_password.to_owned());
        let request = ChangePasswordRequest { current_password, new_password };
        self.credentials().change_password(by(token, request)).await
    }

    /// Whom the service takes the bearer of a token for.
    pub(crate) async fn me(&self, token: &str) -> Result<Me, Status> {
        self.whoami(token).await.map(Response::into_inner)
    }

    pub(crate) async fn whoami(&self, token: &str) -> Result<Response<Me>, Status> {
        self.users().get_me(by(token, GetMeRequest {})).await
    }

    pub(crate) async fn create_user(&self, user: User) -> Result<Response<User>, Status> {
        self.users().create_user(self.request(CreateUserRequest { user: Some(user) })).await
    }

    pub(crate) async fn activate(&self, token: &str, password: &str) -> Result<Response<User>, Status> {
        let (token, password) = (token.to_owned(), password.to_owned());
        self.users().activate_user(ActivateUserRequest { token, password }).await
    }

    /// Invites a person with some roles, who accepts and signs in.
    pub(crate) async fn join(&self, name: &str, role_ids: &[&str], department_id: &str) -> Person {
        let email = address(name);
        let user = User {
            email: email.clone(),
            display_name: name.to_owned(),
            role_ids: role_ids.iter().map(|id| (*id).to_owned()).collect(),
            department_id: department_id.to_owned(),
            ..User::default()
        };
        let id = self.create_user(user).await.unwrap().into_inner().id;
        let tokens = self.mailbox.wait_for(&email, 1).await;
        self.activate(&tokens[0], PASSWORD).await.unwrap();
        let token = self.sign_in(&email, PASSWORD).await.unwrap().token;
        Person { id, email, token }
    }

    /// Creates a user for programs.
    pub(crate) async fn program(&self, role_ids: &[&str]) -> User {
        let user = User {
            display_name: "Importer".to_owned(),
            kind: UserKind::Service.into(),
            role_ids: role_ids.iter().map(|id| (*id).to_owned()).collect(),
            ..User::default()
        };
        self.create_user(user).await.unwrap().into_inner()
    }

    pub(crate) async fn create_role(&self, name: &str, grants: Vec<Grant>) -> Role {
        let role = Role { name: name.to_owned(), grants, ..Role::default() };
        let request = self.request(CreateRoleRequest { role: Some(role) });
        self.roles().create_role(request).await.unwrap().into_inner()
    }

    /// A role that came with the organization.
    pub(crate) async fn role(&self, name: &str) -> Role {
        let request = self.request(ListRolesRequest { page_size: 200, ..Default::default() });
        let roles = self.roles().list_roles(request).await.unwrap().into_inner().roles;
        roles.into_iter().find(|role| role.name == name).unwrap()
    }

    pub(crate) async fn create_department(&self, name: &str, parent_id: &str) -> Department {
        let (name, parent_id) = (name.to_owned(), parent_id.to_owned());
        let department = Some(Department { name, parent_id, ..Department::default() });
        let request = self.request(CreateDepartmentRequest { department });
        self.departments().create_department(request).await.unwrap().into_inner()
    }

    pub(crate) async fn create_key(&self, key: ApiKey) -> Result<Response<CreateApiKeyResponse>, Status> {
        self.api_keys().create_api_key(self.request(CreateApiKeyRequest { api_key: Some(key) })).await
    }
}
