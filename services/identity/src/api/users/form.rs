//! Users as they are written and as they are shown.

use crm_kit::access::Scope;
use crm_kit::error::Violations;
use crm_kit::record::Record;
use crm_kit::{Access, Error, Result, Tx, convert, message};
use crm_protos::identity::v1::{User, UserKind, UserStatus};
use crm_values::text;
use uuid::Uuid;

use super::super::values;
use crate::domain::grants::Rights;
use crate::store::user::{ACTIVE, Entity, INVITED, Model, PERSON, RoleIds};
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
        display_name: text::line(&user.display_name, 200, "user.display_name", check),
        kind: kind.to_owned(),
        email,
        status,
        department_id,
        role_ids: RoleIds(roles(tx, &user.role_ids, &base.role_ids.0, check).await?),
        language: values::language(&user.language, "user.language", check),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

/// The department of an id, if there is one, in which the caller may put a user.
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
    } else if !reaches(tx.access(), id)? {
        violations.add(path, "DEPARTMENT_BEYOND_YOURS", "give a department whose users you may change");
    }
    Ok(id)
}

/// Whether the caller may do to the users of a department what the method does.
fn reaches(access: &Access, department: Option<Uuid>) -> Result<bool> {
    let caller = access.caller();
    Ok(match access.reach(Entity::RESOURCE)? {
        Scope::All => true,
        Scope::Subtree => department.is_some_and(|id| caller.department_ids.contains(&id)),
        Scope::Department => department.is_some() && department == caller.department_id,
        Scope::Own | Scope::Unspecified => false,
    })
}

/// The roles of some ids, each once. Those that the user does not hold yet have to be the caller's to give.
async fn roles(tx: &Tx, texts: &[String], held: &[Uuid], violations: &mut Violations) -> Result<Vec<Uuid>> {
    if texts.len() > MOST_ROLES {
        violations.add("user.role_ids", "TOO_MANY", format!("give {MOST_ROLES} roles at most"));
        return Ok(Vec::new());
    }
    let ids = texts.iter().map(|text| Uuid::try_parse(text).unwrap_or_default()).collect::<Vec<_>>();
    let found = role::among(tx.connection(), tx.access().organization(), ids.iter().copied()).await?;
    let (own, mut kept) = (Rights::from(tx.access().caller()), Vec::new());
    for (index, id) in ids.into_iter().enumerate() {
        let path = format!("user.role_ids[{index}]");
        match found.iter().find(|role| role.id == id) {
            None => violations.add(path, "ROLE_UNKNOWN", "give the id of a role"),
            Some(role) if !held.contains(&id) && !own.contains(&role.rights()) => {
                violations.add(path, "ROLE_BEYOND_YOURS", "give a role that may nothing that you may not");
            }
            Some(_) if !kept.contains(&id) => kept.push(id),
            Some(_) => {}
        }
    }
    Ok(kept)
}

/// Fails unless the user has no more rights than the caller: whoever can change how somebody signs in can be that user.
pub(super) async fn check_within(tx: &Tx, user: &Model) -> Result<()> {
    let access = tx.access();
    let roles = user.role_ids.0.iter().copied();
    let rights = role::rights(tx.connection(), access.organization(), roles).await?;
    if Rights::from(access.caller()).contains(&rights) {
        return Ok(());
    }
    let message = "ask somebody who may do all that the user may".to_owned();
    Err(Error::Denied { reason: "USER_BEYOND_YOURS", message })
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
