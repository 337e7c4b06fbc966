//! Users as they are written and as they are shown.

use crm_kit::error::Violations;
use crm_kit::{Result, Tx, convert, message};
use crm_protos::identity::v1::{User, UserKind, UserStatus};
use uuid::Uuid;

use super::super::values;
use crate::store::user::{ACTIVE, INVITED, Model, PERSON, RoleIds};
use crate::store::{department, referred, role};

/// More roles of one user are refused.
const MOST_ROLES: usize = 50;

/// The user with the values of the message. Every violation is named at once.
pub(super) async fn model(tx: &Tx, base: Model, user: &User) -> Result<Model> {
    let is_new = base.id.is_nil();
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(user, "user", check)?;
    let kind = match UserKind::try_from(user.kind) {
        Ok(UserKind::Service) => UserKind::Service,
        Ok(UserKind::Unspecified | UserKind::Person) => UserKind::Person,
        Err(_) => {
            check.add("user.kind", "ENUM_UNKNOWN", "give one of the values that the API names");
            UserKind::Person
        }
    };
    let kind = kind.as_str_name();
    if !is_new && kind != base.kind {
        check.add("user.kind", "FIELD_READ_ONLY", "create another user, a person does not become a program");
    }
    let email = values::email(&user.email);
    if !email.is_empty() {
        values::check_email(&email, "user.email", check);
    } else if kind == PERSON {
        check.add("user.email", "REQUIRED", "give a value");
    }
    let department_id = if is_new {
        department(tx, &user.department_id, "user.department_id", check).await?
    } else {
        if user.department_id != values::text(base.department_id) {
            check.add("user.department_id", "FIELD_READ_ONLY", "move the user instead");
        }
        base.department_id
    };
    let status = if !is_new { base.status } else { if kind == PERSON { INVITED } else { ACTIVE }.to_owned() };
    let model = Model {
        display_name: values::line(&user.display_name, 200, "user.display_name", check),
        kind: kind.to_owned(),
        email,
        status,
        department_id,
        role_ids: RoleIds(roles(tx, &user.role_ids, check).await?),
        language: values::language(&user.language, "user.language", check),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

/// The department of an id, if there is one.
pub(super) async fn department(
    tx: &Tx,
    text: &str,
    path: &str,
    violations: &mut Violations,
) -> Result<Option<Uuid>> {
    let id = values::reference(text, path, violations)?;
    if let Some(id) = id
        && referred::<department::Entity>(tx, id).await?.is_none()
    {
        violations.add(path, "DEPARTMENT_UNKNOWN", "give the id of a department");
    }
    Ok(id)
}

/// The roles of some ids, each once.
async fn roles(tx: &Tx, texts: &[String], violations: &mut Violations) -> Result<Vec<Uuid>> {
    if texts.len() > MOST_ROLES {
        violations.add("user.role_ids", "TOO_MANY", format!("give {MOST_ROLES} roles at most"));
        return Ok(Vec::new());
    }
    let ids = texts.iter().map(|text| Uuid::try_parse(text).unwrap_or_default()).collect::<Vec<_>>();
    let found = role::among(tx.connection(), tx.access().organization(), ids.iter().copied()).await?;
    let mut kept = Vec::new();
    for (index, id) in ids.into_iter().enumerate() {
        if !found.iter().any(|role| role.id == id) {
            violations.add(format!("user.role_ids[{index}]"), "ROLE_UNKNOWN", "give the id of a role");
        } else if !kept.contains(&id) {
            kept.push(id);
        }
    }
    Ok(kept)
}

/// The user as the API shows it.
pub(super) fn answer(model: &Model) -> User {
    User {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        email: model.email.clone(),
        display_name: model.display_name.clone(),
        kind: UserKind::from_str_name(&model.kind).unwrap_or_default().into(),
        status: UserStatus::from_str_name(&model.status).unwrap_or_default().into(),
        department_id: values::text(model.department_id),
        role_ids: model.role_ids.0.iter().map(Uuid::to_string).collect(),
        language: model.language.clone(),
        sign_in_time: values::time(model.sign_in_time),
    }
}
