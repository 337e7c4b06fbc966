//! What users are told of records, by other services, here and by mail.

use chrono::TimeDelta;
use crm_kit::testing::eventually;
use crm_protos::identity::v1::notifications_client::NotificationsClient;
use crm_protos::identity::v1::{
    CountUnreadNotificationsRequest, DisableUserRequest, ListNotificationsRequest, ListNotificationsResponse,
    MarkAllNotificationsReadRequest, MarkNotificationReadRequest, Notification, NotificationKind,
    NotifyRequest, NotifyResponse, UpdateUserRequest, User,
};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Code, Response, Status};

use crate::company::run_without_mail;
use crate::{Company, Person, by, pair, run, violations};

/// Something to tell a user.
async fn about(company: &Company<'_>, user: &Person, key: &str) -> NotifyRequest {
    NotifyRequest {
        organization_id: company.resolved(&company.administrator.token).await.organization_id.to_string(),
        user_id: user.id.clone(),
        key: key.to_owned(),
        kind: NotificationKind::FollowUpDue.into(),
        resource: "sales.opportunity".to_owned(),
        record_id: crm_kit::id::new().to_string(),
        title: format!("Deal {key}"),
        due_time: Some(crm_kit::convert::timestamp(company.harness.context.clock.now())),
    }
}

async fn send(company: &Company<'_>, request: NotifyRequest) -> Result<Response<NotifyResponse>, Status> {
    NotificationsClient::new(company.channel()).notify(company.harness.context.request(request)).await
}

/// Tells a user something; answers the notification's id.
pub(crate) async fn notify(company: &Company<'_>, user: &Person, key: &str) -> String {
    send(company, about(company, user, key).await).await.unwrap().into_inner().notification_id
}

async fn page(
    company: &Company<'_>,
    user: &Person,
    request: ListNotificationsRequest,
) -> Result<ListNotificationsResponse, Status> {
    let mut client = NotificationsClient::new(company.channel());
    client.list_notifications(by(&user.token, request)).await.map(Response::into_inner)
}

async fn list(company: &Company<'_>, user: &Person, unread_only: bool) -> Vec<Notification> {
    let request = ListNotificationsRequest { unread_only, ..ListNotificationsRequest::default() };
    page(company, user, request).await.unwrap().notifications
}

async fn titles(company: &Company<'_>, user: &Person, unread_only: bool) -> Vec<String> {
    list(company, user, unread_only).await.into_iter().map(|notification| notification.title).collect()
}

async fn unread(company: &Company<'_>, user: &Person) -> i64 {
    let request = by(&user.token, CountUnreadNotificationsRequest {});
    let count = NotificationsClient::new(company.channel()).count_unread_notifications(request).await;
    count.unwrap().into_inner().count
}

async fn mark_read(company: &Company<'_>, user: &Person, id: &str) -> Result<Notification, Status> {
    let request = by(&user.token, MarkNotificationReadRequest { id: id.to_owned() });
    let mut client = NotificationsClient::new(company.channel());
    client.mark_notification_read(request).await.map(Response::into_inner)
}

async fn mark_all_read(company: &Company<'_>, user: &Person) {
    let request = by(&user.token, MarkAllNotificationsReadRequest {});
    NotificationsClient::new(company.channel()).mark_all_notifications_read(request).await.unwrap();
}

#[tokio::test]
async fn a_user_is_told_once_for_each_key() {
    run(async |company| {
        let boss = &company.administrator;
        let request = about(company, boss, "a").await;
        let first = send(company, request.clone()).await.unwrap().into_inner().notification_id;
        let again = NotifyRequest { title: "Other".to_owned(), ..request.clone() };
        assert_eq!(send(company, again).await.unwrap().into_inner().notification_id, first);

        let listed = list(company, boss, false).await;
        let [told] = &listed[..] else { panic!("one is expected: {listed:?}") };
        assert_eq!((&told.id, told.kind(), &*told.title), (&first, NotificationKind::FollowUpDue, "Deal a"));
        assert_eq!((&*told.resource, &told.record_id), ("sales.opportunity", &request.record_id));
        assert_eq!((&told.due_time, &told.read_time), (&request.due_time, &None));

        let other = company.other().await;
        let elsewhere = notify(&other, &other.administrator, "a").await;
        assert_ne!(elsewhere, first, "keys are an organization's own");
    })
    .await;
}

