//! Roles: what users may do, from the very next request.

use std::task::Poll;
use std::time::{Duration, Instant};

use crm_kit::access::{FieldAccess, Scope};
use crm_protos::access::v1::Grant;
use crm_protos::identity::v1::{
    CreateRoleRequest, DeleteRoleRequest, GetRoleRequest, GetUserRequest, ListPermissionsRequest,
    ListRolesRequest, Role, UpdateRoleRequest, UpdateUserRequest, User,
};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::company::{grant, rule};
use crate::{Company, assert_refused, by, pair, run, violations};

async fn update(company: &Company<'_>, role: Role, path: &str) -> Result<Response<Role>, Status> {
    let update_mask = Some(FieldMask { paths: vec![path.to_owned()] });
    let request = UpdateRoleRequest { role: Some(role), update_mask };
    company.roles().update_role(company.request(request)).await
}

async fn set_grants(company: &Company<'_>, id: &str, grants: Vec<Grant>) {
    update(company, Role { id: id.to_owned(), grants, ..Role::default() }, "grants").await.unwrap();
}

#[tokio::test]
async fn a_changed_role_is_obeyed_by_the_very_next_request() {
    run(async |company| {
        let role = company.create_role("Reader", vec![]).await;
        let person = company.join("ann", &[&role.id], "").await;
        let read = async |id: &str| {
            company.users().get_user(by(&person.token, GetUserRequest { id: id.to_owned() })).await
        };
        let boss = &company.administrator.id;
        for _ in 0..3 {
            assert_refused(read(boss).await, Code::PermissionDenied, "PERMISSION_DENIED");
            set_grants(company, &role.id, vec![grant("identity.user.read", Scope::Own)]).await;
            read(&person.id).await.unwrap();
            assert_refused(read(boss).await, Code::NotFound, "NOT_FOUND");
            set_grants(company, &role.id, vec![grant("identity.*", Scope::All)]).await;
            assert_eq!(read(boss).await.unwrap().into_inner().email, company.administrator.email);
            let field_rules = vec![rule("identity.user.email", FieldAccess::Hidden)];
            let hiding = Role { id: role.id.clone(), field_rules, ..Role::default() };
            update(company, hiding, "field_rules").await.unwrap();
            assert_eq!(read(boss).await.unwrap().into_inner().email, "");
            update(company, Role { id: role.id.clone(), ..Role::default() }, "field_rules").await.unwrap();
            set_grants(company, &role.id, vec![]).await;
        }
        // So is a role that is given and taken.
        let wide = company.create_role("Wide", vec![grant("identity.user.read", Scope::All)]).await;
        for (role_ids, allowed) in [(vec![wide.id.clone()], true), (vec![], false)] {
            let user = User { id: person.id.clone(), role_ids, ..User::default() };
            let update_mask = Some(FieldMask { paths: vec!["role_ids".to_owned()] });
            let request = UpdateUserRequest { user: Some(user), update_mask };
            company.users().update_user(company.request(request)).await.unwrap();
            assert_eq!(read(boss).await.is_ok(), allowed);
        }
    })
    .await;
}

