//! What the logs hold, and what no table does.

use crm_protos::feed::v1::history_client::HistoryClient;
use crm_protos::feed::v1::{ListRecordChangesRequest, VerifyLogRequest};
use crm_protos::identity::v1::{
    ApiKey, BeginSecondFactorRequest, ConfirmSecondFactorRequest, RequestPasswordResetRequest,
    ResetPasswordRequest, SignOutRequest,
};
use sea_orm::{ConnectionTrait, Statement};
use totp_rs::Totp;

use crate::{Company, OTHER_PASSWORD, PASSWORD, by, run};

/// Every value of a column, as text.
async fn column(company: &Company<'_>, table: &str, column: &str) -> Vec<String> {
    let db = &company.harness.context.db;
    let sql = format!("SELECT CAST({column} AS TEXT) AS value FROM {table}");
    let rows = db.connection().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    rows.iter().filter_map(|row| row.try_get::<Option<String>>("", "value").unwrap()).collect()
}

#[tokio::test]
async fn no_table_holds_a_secret_in_clear_and_no_log_holds_its_hash() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        let mut secrets = vec![PASSWORD.to_owned(), OTHER_PASSWORD.to_owned(), person.token.clone()];
        secrets.extend(company.mailbox.tokens(&person.email));

        let begin = BeginSecondFactorRequest { password: PASSWORD.to_owned() };
        let begun = company.credentials().begin_second_factor(by(&person.token, begin)).await;
        let begun = begun.unwrap().into_inner();
        let now = u64::try_from(company.harness.context.clock.now().timestamp()).unwrap();
        let code = Totp::from_url(&begun.uri).unwrap().generate(now).to_string();
        let confirm = by(&person.token, ConfirmSecondFactorRequest { code });
        let codes = company.credentials().confirm_second_factor(confirm).await.unwrap().into_inner();
        secrets.push(begun.secret);
        secrets.extend(codes.recovery_codes.iter().cloned());

        let key = ApiKey { user_id: person.id.clone(), name: "Import".to_owned(), ..ApiKey::default() };
        secrets.push(company.create_key(key).await.unwrap().into_inner().secret);
        let email = person.email.clone();
        company.credentials().request_password_reset(RequestPasswordResetRequest { email }).await.unwrap();
        let token = company.mailbox.wait_for(&person.email, 2).await.remove(1);
        secrets.push(token.clone());
        let new_password = OTHER_PASSWORD.to_owned();
        company.credentials().reset_password(ResetPasswordRequest { token, new_password }).await.unwrap();
        let answer = company.sign_in_with_code(&person.email, OTHER_PASSWORD, &codes.recovery_codes[0]).await;
        let session = answer.unwrap().into_inner().token;
        company.sessions().sign_out(by(&session, SignOutRequest {})).await.unwrap();
        secrets.push(session);
        company.harness.flush_access_log().await;

        let mut kept = Vec::new();
        for (table, columns) in [
            ("changes", &["before", "after"][..]),
            ("access_records", &["method", "record_ids", "request_id"]),
            ("jobs", &["payload", "failure"]),
            ("users", &["password_hash", "second_factor_secret", "recovery_codes"]),
            ("sessions", &["token_hash"]),
            ("api_keys", &["token_hash"]),
            ("one_time_tokens", &["token_hash"]),
        ] {
            for name in columns {
                kept.extend(
                    column(company, table, name).await.into_iter().map(|value| (table, *name, value)),
                );
            }
        }
        assert!(kept.len() > 50, "the columns are read");
        for secret in &secrets {
            let clear = kept.iter().find(|(.., value)| value.contains(secret.as_str()));
            assert!(clear.is_none(), "{clear:?} holds a secret");
        }
        let hashes = kept.iter().filter(|(_, name, value)| name.ends_with("_hash") && !value.is_empty());
        for (_, _, hash) in hashes {
            let logged =
                kept.iter().find(|(table, _, value)| *table == "changes" && value.contains(hash.as_str()));
            assert!(logged.is_none(), "{logged:?} holds a hash");
        }
        assert!(kept.iter().any(|(table, _, value)| *table == "changes" && value.contains(&person.email)));
    })
    .await;
}

#[tokio::test]
async fn the_history_of_a_user_says_what_was_done() {
    run(async |company| {
        let person = company.join("ann", &[], "").await;
        company.change_password(&person.token, PASSWORD, OTHER_PASSWORD).await.unwrap();
        let mut history = HistoryClient::new(company.harness.channel.clone());
        let (resource, record_id) = ("identity.user".to_owned(), person.id.clone());
        let request = ListRecordChangesRequest { resource, record_id, ..Default::default() };
        let changes =
            history.list_record_changes(company.request(request)).await.unwrap().into_inner().changes;
        let said: Vec<_> = changes.iter().map(|change| (&*change.verb, &*change.actor_id)).collect();
        let boss = &*company.administrator.id;
        assert_eq!(said, [("password_changed", &*person.id), ("activated", &*person.id), ("created", boss)]);
        for log in ["changes", "access_records"] {
            company.harness.flush_access_log().await;
            let (service, log) = ("identity".to_owned(), log.to_owned());
            let request = company.request(VerifyLogRequest { service, log, after: 0 });
            let proof = history.verify_log(request).await.unwrap().into_inner();
            assert!(proof.checked > 0 && proof.faults.is_empty(), "{proof:?}");
        }
    })
    .await;
}
