//! API keys: how programs call.

use chrono::TimeDelta;
use crm_kit::access::Scope;
use crm_kit::convert::timestamp;
use crm_protos::identity::v1::{
    ApiKey, CreateApiKeyRequest, DisableUserRequest, EnableUserRequest, ListApiKeysRequest, ListRolesRequest,
    ListUsersRequest, RevokeApiKeyRequest,
};
use tonic::Code;

use crate::company::grant;
use crate::{Company, assert_refused, by, pair, run, violations};

fn key(user_id: &str) -> ApiKey {
    ApiKey { user_id: user_id.to_owned(), name: "Nightly import".to_owned(), ..ApiKey::default() }
}

async fn list(company: &Company<'_>) -> Vec<ApiKey> {
    let request = company.request(ListApiKeysRequest::default());
    company.api_keys().list_api_keys(request).await.unwrap().into_inner().api_keys
}

#[tokio::test]
async fn a_key_may_what_its_user_may_and_it_is_meant_for() {
    run(async |company| {
        let grants = vec![grant("identity.user.read", Scope::All), grant("identity.role.read", Scope::All)];
        let role = company.create_role("Reader", grants).await;
        let program = company.program(&[&role.id]).await;
        let users =
            async |token: &str| company.users().list_users(by(token, ListUsersRequest::default())).await;
        let roles =
            async |token: &str| company.roles().list_roles(by(token, ListRolesRequest::default())).await;

        let whole = company.create_key(key(&program.id)).await.unwrap().into_inner();
        users(&whole.secret).await.unwrap();
        roles(&whole.secret).await.unwrap();

        let permissions = vec!["identity.user.*".to_owned()];
        let part = company.create_key(ApiKey { permissions, ..key(&program.id) }).await.unwrap().into_inner();
        users(&part.secret).await.unwrap();
        assert_refused(roles(&part.secret).await, Code::PermissionDenied, "PERMISSION_DENIED");
        let me = company.me(&part.secret).await.unwrap();
        assert_eq!(
            (me.user.unwrap().id, me.grants),
            (program.id, vec![grant("identity.user.read", Scope::All)])
        );

        let shown = part.api_key.unwrap();
        assert!(part.secret.starts_with(&shown.prefix) && shown.prefix.len() < part.secret.len() / 2);
        let listed = list(company).await;
        assert_eq!(
            listed.iter().map(|key| &key.id).collect::<Vec<_>>(),
            [&shown.id, &whole.api_key.unwrap().id]
        );
        assert!(listed.iter().all(|key| key.use_time.is_some()), "{listed:?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_over() {
    run(async |company| {
        let program = company.program(&[]).await;
        let clock = &company.harness.context.clock;
        let expire_time = Some(timestamp(clock.now() + TimeDelta::hours(1)));
        let short =
            company.create_key(ApiKey { expire_time, ..key(&program.id) }).await.unwrap().into_inner();
        let long = company.create_key(key(&program.id)).await.unwrap().into_inner();
        company.me(&short.secret).await.unwrap();
        clock.advance(TimeDelta::minutes(59) + TimeDelta::seconds(50));
        company.me(&short.secret).await.unwrap();
        // Not even the copy in the cache outlives the key.
        clock.advance(TimeDelta::seconds(11));
        assert_refused(company.whoami(&short.secret).await, Code::Unauthenticated, "SESSION_ENDED");

        company.me(&long.secret).await.unwrap();
        let id = long.api_key.unwrap().id;
        let revoke = async || {
            company.api_keys().revoke_api_key(company.request(RevokeApiKeyRequest { id: id.clone() })).await
        };
        let revoked = revoke().await.unwrap().into_inner();
        assert!(revoked.revoke_time.is_some());
        assert_refused(company.whoami(&long.secret).await, Code::Unauthenticated, "TOKEN_INVALID");
        clock.advance(TimeDelta::minutes(5));
        assert_eq!(revoke().await.unwrap().into_inner(), revoked);
    })
    .await;
}

#[tokio::test]
async fn the_keys_of_a_disabled_user_never_work_again() {
    run(async |company| {
        let program = company.program(&[]).await;
        let made = company.create_key(key(&program.id)).await.unwrap().into_inner();
        company.me(&made.secret).await.unwrap();
        let disable = company.request(DisableUserRequest { id: program.id.clone() });
        company.users().disable_user(disable).await.unwrap();
        assert_refused(company.whoami(&made.secret).await, Code::Unauthenticated, "TOKEN_INVALID");
        assert_eq!(
            violations(company.create_key(key(&program.id)).await),
            [pair("api_key.user_id", "USER_UNKNOWN")]
        );
        let enable = company.request(EnableUserRequest { id: program.id.clone() });
        company.users().enable_user(enable).await.unwrap();
        assert_refused(company.whoami(&made.secret).await, Code::Unauthenticated, "TOKEN_INVALID");
        company.create_key(key(&program.id)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_key_is_said_at_once() {
    run(async |company| {
        let wrong = ApiKey {
            user_id: crm_kit::id::new().to_string(),
            permissions: vec!["identity.user.read".to_owned(), "nonsense.*".to_owned()],
            expire_time: Some(timestamp(company.harness.context.clock.now())),
            ..ApiKey::default()
        };
        let expected = [
            pair("api_key.name", "REQUIRED"),
            pair("api_key.user_id", "USER_UNKNOWN"),
            pair("api_key.permissions[1]", "PERMISSION_UNKNOWN"),
            pair("api_key.expire_time", "TIME_PAST"),
        ];
        assert_eq!(violations(company.create_key(wrong).await), expected);
    })
    .await;
}

#[tokio::test]
async fn whoever_may_make_keys_for_oneself_makes_none_for_others() {
    run(async |company| {
        let grants = vec![grant("identity.api_key.*", Scope::Own)];
        let role = company.create_role("Integrator", grants).await;
        let person = company.join("ann", &[&role.id], "").await;
        company.create_key(key(&company.administrator.id)).await.unwrap();
        let create = async |user: &str| {
            let request = CreateApiKeyRequest { api_key: Some(key(user)) };
            company.api_keys().create_api_key(by(&person.token, request)).await
        };
        let refused = create(&company.administrator.id).await;
        assert_eq!(violations(refused), [pair("api_key.user_id", "USER_UNKNOWN")]);
        create(&person.id).await.unwrap();
        let mine = company.api_keys().list_api_keys(by(&person.token, ListApiKeysRequest::default())).await;
        let mine = mine.unwrap().into_inner().api_keys;
        assert_eq!(mine.iter().map(|key| &key.user_id).collect::<Vec<_>>(), [&person.id]);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_repeated_makes_one_key_and_shows_its_secret_once() {
    run(async |company| {
        let program = company.program(&[]).await;
        let create = async || {
            let mut request = company.request(CreateApiKeyRequest { api_key: Some(key(&program.id)) });
            request.metadata_mut().insert("idempotency-key", "once".parse().unwrap());
            company.api_keys().create_api_key(request).await.unwrap().into_inner()
        };
        let (first, second) = (create().await, create().await);
        assert_eq!(first.api_key, second.api_key);
        assert_eq!((first.secret.is_empty(), second.secret.as_str()), (false, ""));
        assert_eq!(list(company).await.len(), 1);
    })
    .await;
}
