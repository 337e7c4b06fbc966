//! The first start: an organization, its roles and somebody who can sign in.

use std::time::Duration;

use crm_kit::config::Settings;
use crm_kit::service::Context;
use crm_kit::{Error, Result, Tx, Violations, id, store};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::api::{organizations, values};
use crate::domain::password::{self, Cost};
use crate::domain::roles;
use crate::hasher::Hasher;
use crate::store::role::{FieldRules, Grants};
use crate::store::user::RoleIds;
use crate::store::{one_time_token, organization, role, user};

/// Whoever signs in first gives both their right names.
const FIRST_ORGANIZATION: &str = "My company";
const FIRST_ADMINISTRATOR: &str = "admin@example.com";

/// How the administrator of a new organization signs in for the first time.
pub struct FirstSignIn {
    /// The e-mail address.
    pub email: String,
    /// The password, which has to be changed at once.
    pub password: String,
}

/// Hashes passwords as the settings say.
pub(crate) fn hasher(settings: &Settings) -> Result<Hasher> {
    let security = &settings.security;
    let cost = Cost { memory_kib: security.password_memory_kib, passes: security.password_passes };
    Hasher::new(cost, Duration::from_secs(settings.limits.request_timeout_seconds))
}

/// Creates an organization if there is none, once, however many processes start at the same time.
pub async fn first_organization(context: &Context) -> Result<Option<FirstSignIn>> {
    if exists(context.db.connection()).await? {
        return Ok(None);
    }
    create(context, FIRST_ORGANIZATION, FIRST_ADMINISTRATOR, true).await
}

/// Creates an organization with the roles that come with every one, and an administrator.
pub async fn create_organization(context: &Context, name: &str, email: &str) -> Result<FirstSignIn> {
    let created = create(context, name, email, false).await?;
    created.ok_or_else(|| Error::internal("an organization was not created"))
}

async fn exists(connection: &impl ConnectionTrait) -> Result<bool> {
    Ok(store::everywhere::<organization::Entity>().one(connection).await?.is_some())
}

async fn create(context: &Context, name: &str, email: &str, only_first: bool) -> Result<Option<FirstSignIn>> {
    let mut violations = Violations::default();
    let email = values::email(email);
    values::check_email(&email, "email", &mut violations);
    violations.finish()?;
    let organization = organization(name)?;
    let password = password::generate();
    let password_hash = hasher(&context.settings)?.hash(password.clone()).await?;
    let administrator = user::Model {
        email: email.clone(),
        display_name: roles::ADMINISTRATOR.to_owned(),
        kind: user::PERSON.to_owned(),
        status: user::ACTIVE.to_owned(),
        password_hash,
        password_change_required: true,
        ..user::Model::default()
    };
    let access = context.db.system(organization.id);
    let create = context.db.transact_as(&access, async |tx| {
        if only_first && !is_first(tx).await? {
            return Ok(None);
        }
        tx.insert::<organization::Entity>("created", organization).await?;
        let role_ids = RoleIds(vec![create_roles(tx).await?]);
        tx.insert::<user::Entity>("created", user::Model { role_ids, ..administrator }).await?;
        Ok(Some(FirstSignIn { email, password }))
    });
    create.await
}

/// Whether there is no organization yet, and no other process creates one now.
async fn is_first(tx: &Tx) -> Result<bool> {
    tx.hold("first organization").await?;
    Ok(!exists(tx.connection()).await?)
}

/// Somebody who may do everything in an organization.
pub struct Administrator {
    /// The organization.
    pub organization_id: Uuid,
    /// The user.
    pub user_id: Uuid,
}

/// The first administrator who is still active of the oldest organization.
pub async fn oldest_administrator(context: &Context) -> Result<Option<Administrator>> {
    let connection = context.db.connection();
    let oldest = store::everywhere::<organization::Entity>().order_by_asc(organization::Column::Id);
    let Some(organization) = oldest.one(connection).await? else { return Ok(None) };
    let roles = store::tenant::<role::Entity>(organization.id).all(connection).await?;
    let roles = roles.iter().filter(|role| role.is_administrator()).map(|role| role.id).collect::<Vec<_>>();
    let users = store::tenant::<user::Entity>(organization.id).filter(user::able());
    let users = users.order_by_asc(user::Column::Id).all(connection).await?;
    let found = users.into_iter().find(|user| user.role_ids.0.iter().any(|id| roles.contains(id)));
    Ok(found.map(|user| Administrator { organization_id: organization.id, user_id: user.id }))
}

/// Lets the invited among some users in with one new password, which is answered; none if nobody was invited.
pub async fn open_demo_users(
    context: &Context,
    organization: Uuid,
    users: impl IntoIterator<Item = &String>,
) -> Result<Option<String>> {
    let ids = users.into_iter().map(|id| id::parse(id)).collect::<Result<Vec<_>>>()?;
    let password = password::generate();
    let password_hash = hasher(&context.settings)?.hash(password.clone()).await?;
    let access = context.db.system(organization);
    let open = context.db.transact_as(&access, async |tx| {
        let invited =
            store::tenant::<user::Entity>(organization).filter(user::Column::Status.eq(user::INVITED));
        let invited = invited.filter(user::Column::Id.is_in(ids)).all(tx.connection()).await?;
        let count = invited.len();
        for before in invited {
            one_time_token::end_all(tx, before.id, "used").await?;
            let (status, password_hash) = (user::ACTIVE.to_owned(), password_hash.clone());
            let after = user::Model { status, password_hash, ..before.clone() };
            tx.update::<user::Entity>("activated", before, after, "").await?;
        }
        Ok(count)
    });
    Ok((open.await? > 0).then_some(password))
}

fn organization(name: &str) -> Result<organization::Model> {
    let id = id::new();
    let base = organization::Model { id, organization_id: id, ..organization::Model::default() };
    let defaults = organization::Model {
        name: name.to_owned(),
        currency: "CNY".to_owned(),
        region: "CN".to_owned(),
        language: "zh-CN".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..base.clone()
    };
    organizations::model(base, &organizations::answer(&defaults))
}

/// Creates the roles that come with every organization; answers the administrators'.
async fn create_roles(tx: &Tx) -> Result<Uuid> {
    let mut administrator = None;
    for known in roles::built_in() {
        let model = role::Model {
            name: known.name.to_owned(),
            description: known.description.to_owned(),
            grants: Grants(known.rights.grants),
            field_rules: FieldRules(known.rights.field_rules),
            built_in: true,
            ..role::Model::default()
        };
        let role = tx.insert::<role::Entity>("created", model).await?;
        administrator = administrator.or(role.is_administrator().then_some(role.id));
    }
    administrator.ok_or_else(|| Error::internal("no built-in role may do everything"))
}
