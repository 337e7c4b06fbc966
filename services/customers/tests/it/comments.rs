//! What people say about records.

use crm_kit::access::Scope;
use crm_kit::channel::Channel;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::comment::v1::comments_client::CommentsClient;
use crm_protos::comment::v1::{
    Comment, CreateCommentRequest, DeleteCommentRequest, EditCommentRequest, ListCommentsRequest,
};
use crm_protos::customers::v1::DeleteAccountRequest;
use crm_protos::identity::v1::NotificationKind;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{accounts, assert_refused, create, named, run};

const RESOURCE: &str = "customers.account";

fn comments(harness: &Harness) -> CommentsClient<Channel> {
    CommentsClient::new(harness.channel.clone())
}

/// A colleague who sees every account and speaks only for himself or herself.
fn colleague(harness: &Harness, organization: Uuid) -> TestCaller {
    let caller = harness.caller(organization);
    caller.grant("customers.account.read", Scope::All).grant("comment.comment.*", Scope::Own)
}

fn saying(record: &str, text: &str) -> CreateCommentRequest {
    CreateCommentRequest {
        resource: RESOURCE.to_owned(),
        record_id: record.to_owned(),
        text: text.to_owned(),
        mentioned_user_ids: Vec::new(),
    }
}

async fn say(
    harness: &Harness,
    caller: &TestCaller,
    request: CreateCommentRequest,
) -> Result<Comment, Status> {
    Ok(comments(harness).create_comment(caller.request(request)).await?.into_inner())
}

async fn said(harness: &Harness, caller: &TestCaller, record: &str) -> Result<Vec<Comment>, Status> {
    let request = ListCommentsRequest {
        resource: RESOURCE.to_owned(),
        record_id: record.to_owned(),
        ..Default::default()
    };
    Ok(comments(harness).list_comments(caller.request(request)).await?.into_inner().comments)
}

async fn edit(harness: &Harness, caller: &TestCaller, of: &Comment, text: &str) -> Result<Comment, Status> {
    let request = EditCommentRequest {
        resource: of.resource.clone(),
        record_id: of.record_id.clone(),
        id: of.id.clone(),
        text: text.to_owned(),
        mentioned_user_ids: of.mentioned_user_ids.clone(),
        etag: of.etag.clone(),
    };
    Ok(comments(harness).edit_comment(caller.request(request)).await?.into_inner())
}

