//! Identity: organizations, users, departments, roles, sessions and API keys, what users are notified of, and the
//! views that they keep of lists.

pub mod api;
pub mod bootstrap;
pub mod domain;
pub mod hasher;
pub mod jobs;
pub mod mail;
pub mod migrations;
pub mod store;

use async_trait::async_trait;
use crm_kit::Result;
use crm_kit::registry::Records;
use crm_kit::service::{Context, Parts, Service};
use crm_protos::identity::v1::api_keys_server::ApiKeysServer;
use crm_protos::identity::v1::callers_server::CallersServer;
use crm_protos::identity::v1::credentials_server::CredentialsServer;
use crm_protos::identity::v1::departments_server::DepartmentsServer;
use crm_protos::identity::v1::notifications_server::NotificationsServer;
use crm_protos::identity::v1::organizations_server::OrganizationsServer;
use crm_protos::identity::v1::roles_server::RolesServer;
use crm_protos::identity::v1::sessions_server::SessionsServer;
use crm_protos::identity::v1::users_server::UsersServer;
use crm_protos::identity::v1::views_server::ViewsServer;
use sea_orm_migration::MigrationTrait;
use tonic::service::Routes;

use crate::api::api_keys::ApiKeysService;
use crate::api::callers::CallersService;
use crate::api::credentials::CredentialsService;
use crate::api::departments::DepartmentsService;
use crate::api::finishing::Finishing;
use crate::api::notifications::NotificationsService;
use crate::api::organizations::OrganizationsService;
use crate::api::passwords::Passwords;
use crate::api::roles::RolesService;
use crate::api::sessions::SessionsService;
use crate::api::users::UsersService;
use crate::api::views::ViewsService;
use crate::mail::Mailer;

/// The identity service.
pub struct Identity;

#[async_trait]
impl Service for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>> {
        migrations::all
    }

    async fn start(&self, context: &Context) -> Result<Parts> {
        let mailer = Mailer::new(&context.settings.mail, context.settings.server.development)?;
        let passwords = Passwords { context: context.clone(), hasher: bootstrap::hasher(&context.settings)? };
        let context = || context.clone();
        let sessions = SessionsService { context: context(), passwords: passwords.clone() };
        let users = UsersService { context: context(), passwords: passwords.clone() };
        let credentials = CredentialsService { context: context(), passwords };
        let notifications = NotificationsService { context: context(), mailer: mailer.clone() };
        let routes = Routes::default()
            .add_service(Finishing(OrganizationsServer::new(OrganizationsService { context: context() })))
            .add_service(Finishing(DepartmentsServer::new(DepartmentsService { context: context() })))
            .add_service(Finishing(RolesServer::new(RolesService { context: context() })))
            .add_service(Finishing(UsersServer::new(users)))
            .add_service(Finishing(SessionsServer::new(sessions)))
            .add_service(Finishing(CredentialsServer::new(credentials)))
            .add_service(Finishing(ApiKeysServer::new(ApiKeysService { context: context() })))
            .add_service(Finishing(CallersServer::new(CallersService { context: context() })))
            .add_service(Finishing(NotificationsServer::new(notifications)))
            .add_service(Finishing(ViewsServer::new(ViewsService { context: context() })));
        let records = Records::default()
            .with::<store::organization::Entity>()
            .with::<store::department::Entity>()
            .with::<store::role::Entity>()
            .with::<store::user::Entity>()
            .with::<store::session::Entity>()
            .with::<store::api_key::Entity>()
            .with::<store::notification::Entity>()
            .with::<store::view::Entity>();
        Ok(Parts { routes, records, jobs: jobs::all(context(), mailer), ..Parts::default() })
    }
}
