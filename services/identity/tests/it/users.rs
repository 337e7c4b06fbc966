//! Users: found, changed, shut out.

use crm_kit::access::{FieldAccess, Scope};
use crm_protos::identity::v1::callers_client::CallersClient;
use crm_protos::identity::v1::{
    BatchGetUsersRequest, CountUsersRequest, DisableUserRequest, EnableUserRequest, GetUserRequest,
    ListUsersRequest, LookUpUserRequest, ResolveCallerRequest, Role, UpdateMeRequest, UpdateRoleRequest,
    UpdateUserRequest, User, UserKind, UserStatus,
};
use prost_types::FieldMask;
use tonic::{Code, Request, Response, Status};

use crate::company::{grant, rule};
use crate::{Company, PASSWORD, assert_refused, by, pair, run, violations};

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

async fn names(company: &Company<'_>, list: ListUsersRequest) -> Vec<String> {
    let answer = company.users().list_users(company.request(list)).await.unwrap().into_inner();
    answer.users.into_iter().map(|user| user.display_name).collect()
}

async fn update(company: &Company<'_>, user: User, paths: &[&str]) -> Result<Response<User>, Status> {
    let request = UpdateUserRequest { user: Some(user), update_mask: mask(paths) };
    company.users().update_user(company.request(request)).await
}

#[tokio::test]
async fn users_are_searched_filtered_sorted_and_counted() {
    run(async |company| {
        let role = company.create_role("Reader", vec![grant("customers.account.read", Scope::All)]).await;
        let ann = company.join("ann", &[&role.id], "").await;
        let bob = company.join("bob", &[], "").await;
        company.program(&[&role.id]).await;
        let filtered =
            |filter: &str| ListUsersRequest { filter: vec![filter.to_owned()], ..Default::default() };
        assert_eq!(names(company, filtered(&format!("role_ids={}", role.id))).await, ["Importer", "ann"]);
        assert_eq!(names(company, filtered("kind=USER_KIND_SERVICE")).await, ["Importer"]);
        assert_eq!(names(company, filtered(&format!("email={}", bob.email))).await, ["bob"]);
        let sorted = ListUsersRequest { order_by: "display_name desc".to_owned(), ..Default::default() };
        assert_eq!(names(company, sorted).await, ["bob", "ann", "Importer", "Administrator"]);
        let query = |query: &str| ListUsersRequest { query: query.to_owned(), ..Default::default() };
        assert_eq!(names(company, query("ann")).await, ["ann"]);
        assert_eq!(names(company, query(&ann.email[2..20])).await, ["ann"]);
        let count =
            CountUsersRequest { filter: vec!["status=USER_STATUS_ACTIVE".to_owned()], ..Default::default() };
        assert_eq!(company.users().count_users(company.request(count)).await.unwrap().into_inner().count, 4);
        let ids = vec![bob.id.clone(), ann.id.clone()];
        let both = company.users().batch_get_users(company.request(BatchGetUsersRequest { ids })).await;
        let both = both.unwrap().into_inner().users;
        assert_eq!(both.iter().map(|user| &*user.display_name).collect::<Vec<_>>(), ["bob", "ann"]);
        assert!(both.iter().all(|user| user.sign_in_time.is_some()));
    })
    .await;
}

#[tokio::test]
async fn a_user_is_changed_as_it_was_seen() {
    run(async |company| {
        let id = company.join("ann", &[], "").await.id;
        let seen = company.users().get_user(company.request(GetUserRequest { id: id.clone() })).await;
        let seen = seen.unwrap().into_inner();
        let renamed = User { display_name: "Ann Lee".to_owned(), ..seen.clone() };
        let renamed = update(company, renamed, &["display_name"]).await.unwrap().into_inner();
        assert_eq!((&*renamed.display_name, &renamed.email), ("Ann Lee", &seen.email));
        let late = update(company, User { display_name: "Anne".to_owned(), ..seen }, &["display_name"]).await;
        assert_refused(late, Code::Aborted, "STALE");
        let department_id = crm_kit::id::new().to_string();
        let other = User { id, department_id, kind: UserKind::Service.into(), ..User::default() };
        let refused = update(company, other, &["department_id", "kind"]).await;
        let expected = [pair("user.kind", "FIELD_READ_ONLY"), pair("user.department_id", "FIELD_READ_ONLY")];
        assert_eq!(violations(refused), expected);
    })
    .await;
}

