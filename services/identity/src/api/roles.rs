//! `Roles`.

use crm_kit::access::{FieldAccess, Scope};
use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, convert, message, store};
use crm_protos::access::v1 as access_proto;
use crm_protos::identity::v1::roles_server::Roles;
use crm_protos::identity::v1::{
    CreateRoleRequest, DeleteRoleRequest, GetRoleRequest, ListPermissionsRequest, ListPermissionsResponse,
    ListRolesRequest, ListRolesResponse, Role, UpdateRoleRequest,
};
use crm_values::text;
use sea_orm::Condition;
use tonic::{Request, Response, Status};

use super::{callers, permissions};
use crate::domain::grants::{FieldRule, Grant, Rights};
use crate::store::role::{Entity, FieldRules, Grants, Model};
use crate::store::{organization, user};

/// Serves `Roles`.
pub struct RolesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Roles for RolesService {
    async fn create_role(&self, request: Request<CreateRoleRequest>) -> Result<Response<Role>, Status> {
        crm_kit::call(request, async |access, request| {
            let model = model(access, Model::default(), &request.role.unwrap_or_default())?;
            self.context
                .db
                .write(access, async |tx| {
                    tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Result<Response<Role>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListRolesRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let roles = page.items.iter().map(answer).collect();
            Ok(ListRolesResponse { roles, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn update_role(&self, request: Request<UpdateRoleRequest>) -> Result<Response<Role>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.role.unwrap_or_default();
            let updated = self
                .context
                .db
                .write(access, async |tx| {
                    organization::lock(tx).await?;
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(access, before.clone(), &merged)?;
                    let was_administrator = before.is_administrator();
                    if before.built_in && was_administrator && after.rights() != before.rights() {
                        let message = "make another role, what administrators may do cannot be changed";
                        return Err(Error::precondition("ROLE_BUILT_IN", message));
                    }
                    let updated = tx.update::<Entity>("updated", before, after, &patch.etag).await?;
                    if was_administrator && !updated.is_administrator() {
                        user::require_administrator(tx).await?;
                    }
                    Ok(answer(&updated))
                })
                .await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(updated)
        })
        .await
    }

    async fn delete_role(&self, request: Request<DeleteRoleRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let write = self.context.db.write(access, async |tx| {
                organization::lock(tx).await?;
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                if before.built_in {
                    let message = "take the role from its users instead, it comes with every organization";
                    return Err(Error::precondition("ROLE_BUILT_IN", message));
                }
                if user::has_any(tx, Condition::all(), &[before.id]).await? {
                    return Err(Error::precondition("ROLE_IN_USE", "take the role from its users first"));
                }
                tx.remove::<Entity>("deleted", before, &request.etag).await
            });
            write.await
        })
        .await
    }

    async fn list_permissions(
        &self,
        request: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        crm_kit::call(request, async |_, _| {
            let all = permissions::all()?;
            Ok(ListPermissionsResponse { permissions: all.permissions.clone(), fields: all.fields.clone() })
        })
        .await
    }
}

/// The role with the values of the message. Every violation is named at once.
fn model(access: &Access, base: Model, role: &Role) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(role, "role", check)?;
    let name = text::line(&role.name, 100, "role.name", check);
    let description = text::line(&role.description, 1000, "role.description", check);
    let grants = role.grants.iter().map(|grant| {
        let scope = Scope::try_from(grant.scope).unwrap_or_default();
        Grant::new(grant.permission.trim(), scope)
    });
    let field_rules = role.field_rules.iter().map(|rule| {
        let access = FieldAccess::try_from(rule.access).unwrap_or_default();
        FieldRule::new(rule.field.trim(), access)
    });
    let rights = Rights { grants: grants.collect(), field_rules: field_rules.collect() };
    let known = permissions::all()?;
    rights.check(&known.permissions, &known.fields, "role", check);
    if rights != base.rights() {
        check_own(&Rights::from(access.caller()), &rights, check);
    }
    violations.finish()?;
    let Rights { grants, field_rules } = rights;
    Ok(Model { name, description, grants: Grants(grants), field_rules: FieldRules(field_rules), ..base })
}

/// Checks that a role gives its users nothing that its author does not have.
fn check_own(own: &Rights, rights: &Rights, violations: &mut Violations) {
    let reason = "PERMISSION_BEYOND_YOURS";
    for (index, _) in rights.grants.iter().enumerate().filter(|(_, grant)| !own.allows(grant)) {
        let advice = "give a permission that you have, no further than you have it";
        violations.add(format!("role.grants[{index}]"), reason, advice);
    }
    for FieldRule { field, .. } in own.field_rules.iter().filter(|rule| !rights.withholds(rule)) {
        violations.add("role.field_rules", reason, format!("withhold {field} as it is withheld from you"));
    }
}

/// The role as the API shows it.
fn answer(model: &Model) -> Role {
    let grant = |grant: &Grant| access_proto::Grant {
        permission: grant.permission.clone(),
        scope: grant.scope.into(),
    };
    let rule =
        |rule: &FieldRule| access_proto::FieldRule { field: rule.field.clone(), access: rule.access.into() };
    Role {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        description: model.description.clone(),
        grants: model.grants.0.iter().map(grant).collect(),
        field_rules: model.field_rules.0.iter().map(rule).collect(),
        built_in: model.built_in,
    }
}
