//! Signing in and out.

use chrono::TimeDelta;
use crm_kit::access::{ADDRESS_METADATA, Introduction};
use crm_protos::feed::v1::SearchAccessRecordsRequest;
use crm_protos::feed::v1::history_client::HistoryClient;
use crm_protos::identity::v1::{
    DisableUserRequest, ListSessionsRequest, ListSessionsResponse, ListUsersRequest, RevokeSessionRequest,
    SignInRequest, SignOutEverywhereRequest, SignOutRequest, User,
};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::company::address;
use crate::{Company, OTHER_PASSWORD, PASSWORD, assert_refused, by, run};

async fn list(company: &Company<'_>, token: &str, size: i32, page: &str) -> ListSessionsResponse {
    let request = ListSessionsRequest { page_size: size, page_token: page.to_owned() };
    company.sessions().list_sessions(by(token, request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_first_sign_in_allows_nothing_but_another_password() {
    run(async |company| {
        let email = address("first");
        let first = crm_identity::bootstrap::create_organization(&company.harness.context, "Other", &email);
        let first = first.await.unwrap();
        let one = company.sign_in(&email, &first.password).await.unwrap();
        let two = company.sign_in(&email, &first.password).await.unwrap();
        assert!(one.password_change_required);
        assert!(company.me(&one.token).await.unwrap().password_change_required);
        let users = async || company.users().list_users(by(&one.token, ListUsersRequest::default())).await;
        assert_refused(users().await, Code::PermissionDenied, "PASSWORD_CHANGE_REQUIRED");
        company.change_password(&one.token, &first.password, PASSWORD).await.unwrap();
        assert_eq!(users().await.unwrap().into_inner().users.len(), 1);
        assert!(!company.me(&one.token).await.unwrap().password_change_required);
        assert_refused(company.whoami(&two.token).await, Code::Unauthenticated, "TOKEN_INVALID");
        let old = company.sign_in_with_code(&email, &first.password, "").await;
        assert_refused(old, Code::Unauthenticated, "CREDENTIALS_INVALID");
        assert!(!company.sign_in(&email, PASSWORD).await.unwrap().password_change_required);
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_come_in_gets_the_same_answer() {
    run(async |company| {
        let disabled = company.join("disabled", &[], "").await;
        let request = company.request(DisableUserRequest { id: disabled.id });
        company.users().disable_user(request).await.unwrap();
        let invited = address("invited");
        let user = User { email: invited.clone(), display_name: "New".to_owned(), ..User::default() };
        company.create_user(user).await.unwrap();
        let mut answers = Vec::new();
        for (email, password) in [
            (&*address("nobody"), PASSWORD),
            (&company.administrator.email, OTHER_PASSWORD),
            (&disabled.email, PASSWORD),
            (&invited, PASSWORD),
            ("no address at all", PASSWORD),
            ("no\0body@example.com", PASSWORD),
        ] {
            let status = company.sign_in(email, password).await.unwrap_err();
            let reason = status.get_details_error_info().unwrap().reason;
            answers.push((status.code(), status.message().to_owned(), reason));
        }
        assert_eq!((answers[0].0, &*answers[0].2), (Code::Unauthenticated, "CREDENTIALS_INVALID"));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        // Nor does what a client calls itself keep anybody out.
        let (email, password) = (company.administrator.email.clone(), PASSWORD.to_owned());
        let request =
            SignInRequest { email, password, user_agent: "Fire\0fox".to_owned(), ..Default::default() };
        company.sessions().sign_in(request).await.unwrap();
        let email = format!("  {} ", company.administrator.email.to_uppercase());
        company.sign_in(&email, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_account_is_not_guessed_at_forever() {
    run(async |company| {
        let other = company.join("other", &[], "").await;
        for email in [&company.administrator.email, &address("nobody")] {
            let mut tries = 0;
            let status = loop {
                match company.sign_in(email, OTHER_PASSWORD).await.unwrap_err() {
                    status if status.code() == Code::Unauthenticated => tries += 1,
                    status => break status,
                }
            };
            assert_eq!(status.code(), Code::ResourceExhausted);
            assert!(status.get_details_retry_info().unwrap().retry_delay.unwrap().as_secs() > 0);
            assert!((8..=10).contains(&tries), "{tries}");
        }
        // The right password does not help, and nobody else is held back.
        let status = company.sign_in(&company.administrator.email, PASSWORD).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        company.sign_in(&other.email, PASSWORD).await.unwrap();
        assert_eq!(
            company.me(&company.administrator.token).await.unwrap().user.unwrap().display_name,
            "Administrator"
        );
    })
    .await;
}

/// The answers to somebody who tries one account after the other from some addresses.
async fn tries(addresses: Vec<String>) -> Vec<Code> {
    let mut codes = Vec::new();
    crm_kit::testing::Harness::run_with(
        crm_identity::Identity,
        |settings| {
            settings.security.password_memory_kib = 64;
            settings.security.sign_in_per_address.burst = 5;
        },
        async |harness| {
            let mut client =
                crm_protos::identity::v1::sessions_client::SessionsClient::new(harness.channel.clone());
            let introduction = Introduction::new(harness.context.keys.clone(), harness.context.clock.clone());
            for here in addresses {
                let email = address("user");
                let message = SignInRequest { email, password: PASSWORD.to_owned(), ..Default::default() };
                let mut request = Request::new(message);
                introduction.stamp(request.metadata_mut());
                request.metadata_mut().insert(ADDRESS_METADATA, here.parse().unwrap());
                codes.push(client.sign_in(request).await.unwrap_err().code());
            }
        },
    )
    .await;
    codes
}

#[tokio::test]
async fn an_address_does_not_try_one_account_after_the_other() {
    let codes = tries(vec![crm_kit::id::new().to_string(); 8]).await;
    assert_eq!(codes[..5], [Code::Unauthenticated; 5]);
    assert!(codes[6..].contains(&Code::ResourceExhausted), "{codes:?}");
}

#[tokio::test]
async fn neither_does_a_network_with_all_its_addresses() {
    // Of a network that no other test throttles.
    let network = &crm_kit::id::new().simple().to_string()[20..];
    let network = format!("{}:{}:{}:1", &network[..4], &network[4..8], &network[8..]);
    let codes = tries((1..=8).map(|number| format!("{network}::{number}")).collect()).await;
    assert_eq!(codes[..5], [Code::Unauthenticated; 5]);
    assert!(codes[6..].contains(&Code::ResourceExhausted), "{codes:?}");
}

#[tokio::test]
async fn a_user_sees_and_ends_the_sessions() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let mut tokens = vec![person.token.clone()];
        for _ in 0..4 {
            tokens.push(company.sign_in(&person.email, PASSWORD).await.unwrap().token);
        }
        let first = list(company, &tokens[4], 3, "").await;
        let second = list(company, &tokens[4], 3, &first.next_page_token).await;
        assert_eq!((first.sessions.len(), second.sessions.len()), (3, 2));
        assert!(second.next_page_token.is_empty());
        let current: Vec<_> =
            first.sessions.iter().chain(&second.sessions).map(|session| session.current).collect();
        assert_eq!(current, [true, false, false, false, false]);
        assert_eq!(first.sessions[0].user_agent, "Firefox");

        let revoke = async |token: &str, id: &str| {
            let request = RevokeSessionRequest { id: id.to_owned() };
            company.sessions().revoke_session(by(token, request)).await
        };
        let oldest = &second.sessions[1].id;
        assert_refused(revoke(&company.administrator.token, oldest).await, Code::NotFound, "NOT_FOUND");
        revoke(&tokens[4], oldest).await.unwrap();
        assert_refused(revoke(&tokens[4], oldest).await, Code::NotFound, "NOT_FOUND");
        assert_refused(company.whoami(&tokens[0]).await, Code::Unauthenticated, "TOKEN_INVALID");
        assert_eq!(list(company, &tokens[4], 0, "").await.sessions.len(), 4);

        company.sessions().sign_out(by(&tokens[4], SignOutRequest {})).await.unwrap();
        assert_refused(company.whoami(&tokens[4]).await, Code::Unauthenticated, "TOKEN_INVALID");
        company.me(&tokens[3]).await.unwrap();

        company.sessions().sign_out_everywhere(by(&tokens[3], SignOutEverywhereRequest {})).await.unwrap();
        for token in &tokens[1..] {
            assert_refused(company.whoami(token).await, Code::Unauthenticated, "TOKEN_INVALID");
        }
        company.me(&company.administrator.token).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_last_in_any_case() {
    run(async |company| {
        let clock = &company.harness.context.clock;
        let token = &company.administrator.token;
        let idle = company.sign_in(&company.administrator.email, PASSWORD).await.unwrap().token;
        // Twelve hours without a request end a session, a week ends every one.
        for _ in 0..16 {
            clock.advance(TimeDelta::hours(10));
            company.me(token).await.unwrap();
        }
        assert_refused(company.whoami(&idle).await, Code::Unauthenticated, "SESSION_ENDED");
        assert_eq!(list(company, token, 0, "").await.sessions.len(), 1);
        clock.advance(TimeDelta::hours(9));
        assert_refused(company.whoami(token).await, Code::Unauthenticated, "SESSION_ENDED");
        company.sign_in(&company.administrator.email, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_hinders_no_sign_in() {
    run(async |company| {
        let token = crm_kit::access::resolver::token("crms_", crm_kit::id::new());
        for text in ["nonsense", "crms_", &token, &company.administrator.token.replace("crms_", "crmk_")] {
            assert_refused(company.whoami(text).await, Code::Unauthenticated, "TOKEN_INVALID");
        }
        let (email, password) = (company.administrator.email.clone(), PASSWORD.to_owned());
        let request = SignInRequest { email, password, ..Default::default() };
        company.sessions().sign_in(by(&token, request)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_failed_sign_in_is_recorded_under_its_user() {
    run(async |company| {
        company.sign_in(&company.administrator.email, OTHER_PASSWORD).await.unwrap_err();
        company.harness.flush_access_log().await;
        let filter = vec![
            format!("actor_id={}", company.administrator.id),
            "method=/crm.identity.v1.Sessions/SignIn".to_owned(),
        ];
        let request =
            SearchAccessRecordsRequest { service: "identity".to_owned(), filter, ..Default::default() };
        let mut history = HistoryClient::new(company.harness.channel.clone());
        let found = history.search_access_records(company.request(request)).await.unwrap().into_inner();
        let codes: Vec<_> = found.access_records.iter().map(|record| record.code.as_str()).collect();
        assert_eq!(codes, ["UNAUTHENTICATED", "OK"]);
    })
    .await;
}
