//! Users.

use crm_kit::crypto::Sealed;
use crm_kit::record::{Record, Unique};
use crm_kit::search::Words;
use crm_kit::{Error, Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromJsonQueryResult, QuerySelect, Select, Set};
use serde::{Deserialize, Serialize};

use super::role;

/// Has not accepted the invitation.
pub const INVITED: &str = "USER_STATUS_INVITED";
/// Can work.
pub const ACTIVE: &str = "USER_STATUS_ACTIVE";
/// Is shut out.
pub const DISABLED: &str = "USER_STATUS_DISABLED";
/// Signs in with a password.
pub const PERSON: &str = "USER_KIND_PERSON";

/// The ids of roles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct RoleIds(pub Vec<Uuid>);

/// The hashes of recovery codes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct RecoveryCodes(pub Vec<String>);

/// A user.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The e-mail address in lower case; empty for programs without one.
    pub email: String,
    /// The name.
    pub display_name: String,
    /// The name of a `UserKind`.
    pub kind: String,
    /// The name of a `UserStatus`.
    pub status: String,
    /// The department.
    pub department_id: Option<Uuid>,
    /// The roles.
    #[sea_orm(column_type = "Json")]
    pub role_ids: RoleIds,
    /// The language; empty for the organization's.
    pub language: String,
    /// When the user last signed in.
    pub sign_in_time: Option<ChronoDateTimeUtc>,
    /// The hash of the password; empty without one.
    #[serde(skip)]
    pub password_hash: String,
    /// True while only a change of the password is allowed.
    pub password_change_required: bool,
    /// Whether the second factor is in force.
    pub second_factor: bool,
    /// The secret of the second factor, in force or not yet.
    #[serde(skip)]
    pub second_factor_secret: Option<Sealed>,
    /// The step of the last code that was used.
    #[serde(skip)]
    pub second_factor_step: Option<i64>,
    /// The recovery codes that are left.
    #[serde(skip)]
    #[sea_orm(column_type = "Json")]
    pub recovery_codes: RecoveryCodes,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the user can work.
    pub fn is_active(&self) -> bool {
        self.status == ACTIVE
    }

    /// The user without a second factor, in force or not yet.
    pub fn without_second_factor(self) -> Self {
        Self {
            second_factor: false,
            second_factor_secret: None,
            second_factor_step: None,
            recovery_codes: RecoveryCodes::default(),
            ..self
        }
    }

    /// What people who know the user would try first as the password.
    pub fn personal(&self) -> [&str; 2] {
        [&self.email, &self.display_name]
    }
}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.user";
    const SEARCHED: &'static [&'static str] = &["display_name", "email"];
    const SORTED: &'static [&'static str] = &["display_name", "update_time"];
    const TERMS: &'static [&'static str] = &["role_ids"];
    const SEALED: &'static [&'static str] = &["second_factor_secret"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["users_email", "users.email"],
        reason: "EMAIL_TAKEN",
        message: "give an address that no other user has",
    }];

    /// A user reaches himself or herself in every scope.
    fn owner() -> Option<Column> {
        Some(Column::Id)
    }

    fn words(model: &Model, words: &mut Words) {
        words.text("display_name", &model.display_name);
        words.email("email", &model.email);
        model.role_ids.0.iter().for_each(|role| words.term("role_ids", &role.to_string()));
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("display_name", model.display_name.clone()), ("email", model.email.clone())]
    }
}

/// The user of an address, in whatever organization.
pub async fn by_email(connection: &impl ConnectionTrait, email: &str) -> Result<Option<Model>> {
    // Postgres refuses to look for what it cannot store.
    if email.is_empty() || email.contains(char::is_control) {
        return Ok(None);
    }
    Ok(store::everywhere::<Entity>().filter(Column::Email.eq(email)).one(connection).await?)
}

/// A user of a query for a change: until it is committed, no one else changes the row.
pub async fn locked(tx: &Tx, query: Select<Entity>, id: Uuid) -> Result<Model> {
    store::by_id::<Entity>(tx.connection(), query.lock_exclusive(), id).await
}

/// Keeps what signing in leaves behind. It is no change of the user: nobody who edits the user has to know.
#[expect(clippy::disallowed_methods, reason = "signing in is not a change of the user")]
pub async fn keep_sign_in(tx: &Tx, user: &Model) -> Result<()> {
    let columns = ActiveModel {
        sign_in_time: Set(user.sign_in_time),
        password_hash: Set(user.password_hash.clone()),
        second_factor_step: Set(user.second_factor_step),
        recovery_codes: Set(user.recovery_codes.clone()),
        ..Default::default()
    };
    Entity::update_many().set(columns).filter(Column::Id.eq(user.id)).exec(tx.connection()).await?;
    Ok(())
}

/// That a user is a person who can work.
pub fn able() -> Condition {
    Condition::all().add(Column::Status.eq(ACTIVE)).add(Column::Kind.eq(PERSON))
}

/// Whether any user of some has one of some roles.
pub async fn has_any(tx: &Tx, users: Condition, roles: &[Uuid]) -> Result<bool> {
    let query = store::tenant::<Entity>(tx.access().organization()).filter(users).select_only();
    let held = query.column(Column::RoleIds).into_tuple::<RoleIds>().all(tx.connection()).await?;
    Ok(held.iter().flat_map(|ids| &ids.0).any(|id| roles.contains(id)))
}

/// Fails unless somebody is left who may do everything.
pub async fn require_administrator(tx: &Tx) -> Result<()> {
    let roles = store::tenant::<role::Entity>(tx.access().organization()).all(tx.connection()).await?;
    let roles = roles.iter().filter(|role| role.is_administrator()).map(|role| role.id).collect::<Vec<_>>();
    if !has_any(tx, able(), &roles).await? {
        let message = "make somebody else an administrator first, the organization needs one who is active";
        return Err(Error::precondition("LAST_ADMINISTRATOR", message));
    }
    Ok(())
}