#[tokio::test]
async fn people_change_their_own_name_and_language_and_nothing_else() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let change = async |user: User, paths: &[&str]| {
            let request = UpdateMeRequest { user: Some(user), update_mask: mask(paths) };
            company.users().update_me(by(&person.token, request)).await
        };
        let user = User { display_name: "Ann".to_owned(), language: "en".to_owned(), ..User::default() };
        let changed = change(user, &["display_name", "language"]).await.unwrap().into_inner();
        assert_eq!((&*changed.display_name, &*changed.language), ("Ann", "en"));
        let administrator = company.role("Administrator").await.id;
        for user in [
            User { role_ids: vec![administrator], ..User::default() },
            User { email: "other@example.com".to_owned(), ..User::default() },
        ] {
            assert_eq!(violations(change(user, &[]).await), [pair("user", "FIELD_READ_ONLY")]);
        }
        // Whoever may read users changes none.
        let role = company.create_role("Reader", vec![grant("identity.user.read", Scope::All)]).await;
        let reader = company.join("bob", &[&role.id], "").await;
        let request =
            UpdateUserRequest { user: Some(User { id: person.id.clone(), ..changed }), update_mask: None };
        let denied = company.users().update_user(by(&reader.token, request)).await;
        assert_refused(denied, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_stays_out_of_old_sessions() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        company.me(&person.token).await.unwrap();
        let disable = company.request(DisableUserRequest { id: person.id.clone() });
        let disabled = company.users().disable_user(disable).await.unwrap().into_inner();
        assert_eq!(disabled.status(), UserStatus::Disabled);
        assert_refused(company.whoami(&person.token).await, Code::Unauthenticated, "TOKEN_INVALID");
        let enable = company.request(EnableUserRequest { id: person.id.clone() });
        assert_eq!(
            company.users().enable_user(enable).await.unwrap().into_inner().status(),
            UserStatus::Active
        );
        assert_refused(company.whoami(&person.token).await, Code::Unauthenticated, "TOKEN_INVALID");
        company.sign_in(&person.email, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    run(async |company| {
        let boss = company.administrator.id.clone();
        let disable = async |id: &str| {
            company.users().disable_user(company.request(DisableUserRequest { id: id.to_owned() })).await
        };
        let roles = async |id: &str, role_ids: Vec<String>| {
            update(company, User { id: id.to_owned(), role_ids, ..User::default() }, &["role_ids"]).await
        };
        assert_refused(disable(&boss).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        assert_refused(roles(&boss, vec![]).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        company.me(&company.administrator.token).await.unwrap();

        // A program cannot sign in to make somebody else an administrator.
        let own = company.create_role("Owners", vec![grant("*", Scope::All)]).await;
        company.program(&[&own.id]).await;
        assert_refused(disable(&boss).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        let second = company.join("ann", &[&own.id], "").await;
        roles(&boss, vec![own.id.clone()]).await.unwrap();
        disable(&second.id).await.unwrap();
        assert_refused(disable(&boss).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        let lesser = Role { id: own.id, grants: vec![grant("*", Scope::Own)], ..Role::default() };
        let request = UpdateRoleRequest { role: Some(lesser), update_mask: mask(&["grants"]) };
        let lesser = company.roles().update_role(company.request(request)).await;
        assert_refused(lesser, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
    })
    .await;
}

#[tokio::test]
async fn of_two_administrators_who_disable_each_other_one_stays() {
    run(async |company| {
        let role = company.role("Administrator").await.id;
        let other = company.join("ann", &[&role], "").await;
        let disable = async |token: &str, id: &str| {
            company.users().disable_user(by(token, DisableUserRequest { id: id.to_owned() })).await
        };
        let boss = &company.administrator;
        let (one, two) = tokio::join!(disable(&boss.token, &other.id), disable(&other.token, &boss.id));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|done| **done).count(), 1, "{one:?} {two:?}");
    })
    .await;
}

#[tokio::test]
async fn hidden_fields_of_users_stay_hidden() {
    run(async |company| {
        let role = company.create_role("Reader", vec![grant("identity.user.read", Scope::All)]).await;
        let hidden = vec![rule("identity.user.email", FieldAccess::Hidden)];
        let changed = Role { id: role.id.clone(), field_rules: hidden, ..Role::default() };
        let request = UpdateRoleRequest { role: Some(changed), update_mask: mask(&["field_rules"]) };
        company.roles().update_role(company.request(request)).await.unwrap();
        let reader = company.join("bob", &[&role.id], "").await;
        let list = async |request| company.users().list_users(by(&reader.token, request)).await;
        let seen = list(ListUsersRequest::default()).await.unwrap().into_inner().users;
        assert!(seen.len() == 2 && seen.iter().all(|user| user.email.is_empty()), "{seen:?}");
        let filter = vec![format!("email={}", company.administrator.email)];
        let refused = list(ListUsersRequest { filter, ..Default::default() }).await;
        assert_eq!(violations(refused), [pair("filter[0]", "FIELD_UNKNOWN")]);
    })
    .await;
}

#[tokio::test]
async fn services_look_users_up_and_nobody_else_does() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let organization_id = company.resolved(&person.token).await.organization_id.to_string();
        let mut callers = CallersClient::new(company.harness.channel.clone());
        let look_up =
            LookUpUserRequest { organization_id: organization_id.clone(), user_id: person.id.clone() };
        let found = callers.look_up_user(company.harness.context.request(look_up.clone())).await;
        let found = found.unwrap().into_inner();
        assert_eq!((&*found.display_name, found.active), ("ann", true));
        let elsewhere =
            LookUpUserRequest { organization_id: crm_kit::id::new().to_string(), ..look_up.clone() };
        let elsewhere = callers.look_up_user(company.harness.context.request(elsewhere)).await;
        assert_refused(elsewhere, Code::NotFound, "NOT_FOUND");
        let denied = callers.look_up_user(company.request(look_up)).await;
        assert_refused(denied, Code::PermissionDenied, "PERMISSION_DENIED");
        let token = ResolveCallerRequest { token: person.token };
        let denied = callers.resolve_caller(Request::new(token)).await;
        assert_refused(denied, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}
