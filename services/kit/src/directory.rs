//! The users of the organization as every service knows them: their names and departments, fed by identity.

use std::sync::Arc;

use crm_protos::feed::v1::Change;
use crm_protos::identity::v1::LookUpUserRequest;
use crm_protos::identity::v1::callers_client::CallersClient;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbBackend, QuerySelect};

use crate::access::Access;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::feed::Subscription;
use crate::registry::Records;
use crate::service::Context;

/// The name of the feed that keeps the directory.
const FEED: &str = "directory";

/// The service that owns the users.
pub(crate) const SOURCE: &str = "identity";

/// The entity of the table `directory_users`.
pub mod user {
    use super::*;

    /// A user.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "directory_users")]
    pub struct Model {
        /// The id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The tenant.
        pub organization_id: Uuid,
        /// The name.
        pub display_name: String,
        /// The department.
        pub department_id: Option<Uuid>,
        /// False for users who are shut out.
        pub active: bool,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps the directory, and the department of every record that a user owns, in step with identity.
pub(crate) fn subscription(records: Arc<Records>) -> Subscription {
    Subscription {
        name: FEED,
        source: SOURCE,
        resources: &["identity.user"],
        apply: Arc::new(move |tx, change| {
            let records = records.clone();
            Box::pin(async move { apply(tx, change, &records).await })
        }),
    }
}

#[expect(clippy::disallowed_methods, reason = "the directory is a copy, not a record")]
async fn apply(tx: &Tx, change: &Change, records: &Records) -> Result<()> {
    let id = Uuid::try_parse(&change.record_id).map_err(Error::internal)?;
    let organization = Uuid::try_parse(&change.organization_id).map_err(Error::internal)?;
    let after = change.after.clone().unwrap_or_default();
    let before = change.before.clone().unwrap_or_default();
    let text = |name: &str| match after.fields.get(name).and_then(|value| value.kind.as_ref()) {
        Some(prost_types::value::Kind::StringValue(text)) => Some(text.clone()),
        _ => None,
    };
    let known = user::Entity::find_by_id(id).one(tx.connection()).await?;
    let mut row = known.unwrap_or(user::Model {
        id,
        organization_id: organization,
        display_name: String::new(),
        department_id: None,
        active: true,
    });
    if let Some(name) = text("display_name") {
        row.display_name = name;
    }
    if let Some(status) = text("status") {
        row.active = status != "USER_STATUS_DISABLED";
    }
    // A field that was cleared is in `before` only.
    let moved = after.fields.contains_key("department_id") || before.fields.contains_key("department_id");
    if moved {
        row.department_id = text("department_id").and_then(|text| Uuid::try_parse(&text).ok());
    }
    let department = row.department_id;
    let row = user::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        display_name: Set(row.display_name),
        department_id: Set(row.department_id),
        active: Set(row.active),
    };
    let columns = [user::Column::DisplayName, user::Column::DepartmentId, user::Column::Active];
    let conflict = OnConflict::column(user::Column::Id).update_columns(columns).to_owned();
    user::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    // Only now: whoever gives the user a record meanwhile has either committed it or waits for this row.
    if moved {
        without_time_limit(tx).await?;
        records.restamp(tx, organization, id, department).await?;
    }
    Ok(())
}

/// The user to whom a record is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub id: Uuid,
    /// The user's department.
    pub department: Option<Uuid>,
}

/// The user to whom a request gives a record; `None` if it stays with the current one. Asks identity, so call it before
/// a write begins.
///
/// An unknown user, or one who is shut out, is a violation of the field.
pub async fn new_owner(
    context: &Context,
    access: &Access,
    owner: &str,
    current: Uuid,
    field: &str,
) -> Result<Option<Owner>> {
    let Some(id) = crate::id::reference(field, owner)?.filter(|owner| *owner != current) else {
        return Ok(None);
    };
    if id == access.user() {
        return Ok(Some(Owner { id, department: access.caller().department_id }));
    }
    let unknown = || Error::invalid(field, "OWNER_UNKNOWN", "give a user who can work");
    let message =
        LookUpUserRequest { organization_id: access.organization().to_string(), user_id: id.to_string() };
    let mut client = CallersClient::new(context.peers.get(SOURCE)?);
    let user = match client.look_up_user(context.request(message)).await {
        Ok(answer) => answer.into_inner(),
        Err(status) if status.code() == tonic::Code::NotFound => return Err(unknown()),
        Err(status) => return Err(status.into()),
    };
    if !user.active {
        return Err(unknown());
    }
    Ok(Some(Owner { id, department: crate::id::reference(field, &user.department_id)? }))
}

/// However many records an owner has, moving them must end: the feed would try again for ever.
async fn without_time_limit(tx: &Tx) -> Result<()> {
    if tx.connection().get_database_backend() == DbBackend::Postgres {
        tx.connection().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    Ok(())
}

/// Lets no user be added or moved until the transaction ends, for whoever keeps copies of records: a user who is on the
/// way would not find a copy that is not committed. Hold it before anything else is locked.
pub async fn hold(tx: &Tx) -> Result<()> {
    crate::feed::hold(tx, FEED).await
}

/// The department of an owner as the directory has it, held until the transaction ends so that a move of the owner comes
/// before or after it as a whole. `None` if the directory does not know the owner yet.
#[expect(clippy::disallowed_methods, reason = "the directory is a copy, not a record")]
pub async fn department_of(tx: &Tx, owner: Uuid) -> Result<Option<Option<Uuid>>> {
    // SQLite has one writer and ignores the lock.
    let row = user::Entity::find_by_id(owner).lock_shared().one(tx.connection()).await?;
    Ok(row.map(|row| row.department_id))
}

/// The users of some ids of one organization, in no order; one query.
#[expect(clippy::disallowed_methods, reason = "the directory is a copy, not a record")]
pub async fn users(
    db: &Db,
    organization: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<user::Model>> {
    let query = user::Entity::find().filter(user::Column::OrganizationId.eq(organization));
    Ok(query.filter(user::Column::Id.is_in(ids)).all(db.connection()).await?)
}
