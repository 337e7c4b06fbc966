//! Administration that is handed on: nobody gives what he or she does not have.

use crm_kit::access::{FieldAccess, Scope};
use crm_protos::access::v1::Grant;
use crm_protos::identity::v1::{
    ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, CreateRoleRequest, CreateUserRequest, MoveUserRequest,
    ResetSecondFactorRequest, Role, UpdateRoleRequest, UpdateUserRequest, User,
};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::company::{Person, address, grant, rule};
use crate::{Company, by, pair, run, violations};

fn mask(path: &str) -> Option<FieldMask> {
    Some(FieldMask { paths: vec![path.to_owned()] })
}

/// Somebody who administers some users and may do a little besides.
async fn deputy(company: &Company<'_>, users: Scope, department_id: &str) -> Person {
    let grants = vec![
        grant("identity.user.*", users),
        grant("identity.role.*", Scope::All),
        grant("identity.api_key.*", Scope::All),
        grant("customers.*", Scope::Subtree),
    ];
    let role = company.create_role(&format!("Deputy {users:?}"), grants).await;
    company.join("deputy", &[&role.id], department_id).await
}

async fn create(
    company: &Company<'_>,
    token: &str,
    role_ids: &[&str],
    department_id: &str,
) -> Result<Response<User>, Status> {
    let user = User {
        email: address("new"),
        display_name: "New".to_owned(),
        role_ids: role_ids.iter().map(|id| (*id).to_owned()).collect(),
        department_id: department_id.to_owned(),
        ..User::default()
    };
    company.users().create_user(by(token, CreateUserRequest { user: Some(user) })).await
}

async fn set_roles(
    company: &Company<'_>,
    token: &str,
    id: &str,
    role_ids: &[&str],
) -> Result<Response<User>, Status> {
    let role_ids = role_ids.iter().map(|id| (*id).to_owned()).collect();
    let user = User { id: id.to_owned(), role_ids, ..User::default() };
    let request = UpdateUserRequest { user: Some(user), update_mask: mask("role_ids") };
    company.users().update_user(by(token, request)).await
}

async fn set_rights(company: &Company<'_>, token: &str, role: Role) -> Result<Response<Role>, Status> {
    let update_mask = Some(FieldMask { paths: vec!["grants".to_owned(), "field_rules".to_owned()] });
    company.roles().update_role(by(token, UpdateRoleRequest { role: Some(role), update_mask })).await
}

async fn add_role(
    company: &Company<'_>,
    token: &str,
    name: &str,
    grants: Vec<Grant>,
) -> Result<Response<Role>, Status> {
    let role = Role { name: name.to_owned(), grants, ..Role::default() };
    company.roles().create_role(by(token, CreateRoleRequest { role: Some(role) })).await
}

async fn add_key(
    company: &Company<'_>,
    token: &str,
    user: &str,
    permissions: &[&str],
) -> Result<Response<CreateApiKeyResponse>, Status> {
    let permissions = permissions.iter().map(|text| (*text).to_owned()).collect();
    let key = ApiKey { user_id: user.to_owned(), name: "Key".to_owned(), permissions, ..ApiKey::default() };
    company.api_keys().create_api_key(by(token, CreateApiKeyRequest { api_key: Some(key) })).await
}

