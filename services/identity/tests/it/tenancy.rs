//! Organizations are apart, whatever the method.

use crm_protos::identity::v1::organizations_client::OrganizationsClient;
use crm_protos::identity::v1::{
    ApiKey, GetOrganizationRequest, ListSessionsRequest, ListUsersRequest, MoveUserRequest, User,
};
use tonic::Code;

use crate::company::address;
use crate::{assert_refused, pair, run, violations};

#[tokio::test]
async fn no_method_reaches_another_organizations_records() {
    run(async |company| {
        let department = company.create_department("Sales", "").await.id;
        let role = company.create_role("Reader", vec![]).await.id;
        let program = company.program(&[&role]).await.id;
        let key = ApiKey { user_id: program.clone(), name: "Import".to_owned(), ..ApiKey::default() };
        let key = company.create_key(key).await.unwrap().into_inner().api_key.unwrap().id;
        let sessions =
            company.sessions().list_sessions(company.request(ListSessionsRequest::default())).await;
        let session = sessions.unwrap().into_inner().sessions[0].id.clone();
        let mut organizations = OrganizationsClient::new(company.harness.channel.clone());
        let own = organizations.get_organization(company.request(GetOrganizationRequest {})).await;
        let notification = crate::notifications::notify(company, &company.administrator, "a").await;
        let view = crate::views::created(company, &company.administrator, "Mine").await.id;
        let samples = [
            ("identity.organization", own.unwrap().into_inner().id),
            ("identity.department", department),
            ("identity.role", role),
            ("identity.user", program),
            ("identity.api_key", key),
            ("identity.session", session),
            ("identity.notification", notification),
            ("identity.view", view),
        ];
        let stranger = company.other().await.vouched().await;
        let called = company.harness.assert_apart_from(&stranger, &samples).await;
        assert!(called.len() >= 22, "{called:?}");
    })
    .await;
}

#[tokio::test]
async fn nothing_of_another_organization_can_be_referred_to_or_listed() {
    run(async |company| {
        let other = company.other().await;
        let department_id = other.create_department("Sales", "").await.id;
        let role = other.create_role("Reader", vec![]).await.id;
        let user = User {
            email: address("ann"),
            display_name: "Ann".to_owned(),
            department_id: department_id.clone(),
            role_ids: vec![role],
            ..User::default()
        };
        let expected =
            [pair("user.department_id", "DEPARTMENT_UNKNOWN"), pair("user.role_ids[0]", "ROLE_UNKNOWN")];
        assert_eq!(violations(company.create_user(user).await), expected);
        let request = MoveUserRequest { id: company.administrator.id.clone(), department_id };
        let moved = company.users().move_user(company.request(request)).await;
        assert_eq!(violations(moved), [pair("department_id", "DEPARTMENT_UNKNOWN")]);
        let key =
            ApiKey { user_id: other.administrator.id.clone(), name: "A".to_owned(), ..ApiKey::default() };
        assert_eq!(violations(company.create_key(key).await), [pair("api_key.user_id", "USER_UNKNOWN")]);
        let all = company.users().list_users(company.request(ListUsersRequest::default())).await;
        let ids: Vec<_> = all.unwrap().into_inner().users.into_iter().map(|user| user.id).collect();
        assert_eq!(ids, [&*company.administrator.id]);
        // Two organizations have departments and roles of the same name.
        company.create_department("Sales", "").await;
        company.create_role("Reader", vec![]).await;
    })
    .await;
}

#[tokio::test]
async fn a_change_in_one_organization_leaves_the_callers_of_another_alone() {
    run(async |company| {
        let other = company.other().await;
        other.me(&other.administrator.token).await.unwrap();
        company.create_department("Sales", "").await;
        other.me(&other.administrator.token).await.unwrap();
        let nobody = company.whoami(&other.administrator.token.replace("crms_", "crmi_")).await;
        assert_refused(nobody, Code::Unauthenticated, "TOKEN_INVALID");
    })
    .await;
}

#[tokio::test]
async fn every_list_has_the_index_that_it_counts_on() {
    run(async |company| company.harness.assert_lists_have_indexes().await).await;
}
