//! `ApiKeys`.

use crm_kit::access::{Scope, covers};
use crm_kit::error::Violations;
use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{ListQuery, Result, Tx, convert, id, message, store};
use crm_protos::identity::v1::api_keys_server::ApiKeys;
use crm_protos::identity::v1::{
    ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, ListApiKeysRequest, ListApiKeysResponse,
    RevokeApiKeyRequest,
};
use crm_values::text;
use sea_orm::QuerySelect;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{callers, permissions, values};
use crate::domain::grants::Rights;
use crate::domain::token::{Kind, Token};
use crate::store::api_key::{self, Entity, Model, Permissions};
use crate::store::{organization, referred, role, user};

/// More permissions of one key are refused.
const MOST_PERMISSIONS: usize = 200;

/// Serves `ApiKeys`.
pub struct ApiKeysService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl ApiKeys for ApiKeysService {
    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let key = request.api_key.unwrap_or_default();
            let (id, token) = (id::new(), Token::generate(Kind::ApiKey, access.organization()));
            let write = self.context.db.write(access, async |tx| {
                organization::lock(tx).await?;
                let model = Model { id, ..model(tx, &key, &token).await? };
                tx.insert::<Entity>("created", model).await.map(|created| answer(&created))
            });
            let created = write.await?;
            // What is stored under an idempotency key does not hold the secret; it is only ever in the first answer.
            let secret = if created.id == id.to_string() { token.reveal() } else { "" }.to_owned();
            Ok(CreateApiKeyResponse { api_key: Some(created), secret })
        })
        .await
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListApiKeysRequest { page_size, page_token, filter, order_by } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let api_keys = page.items.iter().map(answer).collect();
            Ok(ListApiKeysResponse { api_keys, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn revoke_api_key(
        &self,
        request: Request<RevokeApiKeyRequest>,
    ) -> Result<Response<ApiKey>, Status> {
        crm_kit::call(request, async |access, request| {
            let write = self.context.db.write(access, async |tx| {
                let query = store::select::<Entity>(access)?.lock_exclusive();
                let before = store::by_id(tx.connection(), query, id::parse(&request.id)?).await?;
                api_key::revoke(tx, before).await.map(|key| answer(&key))
            });
            let revoked = write.await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(revoked)
        })
        .await
    }
}

/// The key with the values of the message. Every violation is named at once.
async fn model(tx: &Tx, key: &ApiKey, token: &Token) -> Result<Model> {
    let (access, mut violations) = (tx.access(), Violations::default());
    let check = &mut violations;
    message::require(key, "api_key", check)?;
    let user_id = values::reference(&key.user_id, "api_key.user_id", check)?;
    let own = Rights::from(access.caller());
    if let Some(id) = user_id {
        if let Some(user) = user(tx, id).await? {
            let roles = user.role_ids.0.into_iter();
            let rights = role::rights(tx.connection(), access.organization(), roles).await?;
            if !own.contains(&rights.restrict(&key.permissions)) {
                let advice = "give permissions that the user has no further than you";
                check.add("api_key.permissions", "PERMISSION_BEYOND_YOURS", advice);
            }
        } else {
            check.add("api_key.user_id", "USER_UNKNOWN", "give a user who can work");
        }
    }
    let known = &permissions::all()?.permissions;
    if key.permissions.len() > MOST_PERMISSIONS {
        check.add("api_key.permissions", "TOO_MANY", format!("give {MOST_PERMISSIONS} permissions at most"));
    }
    for (index, pattern) in key.permissions.iter().enumerate().take(MOST_PERMISSIONS) {
        let path = format!("api_key.permissions[{index}]");
        if !known.iter().any(|permission| covers(pattern, permission)) {
            let advice = "give a permission, as in customers.account.read, or a pattern, as in customers.*";
            check.add(path, "PERMISSION_UNKNOWN", advice);
        } else if !own.grants.iter().any(|grant| covers(&grant.permission, pattern)) {
            check.add(path, "PERMISSION_BEYOND_YOURS", "give a permission that you have");
        }
    }
    let expire_time = key.expire_time.as_ref().and_then(convert::time);
    if key.expire_time.is_some() && expire_time.is_none_or(|time| time <= tx.now()) {
        check.add("api_key.expire_time", "TIME_PAST", "give a time that is still to come");
    }
    let name = text::line(&key.name, 200, "api_key.name", check);
    violations.finish()?;
    Ok(Model {
        user_id: user_id.unwrap_or_default(),
        name,
        permissions: Permissions(key.permissions.clone()),
        prefix: token.prefix().to_owned(),
        token_hash: token.hash(),
        expire_time,
        ..Model::default()
    })
}

/// The user of a key, who is not shut out. Callers who may not make keys for all make them for themselves.
async fn user(tx: &Tx, id: Uuid) -> Result<Option<user::Model>> {
    let access = tx.access();
    let reached = access.reach(Entity::RESOURCE)? == Scope::All || id == access.user();
    let user = referred::<user::Entity>(tx, id).await?;
    Ok(user.filter(|user| reached && user.status != user::DISABLED))
}

/// The key as the API shows it.
fn answer(model: &Model) -> ApiKey {
    ApiKey {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        user_id: model.user_id.to_string(),
        name: model.name.clone(),
        permissions: model.permissions.0.clone(),
        expire_time: values::time(model.expire_time),
        revoke_time: values::time(model.revoke_time),
        prefix: model.prefix.clone(),
        use_time: values::time(model.use_time),
    }
}