async fn take_back(harness: &Harness, caller: &TestCaller, comment: &Comment) -> Result<(), Status> {
    let request = DeleteCommentRequest {
        resource: comment.resource.clone(),
        record_id: comment.record_id.clone(),
        id: comment.id.clone(),
        etag: String::new(),
    };
    comments(harness).delete_comment(caller.request(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn whoever_sees_a_record_sees_what_was_said_about_it_by_whom() {
    run(async |harness| {
        let author = harness.administrator();
        harness.identity.put_user(author.organization(), author.id(), "李娜", None);
        let account = create(harness, &author, named("Acme")).await.unwrap();
        eventually("the author's name", async || {
            let comment = say(harness, &author, saying(&account.id, "  第一次联系 \n ok ")).await.unwrap();
            comment.author_name == "李娜" && comment.text == "第一次联系 \n ok"
        })
        .await;
        say(harness, &author, saying(&account.id, "second")).await.unwrap();
        let reader = colleague(harness, author.organization());
        let comments = said(harness, &reader, &account.id).await.unwrap();
        assert_eq!(comments[0].text, "second");
        assert_eq!(comments[0].author_id, author.id().to_string());
        assert_eq!((&*comments[0].author_name, &*comments[0].resource), ("李娜", RESOURCE));
    })
    .await;
}

#[tokio::test]
async fn what_is_said_about_a_record_is_as_far_away_as_the_record() {
    run(async |harness| {
        let owner = harness.administrator();
        let account = create(harness, &owner, named("Acme")).await.unwrap();
        let comment = say(harness, &owner, saying(&account.id, "mine")).await.unwrap();
        let elsewhere = harness.caller(crm_kit::id::new()).grant("*", Scope::All);
        let beside = harness
            .caller(owner.organization())
            .grant("customers.account.read", Scope::Own)
            .grant("comment.comment.*", Scope::All);
        for stranger in [elsewhere, beside] {
            let codes = [
                said(harness, &stranger, &account.id).await.unwrap_err().code(),
                say(harness, &stranger, saying(&account.id, "hello")).await.unwrap_err().code(),
                edit(harness, &stranger, &comment, "changed").await.unwrap_err().code(),
                take_back(harness, &stranger, &comment).await.unwrap_err().code(),
            ];
            assert_eq!(codes, [Code::NotFound; 4]);
        }
        assert_eq!(said(harness, &owner, &account.id).await.unwrap(), [comment]);
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_the_words_of_another() {
    run(async |harness| {
        let owner = harness.administrator();
        let account = create(harness, &owner, named("Acme")).await.unwrap();
        let author = colleague(harness, owner.organization());
        let comment = say(harness, &author, saying(&account.id, "before")).await.unwrap();
        let refused = edit(harness, &owner, &comment, "changed").await;
        assert_refused(refused, Code::PermissionDenied, "NOT_THE_AUTHOR");
        let other = colleague(harness, owner.organization());
        assert_eq!(take_back(harness, &other, &comment).await.unwrap_err().code(), Code::NotFound);

        let edited = edit(harness, &author, &comment, "after").await.unwrap();
        assert_eq!(edited.text, "after");
        let stale = edit(harness, &author, &comment, "too late").await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);
        take_back(harness, &author, &edited).await.unwrap();
        let rude = say(harness, &author, saying(&account.id, "rude")).await.unwrap();
        take_back(harness, &owner, &rude).await.unwrap();
        assert_eq!(said(harness, &owner, &account.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn whoever_may_only_read_says_nothing() {
    run(async |harness| {
        let owner = harness.administrator();
        let account = create(harness, &owner, named("Acme")).await.unwrap();
        let reader = harness.caller(owner.organization()).grant("customers.account.read", Scope::All);
        let refused = say(harness, &reader, saying(&account.id, "hello")).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(said(harness, &reader, &account.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_addressed_is_told_once() {
    run(async |harness| {
        let author = harness.administrator();
        let account = create(harness, &author, named("Acme")).await.unwrap();
        let (first, second) = (crm_kit::id::new(), crm_kit::id::new());
        for (user, name) in [(first, "Ann"), (second, "Bo")] {
            harness.identity.put_user(author.organization(), user, name, None);
        }
        let addressed = |ids: &[Uuid]| CreateCommentRequest {
            mentioned_user_ids: ids.iter().map(Uuid::to_string).collect(),
            ..saying(&account.id, "@Ann look")
        };
        let unknown = say(harness, &author, addressed(&[crm_kit::id::new()])).await.unwrap_err();
        assert_eq!(unknown.code(), Code::InvalidArgument);
        eventually("the directory knows both", async || {
            say(harness, &author, addressed(&[first, second])).await.is_ok()
        })
        .await;
        let comment = said(harness, &author, &account.id).await.unwrap().remove(0);
        edit(harness, &author, &comment, "@Ann look again").await.unwrap();
        eventually("both are told", async || harness.identity.notifications().len() == 2).await;
        let told = harness.identity.notifications();
        let kinds: Vec<_> = told.iter().map(|told| (told.kind(), &*told.title)).collect();
        assert_eq!(kinds, [(NotificationKind::Mentioned, "Acme"); 2]);
        let users: std::collections::BTreeSet<_> = told.iter().map(|told| told.user_id.clone()).collect();
        assert_eq!(users, [first, second].iter().map(Uuid::to_string).collect());
    })
    .await;
}

#[tokio::test]
async fn a_comment_says_something_and_is_about_something() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = create(harness, &caller, named("Acme")).await.unwrap();
        for text in ["", "  \n", &"a".repeat(10_001), "\u{0}"] {
            let refused = say(harness, &caller, saying(&account.id, text)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{text:.10}");
        }
        let elsewhere =
            CreateCommentRequest { resource: "sales.lead".to_owned(), ..saying(&account.id, "a") };
        assert_eq!(say(harness, &caller, elsewhere).await.unwrap_err().code(), Code::NotFound);
        let request = DeleteAccountRequest { id: account.id.clone(), ..Default::default() };
        accounts(harness).delete_account(caller.request(request)).await.unwrap();
        let refused = say(harness, &caller, saying(&account.id, "late")).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        assert_eq!(said(harness, &caller, &account.id).await.unwrap(), []);
    })
    .await;
}
