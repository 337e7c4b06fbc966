//! Passwords: changed, forgotten, set anew.

use chrono::TimeDelta;
use crm_protos::identity::v1::{DisableUserRequest, RequestPasswordResetRequest, ResetPasswordRequest};
use tonic::{Code, Response, Status};

use crate::company::address;
use crate::{Company, OTHER_PASSWORD, PASSWORD, assert_refused, pair, run, violations};

async fn forgotten(company: &Company<'_>, email: &str) -> Result<Response<()>, Status> {
    let request = RequestPasswordResetRequest { email: email.to_owned() };
    company.credentials().request_password_reset(request).await
}

async fn reset(company: &Company<'_>, token: &str, password: &str) -> Result<Response<()>, Status> {
    let (token, new_password) = (token.to_owned(), password.to_owned());
    company.credentials().reset_password(ResetPasswordRequest { token, new_password }).await
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let other = company.sign_in(&person.email, PASSWORD).await.unwrap().token;
        let change =
            async |current: &str, new: &str| company.change_password(&person.token, current, new).await;
        let wrong = change(OTHER_PASSWORD, OTHER_PASSWORD).await;
        assert_eq!(violations(wrong), [pair("current_password", "PASSWORD_WRONG")]);
        assert_eq!(violations(change(PASSWORD, PASSWORD).await), [pair("new_password", "PASSWORD_SAME")]);
        let personal = format!("{}!!", person.email);
        assert_eq!(
            violations(change(PASSWORD, &personal).await),
            [pair("new_password", "PASSWORD_PERSONAL")]
        );
        company.me(&other).await.unwrap();
        change(PASSWORD, OTHER_PASSWORD).await.unwrap();
        company.me(&person.token).await.unwrap();
        assert_refused(company.whoami(&other).await, Code::Unauthenticated, "TOKEN_INVALID");
        company.sign_in(&person.email, OTHER_PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_password_is_not_guessed_at_with_a_stolen_session() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let tries = async || company.change_password(&person.token, "no idea at all", OTHER_PASSWORD).await;
        let mut last = Code::Ok;
        for _ in 0..12 {
            last = tries().await.unwrap_err().code();
        }
        assert_eq!(last, Code::ResourceExhausted);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link_once() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        forgotten(company, &person.email.to_uppercase()).await.unwrap();
        let token = company.mailbox.wait_for(&person.email, 2).await.remove(1);
        assert_refused(
            company.activate(&token, OTHER_PASSWORD).await,
            Code::FailedPrecondition,
            "TOKEN_INVALID",
        );
        assert_eq!(
            violations(reset(company, &token, "short").await),
            [pair("new_password", "PASSWORD_TOO_SHORT")]
        );
        reset(company, &token, OTHER_PASSWORD).await.unwrap();
        assert_refused(company.whoami(&person.token).await, Code::Unauthenticated, "TOKEN_INVALID");
        company.sign_in(&person.email, OTHER_PASSWORD).await.unwrap();
        assert_refused(reset(company, &token, PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
        assert_refused(reset(company, "nonsense", PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
    })
    .await;
}

#[tokio::test]
async fn a_mailed_link_grows_old_and_does_not_help_the_disabled() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        forgotten(company, &person.email).await.unwrap();
        let old = company.mailbox.wait_for(&person.email, 2).await.remove(1);
        company.harness.context.clock.advance(TimeDelta::minutes(61));
        assert_refused(reset(company, &old, OTHER_PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
        forgotten(company, &person.email).await.unwrap();
        let fresh = company.mailbox.wait_for(&person.email, 3).await.remove(2);
        let request = company.request(DisableUserRequest { id: person.id });
        company.users().disable_user(request).await.unwrap();
        assert_refused(
            reset(company, &fresh, OTHER_PASSWORD).await,
            Code::FailedPrecondition,
            "TOKEN_INVALID",
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_no_address_gets_the_same_answer() {
    run(async |company| {
        for email in ["no address at all", "no\0body@example.com", "no\nbody@example.com"] {
            forgotten(company, email).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_and_nobodys_mailbox_is_filled() {
    run(async |company| {
        let (person, nobody) = (company.join("ann", &[], "").await, address("nobody"));
        for email in [&person.email, &nobody] {
            let mut codes = Vec::new();
            for _ in 0..5 {
                codes.push(forgotten(company, email).await.map_or_else(|status| status.code(), |_| Code::Ok));
            }
            assert_eq!(codes[..3], [Code::Ok; 3]);
            assert_eq!(codes[4], Code::ResourceExhausted);
        }
        // Jobs are done in turn: what was asked for later arrives later.
        let last = company.join("last", &[], "").await;
        assert_eq!(company.mailbox.tokens(&last.email).len(), 1);
        assert!(company.mailbox.tokens(&nobody).is_empty());
        assert!(company.mailbox.tokens(&person.email).len() <= 1 + 4);
    })
    .await;
}
