//! Invitations: how users come to be.

use chrono::TimeDelta;
use crm_protos::identity::v1::{
    DisableUserRequest, EnableUserRequest, ResendInvitationRequest, UpdateUserRequest, User, UserKind,
    UserStatus,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::company::address;
use crate::{Company, OTHER_PASSWORD, PASSWORD, assert_refused, by, pair, run, violations};

async fn invited(company: &Company<'_>, email: &str) -> User {
    let user = User { email: email.to_owned(), display_name: "李娜".to_owned(), ..User::default() };
    company.create_user(user).await.unwrap().into_inner()
}

#[tokio::test]
async fn an_invitation_is_mailed_and_accepted_once() {
    run(async |company| {
        let email = address("li.na");
        let user = invited(company, &email.to_uppercase()).await;
        assert_eq!((&user.email, user.status()), (&email, UserStatus::Invited));
        assert_eq!(user.kind(), UserKind::Person);
        let tokens = company.mailbox.wait_for(&email, 1).await;
        for (password, reason) in [("short", "PASSWORD_TOO_SHORT"), ("password1234", "PASSWORD_COMMON")] {
            let answer = company.activate(&tokens[0], password).await;
            assert_eq!(violations(answer), [pair("password", reason)]);
        }
        let active = company.activate(&tokens[0], PASSWORD).await.unwrap().into_inner();
        assert_eq!((active.id, active.status), (user.id, UserStatus::Active.into()));
        let again = company.activate(&tokens[0], OTHER_PASSWORD).await;
        assert_refused(again, Code::FailedPrecondition, "TOKEN_INVALID");
        company.sign_in(&email, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_invitation_grows_old_and_can_be_sent_again() {
    run(async |company| {
        let email = address("li.na");
        let user = invited(company, &email).await;
        let first = company.mailbox.wait_for(&email, 1).await.remove(0);
        company.harness.context.clock.advance(TimeDelta::hours(73));
        let administrator = company.sign_in(&company.administrator.email, PASSWORD).await.unwrap().token;
        assert_refused(company.activate(&first, PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
        let resend = async || {
            let request = ResendInvitationRequest { id: user.id.clone() };
            company.users().resend_invitation(by(&administrator, request)).await
        };
        resend().await.unwrap();
        let second = company.mailbox.wait_for(&email, 2).await.remove(1);
        company.activate(&second, PASSWORD).await.unwrap();
        assert_refused(resend().await, Code::FailedPrecondition, "NOT_INVITED");
    })
    .await;
}

#[tokio::test]
async fn another_address_gets_another_invitation() {
    run(async |company| {
        let (wrong, right) = (address("li.ma"), address("li.na"));
        let user = invited(company, &wrong).await;
        let first = company.mailbox.wait_for(&wrong, 1).await.remove(0);
        let corrected = User { id: user.id, email: right.clone(), ..User::default() };
        let update_mask = Some(FieldMask { paths: vec!["email".to_owned()] });
        let request = UpdateUserRequest { user: Some(corrected), update_mask };
        company.users().update_user(company.request(request)).await.unwrap();
        let second = company.mailbox.wait_for(&right, 1).await.remove(0);
        assert_refused(company.activate(&first, PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
        company.activate(&second, PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn whoever_is_disabled_before_accepting_is_invited_again_when_enabled() {
    run(async |company| {
        let email = address("li.na");
        let user = invited(company, &email).await;
        let token = company.mailbox.wait_for(&email, 1).await.remove(0);
        let request = company.request(DisableUserRequest { id: user.id.clone() });
        company.users().disable_user(request).await.unwrap();
        assert_refused(company.activate(&token, PASSWORD).await, Code::FailedPrecondition, "TOKEN_INVALID");
        let enable = async || {
            company.users().enable_user(company.request(EnableUserRequest { id: user.id.clone() })).await
        };
        assert_eq!(enable().await.unwrap().into_inner().status(), UserStatus::Invited);
        assert_refused(enable().await, Code::FailedPrecondition, "NOT_DISABLED");
    })
    .await;
}

#[tokio::test]
async fn programs_need_no_invitation() {
    run(async |company| {
        let program = company.program(&[]).await;
        assert_eq!((program.status(), program.email.as_str()), (UserStatus::Active, ""));
        company.program(&[]).await;
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_new_user_is_said_at_once() {
    run(async |company| {
        let user = User {
            email: "li.na".to_owned(),
            display_name: " ".to_owned(),
            department_id: crm_kit::id::new().to_string(),
            role_ids: vec![crm_kit::id::new().to_string(), "x".to_owned()],
            language: "Deutsch".to_owned(),
            ..User::default()
        };
        let expected = [
            pair("user.display_name", "REQUIRED"),
            pair("user.email", "EMAIL_INVALID"),
            pair("user.department_id", "DEPARTMENT_UNKNOWN"),
            pair("user.role_ids[0]", "ROLE_UNKNOWN"),
            pair("user.role_ids[1]", "ROLE_UNKNOWN"),
            pair("user.language", "LANGUAGE_INVALID"),
        ];
        assert_eq!(violations(company.create_user(user).await), expected);
        let nameless = User { display_name: "A".to_owned(), ..User::default() };
        assert_eq!(violations(company.create_user(nameless).await), [pair("user.email", "REQUIRED")]);
        let taken = User {
            email: company.administrator.email.clone(),
            display_name: "A".to_owned(),
            ..User::default()
        };
        assert_refused(company.other().await.create_user(taken).await, Code::AlreadyExists, "EMAIL_TAKEN");
    })
    .await;
}