#[tokio::test]
async fn nobody_hands_out_a_role_that_may_more() {
    run(async |company| {
        let sales = company.create_department("Sales", "").await.id;
        let boss = company.role("Administrator").await.id;
        let wide = company.create_role("Wide", vec![grant("customers.account.read", Scope::All)]).await.id;
        let within = company.create_role("Within", vec![grant("customers.*.read", Scope::Subtree)]).await.id;
        for users in [Scope::Subtree, Scope::All] {
            let deputy = deputy(company, users, &sales).await;
            let refused = create(company, &deputy.token, &[&within, &boss, &wide], &sales).await;
            let expected = [
                pair("user.role_ids[1]", "ROLE_BEYOND_YOURS"),
                pair("user.role_ids[2]", "ROLE_BEYOND_YOURS"),
            ];
            assert_eq!(violations(refused), expected);
            let created = create(company, &deputy.token, &[&within], &sales).await.unwrap().into_inner();
            for id in [&deputy.id, &created.id] {
                let refused = set_roles(company, &deputy.token, id, &[&boss]).await;
                assert_eq!(violations(refused), [pair("user.role_ids[0]", "ROLE_BEYOND_YOURS")]);
            }
            // What somebody else has given stays, and can be taken.
            set_roles(company, &company.administrator.token, &created.id, &[&wide]).await.unwrap();
            set_roles(company, &deputy.token, &created.id, &[&wide, &within]).await.unwrap();
            set_roles(company, &deputy.token, &created.id, &[]).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_hands_out_a_role_that_shows_what_is_withheld() {
    run(async |company| {
        let field = "customers.account.annual_revenue";
        let deputy = deputy(company, Scope::All, "").await;
        let role = company.role("Deputy All").await;
        let open = company.create_role("Open", vec![grant("customers.account.read", Scope::Subtree)]).await;
        create(company, &deputy.token, &[&open.id], "").await.unwrap();
        let field_rules = vec![rule(field, FieldAccess::Hidden)];
        let restricted = Role { field_rules: field_rules.clone(), ..role };
        set_rights(company, &company.administrator.token, restricted.clone()).await.unwrap();
        let refused = create(company, &deputy.token, &[&open.id], "").await;
        assert_eq!(violations(refused), [pair("user.role_ids[0]", "ROLE_BEYOND_YOURS")]);
        let freed = Role { etag: String::new(), field_rules: vec![], ..restricted };
        let refused = set_rights(company, &deputy.token, freed).await;
        assert_eq!(violations(refused), [pair("role.field_rules", "PERMISSION_BEYOND_YOURS")]);
        let hiding = Role { etag: String::new(), field_rules, ..open };
        let open = set_rights(company, &deputy.token, hiding).await.unwrap().into_inner();
        create(company, &deputy.token, &[&open.id], "").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn users_stay_in_the_departments_of_whoever_administers_them() {
    run(async |company| {
        let sales = company.create_department("Sales", "").await.id;
        let east = company.create_department("East", &sales).await.id;
        let finance = company.create_department("Finance", "").await.id;
        for (users, within, beyond) in [
            (Scope::Subtree, vec![&*sales, &*east], vec![&*finance, ""]),
            (Scope::Department, vec![&*sales], vec![&*east, &*finance, ""]),
            (Scope::Own, vec![], vec![&*sales, &*east, &*finance, ""]),
            (Scope::All, vec![&*sales, &*east, &*finance, ""], vec![]),
        ] {
            let deputy = deputy(company, users, &sales).await;
            let moved = async |id: &str, department_id: &str| {
                let request = MoveUserRequest { id: id.to_owned(), department_id: department_id.to_owned() };
                company.users().move_user(by(&deputy.token, request)).await
            };
            for department in beyond {
                let refused = create(company, &deputy.token, &[], department).await;
                assert_eq!(violations(refused), [pair("user.department_id", "DEPARTMENT_BEYOND_YOURS")]);
                let refused = moved(&deputy.id, department).await;
                assert_eq!(violations(refused), [pair("department_id", "DEPARTMENT_BEYOND_YOURS")]);
            }
            for department in within {
                let created = create(company, &deputy.token, &[], department).await.unwrap().into_inner();
                moved(&created.id, &sales).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_a_role_that_may_more() {
    run(async |company| {
        let deputy = deputy(company, Scope::All, "").await;
        let wider = vec![
            grant("customers.account.read", Scope::Subtree),
            grant("customers.account.read", Scope::All),
            grant("*", Scope::Own),
        ];
        let expected = [
            pair("role.grants[1]", "PERMISSION_BEYOND_YOURS"),
            pair("role.grants[2]", "PERMISSION_BEYOND_YOURS"),
        ];
        assert_eq!(violations(add_role(company, &deputy.token, "Mine", wider.clone()).await), expected);
        let within = vec![grant("customers.*.read", Scope::Own)];
        let role = add_role(company, &deputy.token, "Mine", within).await.unwrap().into_inner();
        let refused = set_rights(company, &deputy.token, Role { grants: wider, ..role }).await;
        assert_eq!(violations(refused), expected);
        // Another name gives nobody more.
        let named = Role { name: "Money".to_owned(), ..company.role("Finance").await };
        let request = UpdateRoleRequest { role: Some(named), update_mask: mask("name") };
        company.roles().update_role(by(&deputy.token, request)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more() {
    run(async |company| {
        let deputy = deputy(company, Scope::All, "").await;
        let program = company.program(&[&company.role("Finance").await.id]).await;
        let beyond = [pair("api_key.permissions", "PERMISSION_BEYOND_YOURS")];
        let key = async |token: &str, user: &str, permissions: &[&str]| {
            add_key(company, token, user, permissions).await
        };
        // Neither as somebody who may more, nor with the same permission in a wider scope.
        for user in [&company.administrator.id, &program.id] {
            assert_eq!(violations(key(&deputy.token, user, &[]).await), beyond);
            let refused = key(&deputy.token, user, &["customers.account.read"]).await;
            assert_eq!(violations(refused), beyond);
        }
        key(&deputy.token, &program.id, &["identity.user.read"]).await.unwrap();
        let refused = key(&deputy.token, &deputy.id, &["customers.*", "identity.department.read"]).await;
        assert_eq!(violations(refused), [pair("api_key.permissions[1]", "PERMISSION_BEYOND_YOURS")]);
        key(&deputy.token, &deputy.id, &[]).await.unwrap();

        // A key does not make one that may more than itself.
        let permissions = ["identity.api_key.*", "customers.account.read"];
        let part = key(&deputy.token, &deputy.id, &permissions).await.unwrap().into_inner().secret;
        assert_eq!(violations(key(&part, &deputy.id, &[]).await), beyond);
        key(&part, &deputy.id, &permissions).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nobody_takes_the_place_of_somebody_who_may_more() {
    run(async |company| {
        let deputy = deputy(company, Scope::All, "").await;
        let chief = &company.administrator.id;
        let user = User { id: chief.clone(), email: address("mine"), ..User::default() };
        let request = UpdateUserRequest { user: Some(user), update_mask: mask("email") };
        let refused = company.users().update_user(by(&deputy.token, request)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied);
        let request = by(&deputy.token, ResetSecondFactorRequest { id: chief.clone() });
        let refused = company.users().reset_second_factor(request).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    })
    .await;
}
