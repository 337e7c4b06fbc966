//! The second factor.

use chrono::TimeDelta;
use crm_protos::identity::v1::{
    BeginSecondFactorRequest, BeginSecondFactorResponse, ConfirmSecondFactorRequest,
    ConfirmSecondFactorResponse, DisableSecondFactorRequest, ResetSecondFactorRequest,
};
use tonic::{Code, Response, Status};
use totp_rs::Totp;

use crate::{Company, OTHER_PASSWORD, PASSWORD, Person, assert_refused, by, pair, run, violations};

async fn begin(
    company: &Company<'_>,
    person: &Person,
    password: &str,
) -> Result<Response<BeginSecondFactorResponse>, Status> {
    let request = BeginSecondFactorRequest { password: password.to_owned() };
    company.credentials().begin_second_factor(by(&person.token, request)).await
}

async fn confirm(
    company: &Company<'_>,
    person: &Person,
    code: &str,
) -> Result<Response<ConfirmSecondFactorResponse>, Status> {
    let request = ConfirmSecondFactorRequest { code: code.to_owned() };
    company.credentials().confirm_second_factor(by(&person.token, request)).await
}

/// What an authenticator app shows now.
fn code(company: &Company<'_>, uri: &str) -> String {
    let now = company.harness.context.clock.now().timestamp();
    Totp::from_url(uri).unwrap().generate(u64::try_from(now).unwrap()).to_string()
}

/// Switches the second factor on; answers the app's address and the recovery codes.
async fn switch_on(company: &Company<'_>, person: &Person) -> (String, Vec<String>) {
    let uri = begin(company, person, PASSWORD).await.unwrap().into_inner().uri;
    let codes = confirm(company, person, &code(company, &uri)).await.unwrap().into_inner().recovery_codes;
    (uri, codes)
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let sign_in = async |code: &str| company.sign_in_with_code(&person.email, PASSWORD, code).await;
        let early = confirm(company, &person, "123456").await;
        assert_refused(early, Code::FailedPrecondition, "SECOND_FACTOR_NOT_BEGUN");
        let wrong = begin(company, &person, OTHER_PASSWORD).await;
        assert_eq!(violations(wrong), [pair("password", "PASSWORD_WRONG")]);

        let begun = begin(company, &person, PASSWORD).await.unwrap().into_inner();
        assert!(begun.uri.contains(&begun.secret) && begun.uri.contains("Huateng"), "{}", begun.uri);
        // It is not in force before a code has shown that the app has it.
        sign_in("").await.unwrap();
        assert_eq!(violations(confirm(company, &person, "000000").await), [pair("code", "CODE_WRONG")]);
        let used = code(company, &begun.uri);
        confirm(company, &person, &used).await.unwrap();
        assert!(company.me(&person.token).await.unwrap().second_factor);
        assert_refused(begin(company, &person, PASSWORD).await, Code::FailedPrecondition, "SECOND_FACTOR_ON");

        for refused in ["", "000000", &used] {
            assert_refused(sign_in(refused).await, Code::Unauthenticated, "SECOND_FACTOR_REQUIRED");
        }
        company.harness.context.clock.advance(TimeDelta::seconds(60));
        let fresh = code(company, &begun.uri);
        sign_in(&fresh).await.unwrap();
        assert_refused(sign_in(&fresh).await, Code::Unauthenticated, "SECOND_FACTOR_REQUIRED");
        let wrong = company.sign_in_with_code(&person.email, OTHER_PASSWORD, "").await;
        assert_refused(wrong, Code::Unauthenticated, "CREDENTIALS_INVALID");
    })
    .await;
}

#[tokio::test]
async fn of_sign_ins_with_one_code_at_once_one_succeeds() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let (uri, _) = switch_on(company, &person).await;
        for _ in 0..3 {
            company.harness.context.clock.advance(TimeDelta::seconds(60));
            let fresh = code(company, &uri);
            let sign_in = || company.sign_in_with_code(&person.email, PASSWORD, &fresh);
            let (one, two, three) = tokio::join!(sign_in(), sign_in(), sign_in());
            assert_eq!([one, two, three].iter().filter(|answer| answer.is_ok()).count(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_replace_a_lost_app_once_each() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let (_, codes) = switch_on(company, &person).await;
        assert_eq!(codes.len(), 10);
        let sign_in = async |code: &str| company.sign_in_with_code(&person.email, PASSWORD, code).await;
        sign_in(&codes[0].to_uppercase()).await.unwrap();
        assert_refused(sign_in(&codes[0]).await, Code::Unauthenticated, "SECOND_FACTOR_REQUIRED");
        sign_in(&codes[1]).await.unwrap();

        let disable = async |password: &str| {
            let request = DisableSecondFactorRequest { password: password.to_owned() };
            company.credentials().disable_second_factor(by(&person.token, request)).await
        };
        assert_eq!(violations(disable(OTHER_PASSWORD).await), [pair("password", "PASSWORD_WRONG")]);
        disable(PASSWORD).await.unwrap();
        sign_in("").await.unwrap();
        assert!(!company.me(&person.token).await.unwrap().second_factor);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_helps_whoever_has_lost_everything() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        switch_on(company, &person).await;
        let reset = ResetSecondFactorRequest { id: person.id.clone() };
        let denied = company.users().reset_second_factor(by(&person.token, reset.clone())).await;
        assert_refused(denied, Code::PermissionDenied, "PERMISSION_DENIED");
        company.users().reset_second_factor(company.request(reset)).await.unwrap();
        company.sign_in(&person.email, PASSWORD).await.unwrap();
    })
    .await;
}