#[tokio::test]
async fn the_same_key_at_the_same_moment_tells_once_too() {
    run(async |company| {
        let request = about(company, &company.administrator, "a").await;
        let send = async || send(company, request.clone()).await.unwrap().into_inner().notification_id;
        let (first, second, third, fourth) = tokio::join!(send(), send(), send(), send());
        assert!([second, third, fourth].iter().all(|id| *id == first));
        assert_eq!(unread(company, &company.administrator).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_read_is_told_from_what_was_not() {
    run(async |company| {
        let boss = &company.administrator;
        let mut ids = Vec::new();
        for key in ["a", "b", "c"] {
            ids.push(notify(company, boss, key).await);
        }
        assert_eq!(titles(company, boss, false).await, ["Deal c", "Deal b", "Deal a"]);

        let before = list(company, boss, false).await.remove(1);
        let clock = &company.harness.context.clock;
        clock.advance(TimeDelta::minutes(1));
        let read = mark_read(company, boss, &ids[1]).await.unwrap();
        assert_eq!(read.read_time, Some(crm_kit::convert::timestamp(clock.now())));
        assert_ne!(read.etag, before.etag);
        clock.advance(TimeDelta::minutes(1));
        assert_eq!(mark_read(company, boss, &ids[1]).await.unwrap(), read, "reading again changes nothing");

        assert_eq!(titles(company, boss, true).await, ["Deal c", "Deal a"]);
        assert_eq!(titles(company, boss, false).await.len(), 3);
        assert_eq!(unread(company, boss).await, 2);

        mark_all_read(company, boss).await;
        assert_eq!(unread(company, boss).await, 0);
        assert!(list(company, boss, true).await.is_empty());
        let read_first = list(company, boss, false).await.into_iter().find(|one| one.id == ids[1]);
        assert_eq!(read_first, Some(read), "what was read keeps its time");
    })
    .await;
}

#[tokio::test]
async fn notifications_come_in_pages() {
    run(async |company| {
        let boss = &company.administrator;
        for key in ["a", "b", "c"] {
            notify(company, boss, key).await;
        }
        let request = ListNotificationsRequest { page_size: 2, unread_only: true, ..Default::default() };
        let first = page(company, boss, request.clone()).await.unwrap();
        assert_eq!(first.notifications.len(), 2);
        let page_token = first.next_page_token;
        let second =
            page(company, boss, ListNotificationsRequest { page_token: page_token.clone(), ..request });
        let second = second.await.unwrap();
        assert_eq!((&*second.notifications[0].title, &*second.next_page_token), ("Deal a", ""));

        let ann = company.join("ann", &[], "").await;
        let same =
            ListNotificationsRequest { page_token: page_token.clone(), unread_only: true, page_size: 2 };
        let all = ListNotificationsRequest { page_token, unread_only: false, page_size: 2 };
        for (user, request) in [(&ann, same), (boss, all)] {
            let refused = page(company, user, request).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "a token is good for its own list only");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_or_marks_what_others_were_told() {
    run(async |company| {
        let (boss, ann) = (&company.administrator, company.join("ann", &[], "").await);
        let hers = notify(company, &ann, "a").await;
        notify(company, boss, "b").await;
        assert_eq!(titles(company, &ann, false).await, ["Deal a"]);
        assert_eq!(titles(company, boss, false).await, ["Deal b"], "not even the administrator");
        assert_eq!(mark_read(company, boss, &hers).await.unwrap_err().code(), Code::NotFound);
        mark_all_read(company, boss).await;
        assert_eq!((unread(company, boss).await, unread(company, &ann).await), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_user_who_is_unknown_or_shut_out_is_not_told_and_the_sender_goes_on() {
    run(async |company| {
        let ann = company.join("ann", &[], "").await;
        let disable = company.request(DisableUserRequest { id: ann.id.clone() });
        company.users().disable_user(disable).await.unwrap();
        let unknown = Person { id: crm_kit::id::new().to_string(), ..ann.clone() };
        let stranger = company.other().await.administrator;
        for (key, user) in [("a", &ann), ("b", &unknown), ("c", &stranger)] {
            assert_eq!(notify(company, user, key).await, "", "{key}");
        }
        assert!(list(company, &stranger, false).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_notification_is_said_at_once_and_only_services_send() {
    run(async |company| {
        let good = about(company, &company.administrator, "a").await;
        let wrong = NotifyRequest {
            key: "k".repeat(201),
            kind: 77,
            record_id: "x".to_owned(),
            resource: "sales".to_owned(),
            ..good.clone()
        };
        let expected = [
            pair("key", "KEY_INVALID"),
            pair("kind", "ENUM_UNKNOWN"),
            pair("record_id", "ID_MALFORMED"),
            pair("resource", "RESOURCE_INVALID"),
        ];
        assert_eq!(violations(send(company, wrong).await), expected);
        let unspecified = NotifyRequest { kind: 0, ..good.clone() };
        assert_eq!(violations(send(company, unspecified).await), [pair("kind", "REQUIRED")]);
        let long = NotifyRequest { title: format!("  a\u{0} \n{}", "长".repeat(300)), ..good.clone() };
        send(company, long).await.unwrap();
        let title = titles(company, &company.administrator, false).await.remove(0);
        assert!(title.starts_with("a 长") && title.chars().count() == 200, "{title}");
        let refused = NotificationsClient::new(company.channel()).notify(company.request(good)).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    })
    .await;
}

#[tokio::test]
async fn what_was_read_long_ago_is_removed_when_something_new_comes() {
    run(async |company| {
        let (clock, ann) = (&company.harness.context.clock, company.join("ann", &[], "").await);
        let request = about(company, &ann, "").await;
        let tell = async |key: &str| {
            let (key, title) = (key.to_owned(), format!("Deal {key}"));
            let request = NotifyRequest { key, title, ..request.clone() };
            send(company, request).await.unwrap().into_inner().notification_id
        };
        let read = tell("a").await;
        tell("b").await;
        mark_read(company, &ann, &read).await.unwrap();
        let later = async |days: i64, key: &str| {
            clock.advance(TimeDelta::days(days));
            let token = company.sign_in(&ann.email, crate::PASSWORD).await.unwrap().token;
            tell(key).await;
            titles(company, &Person { token, ..ann.clone() }, false).await
        };
        assert_eq!(later(89, "c").await, ["Deal c", "Deal b", "Deal a"]);
        assert_eq!(later(2, "d").await, ["Deal d", "Deal c", "Deal b"], "what was not read stays");
    })
    .await;
}

#[tokio::test]
async fn a_notification_is_mailed_once_in_the_users_language() {
    run(async |company| {
        let ann = company.join("ann", &[], "").await;
        for (language, said, kind) in [
            ("en", "It is time to follow up Deal en.", NotificationKind::FollowUpDue),
            ("zh-CN", "Deal zh-CN 已分配给您，请及时处理。", NotificationKind::RecordAssigned),
            ("zh-TW", "Deal zh-TW 已到跟進時間，請盡快跟進。", NotificationKind::FollowUpDue),
        ] {
            let user = User { id: ann.id.clone(), language: language.to_owned(), ..User::default() };
            let update_mask = Some(FieldMask { paths: vec!["language".to_owned()] });
            let update = company.request(UpdateUserRequest { user: Some(user), update_mask });
            company.users().update_user(update).await.unwrap();
            let request = NotifyRequest { kind: kind.into(), ..about(company, &ann, language).await };
            for _ in 0..2 {
                send(company, request.clone()).await.unwrap();
            }
            let url = &company.harness.context.settings.server.public_url;
            let link = format!("{url}/sales/opportunities/{}", request.record_id);
            let mails = || {
                let letters = company.mailbox.letters(&ann.email);
                letters.into_iter().filter(|letter| letter.contains(&link)).collect::<Vec<_>>()
            };
            eventually("the mail", async || !mails().is_empty()).await;
            eventually("the end of the job", async || jobs(company).await == 0).await;
            let mails = mails();
            assert_eq!(mails.len(), 1, "{mails:?}");
            assert!(mails[0].contains(said), "{}", mails[0]);
        }
    })
    .await;
}

/// How many notifications wait to be mailed.
async fn jobs(company: &Company<'_>) -> usize {
    let db = &company.harness.context.db;
    let sql = "SELECT name FROM jobs WHERE kind = 'notification_mail'";
    db.connection().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap().len()
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_mailed_and_no_job_is_left() {
    run_without_mail(async |company| {
        notify(company, &company.administrator, "a").await;
        assert_eq!(titles(company, &company.administrator, true).await, ["Deal a"]);
        assert_eq!(jobs(company).await, 0);
        assert!(company.mailbox.letters(&company.administrator.email).is_empty());
    })
    .await;
}