/// Polls a call some times, as far as it goes then, and drops it as if the client had gone.
async fn abandon(call: impl Future, polls: usize) {
    let (mut call, mut left) = (std::pin::pin!(call), polls);
    std::future::poll_fn(|context| match left.checked_sub(1) {
        None => Poll::Ready(()),
        Some(less) => {
            left = less;
            call.as_mut().poll(context).map(drop)
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_is_obeyed_even_if_nobody_waits_for_its_answer() {
    run(async |company| {
        let role = company.create_role("Reader", vec![]).await;
        let person = company.join("ann", &[&role.id], "").await;
        let boss = company.administrator.id.clone();
        let reads = async || {
            let request = by(&person.token, GetUserRequest { id: boss.clone() });
            company.users().get_user(request).await.is_ok()
        };
        let allowed = async || {
            let request = company.request(GetRoleRequest { id: role.id.clone() });
            !company.roles().get_role(request).await.unwrap().into_inner().grants.is_empty()
        };
        let mut changes = 0;
        for polls in 0..40 {
            let before = allowed().await;
            // The caller is in the cache.
            assert_eq!(reads().await, before);
            let grants = if before { vec![] } else { vec![grant("identity.user.read", Scope::All)] };
            let changed = Role { id: role.id.clone(), grants, ..Role::default() };
            abandon(update(company, changed, "grants"), polls).await;
            let deadline = Instant::now() + Duration::from_secs(5);
            while reads().await != allowed().await {
                assert!(Instant::now() < deadline, "after {polls} polls nobody obeys the change");
                tokio::task::yield_now().await;
            }
            changes += usize::from(allowed().await != before);
        }
        assert!(changes > 0, "a change that has begun is finished");
    })
    .await;
}

#[tokio::test]
async fn several_roles_give_the_widest_scope_and_the_mildest_rule() {
    run(async |company| {
        let own = company.create_role("Own", vec![grant("identity.user.*", Scope::Own)]).await;
        let hidden = Role {
            name: "Hidden".to_owned(),
            grants: vec![grant("identity.user.read", Scope::All)],
            field_rules: vec![rule("identity.user.language", FieldAccess::Hidden)],
            ..Role::default()
        };
        let request = company.request(CreateRoleRequest { role: Some(hidden) });
        let hidden = company.roles().create_role(request).await.unwrap().into_inner();
        let person = company.join("ann", &[&own.id, &hidden.id], "").await;
        let me = company.me(&person.token).await.unwrap();
        let expected = [grant("identity.user.*", Scope::Own), grant("identity.user.read", Scope::All)];
        assert_eq!(me.grants, expected);
        assert_eq!(me.field_rules, []);
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_role_is_said_at_once() {
    run(async |company| {
        let role = Role {
            grants: vec![grant("identity.user.reed", Scope::All), grant("identity.*", Scope::Unspecified)],
            field_rules: vec![rule("identity.user.nonsense", FieldAccess::ReadOnly)],
            ..Role::default()
        };
        let create =
            async |role| company.roles().create_role(company.request(CreateRoleRequest { role })).await;
        let expected = [
            pair("role.name", "REQUIRED"),
            pair("role.grants[0].permission", "PERMISSION_UNKNOWN"),
            pair("role.grants[1].scope", "SCOPE_REQUIRED"),
            pair("role.field_rules[0].field", "FIELD_UNKNOWN"),
        ];
        assert_eq!(violations(create(Some(role)).await), expected);
        let taken = Role { name: "Administrator".to_owned(), ..Role::default() };
        assert_refused(create(Some(taken)).await, Code::AlreadyExists, "NAME_TAKEN");
    })
    .await;
}

#[tokio::test]
async fn a_role_is_deleted_when_nobody_has_it_and_it_did_not_come_with_the_organization() {
    run(async |company| {
        let delete = async |id: &str, etag: &str| {
            let request = DeleteRoleRequest { id: id.to_owned(), etag: etag.to_owned() };
            company.roles().delete_role(company.request(request)).await
        };
        let finance = company.role("Finance").await;
        assert!(finance.built_in);
        assert_refused(delete(&finance.id, "").await, Code::FailedPrecondition, "ROLE_BUILT_IN");
        let used = company.create_role("Used", vec![]).await;
        company.program(&[&used.id]).await;
        assert_refused(delete(&used.id, "").await, Code::FailedPrecondition, "ROLE_IN_USE");
        let free = company.create_role("Free", vec![]).await;
        assert_refused(delete(&free.id, "7").await, Code::Aborted, "STALE");
        delete(&free.id, &free.etag).await.unwrap();
        assert_refused(delete(&free.id, "").await, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn administrators_always_may_everything_and_other_roles_can_be_changed() {
    run(async |company| {
        let administrator = company.role("Administrator").await;
        let lesser = Role { id: administrator.id, grants: vec![], ..Role::default() };
        assert_refused(update(company, lesser, "grants").await, Code::FailedPrecondition, "ROLE_BUILT_IN");
        let support = company.role("Support agent").await;
        let changed = Role { grants: vec![grant("customers.*.read", Scope::Department)], ..support };
        let changed = update(company, changed, "grants").await.unwrap().into_inner();
        assert_eq!(changed.grants, [grant("customers.*.read", Scope::Department)]);
        assert!(changed.built_in);
        let list = ListRolesRequest { order_by: "name".to_owned(), page_size: 3, ..Default::default() };
        let page = company.roles().list_roles(company.request(list)).await.unwrap().into_inner();
        let names: Vec<_> = page.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["Administrator", "Finance", "Marketing"]);
        assert!(!page.next_page_token.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_vocabulary_of_roles_is_that_of_the_protos() {
    run(async |company| {
        let request = company.request(ListPermissionsRequest {});
        let all = company.roles().list_permissions(request).await.unwrap().into_inner();
        for permission in
            ["customers.account.read", "customers.account.reveal", "identity.user.update", "feed.change.read"]
        {
            assert!(all.permissions.iter().any(|known| known == permission), "{permission}");
        }
        for field in ["customers.account.annual_revenue", "identity.user.email"] {
            assert!(all.fields.iter().any(|known| known == field), "{field}");
        }
        assert!(!all.permissions.iter().any(|known| known == "identity.user.reveal"));
        assert!(!all.fields.iter().any(|known| known.ends_with(".etag") || known.ends_with(".id")));
    })
    .await;
}
