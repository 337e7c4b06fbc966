//! Views of lists: everybody's own, and those that are shared.

use crm_kit::access::Scope;
use crm_protos::feed::v1::ListRecordChangesRequest;
use crm_protos::feed::v1::history_client::HistoryClient;
use crm_protos::identity::v1::views_client::ViewsClient;
use crm_protos::identity::v1::{
    CreateViewRequest, DeleteViewRequest, GetViewRequest, ListViewsRequest, ListViewsResponse,
    SetDefaultViewRequest, ShareViewRequest, UnshareViewRequest, UpdateViewRequest, View, ViewColumn,
};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::company::grant;
use crate::{Company, Person, assert_refused, by, pair, run, violations};

const ACCOUNTS: &str = "customers.account";

fn view(name: &str) -> View {
    let column = |name: &str, width| ViewColumn { name: name.to_owned(), width };
    View {
        resource: ACCOUNTS.to_owned(),
        name: name.to_owned(),
        filter: vec!["type=ACCOUNT_TYPE_CUSTOMER".to_owned(), "owner_id=me".to_owned()],
        order_by: "name desc".to_owned(),
        query: "华腾".to_owned(),
        columns: vec![column("name", 240), column("owner_id", 0)],
        ..View::default()
    }
}

fn views(company: &Company<'_>) -> ViewsClient<crm_kit::channel::Channel> {
    ViewsClient::new(company.channel())
}

async fn create(company: &Company<'_>, person: &Person, view: View) -> Result<Response<View>, Status> {
    views(company).create_view(by(&person.token, CreateViewRequest { view: Some(view) })).await
}

/// Creates a view that a test begins with.
pub(crate) async fn created(company: &Company<'_>, person: &Person, name: &str) -> View {
    create(company, person, view(name)).await.unwrap().into_inner()
}

async fn get(company: &Company<'_>, person: &Person, id: &str) -> Result<Response<View>, Status> {
    views(company).get_view(by(&person.token, GetViewRequest { id: id.to_owned() })).await
}

async fn page(
    company: &Company<'_>,
    person: &Person,
    request: ListViewsRequest,
) -> Result<ListViewsResponse, Status> {
    views(company).list_views(by(&person.token, request)).await.map(Response::into_inner)
}

async fn list(company: &Company<'_>, person: &Person) -> Vec<View> {
    let request = ListViewsRequest { resource: ACCOUNTS.to_owned(), ..ListViewsRequest::default() };
    page(company, person, request).await.unwrap().views
}

async fn names(company: &Company<'_>, person: &Person) -> Vec<String> {
    list(company, person).await.into_iter().map(|view| view.name).collect()
}

async fn rename(
    company: &Company<'_>,
    person: &Person,
    view: &View,
    name: &str,
) -> Result<Response<View>, Status> {
    let view =
        View { id: view.id.clone(), etag: view.etag.clone(), name: name.to_owned(), ..View::default() };
    let update_mask = Some(FieldMask { paths: vec!["name".to_owned()] });
    let request = UpdateViewRequest { view: Some(view), update_mask };
    views(company).update_view(by(&person.token, request)).await
}

async fn delete(company: &Company<'_>, person: &Person, id: &str) -> Result<Response<()>, Status> {
    let request = DeleteViewRequest { id: id.to_owned(), etag: String::new() };
    views(company).delete_view(by(&person.token, request)).await
}

async fn share(company: &Company<'_>, person: &Person, id: &str) -> Result<Response<View>, Status> {
    views(company).share_view(by(&person.token, ShareViewRequest { id: id.to_owned() })).await
}

async fn unshare(company: &Company<'_>, person: &Person, id: &str) -> Result<Response<View>, Status> {
    views(company).unshare_view(by(&person.token, UnshareViewRequest { id: id.to_owned() })).await
}

async fn open_with(company: &Company<'_>, person: &Person, view_id: &str) -> Result<Response<()>, Status> {
    let request = SetDefaultViewRequest { resource: ACCOUNTS.to_owned(), view_id: view_id.to_owned() };
    views(company).set_default_view(by(&person.token, request)).await
}

/// Somebody who leads others, as the built-in role is.
async fn leader(company: &Company<'_>) -> Person {
    company.join("lead", &[&company.role("Sales manager").await.id], "").await
}

#[tokio::test]
async fn what_somebody_keeps_of_a_list_is_there_again_and_nobody_else_sees_it() {
    run(async |company| {
        let (boss, ann) = (&company.administrator, company.join("ann", &[], "").await);
        let kept = created(company, &ann, "Mine").await;
        assert_eq!(
            View { id: String::new(), ..kept.clone() },
            View {
                etag: "1".to_owned(),
                user_id: ann.id.clone(),
                create_time: kept.create_time,
                update_time: kept.update_time,
                ..view("Mine")
            }
        );
        assert_eq!(get(company, &ann, &kept.id).await.unwrap().into_inner(), kept);
        assert_eq!(list(company, &ann).await, std::slice::from_ref(&kept));

        assert!(list(company, boss).await.is_empty(), "not even the administrator");
        for refused in [
            get(company, boss, &kept.id).await.map(drop),
            rename(company, boss, &kept, "Theirs").await.map(drop),
            share(company, boss, &kept.id).await.map(drop),
            delete(company, boss, &kept.id).await.map(drop),
            open_with(company, boss, &kept.id).await.map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
        let other = View { resource: "customers.contact".to_owned(), ..view("Mine") };
        create(company, &ann, other).await.unwrap();
        assert_eq!(names(company, &ann).await, ["Mine"], "each list has its own");
    })
    .await;
}

#[tokio::test]
async fn a_view_is_renamed_changed_and_removed_by_its_owner() {
    run(async |company| {
        let boss = &company.administrator;
        let first = created(company, boss, "First").await;
        created(company, boss, "Second").await;
        let renamed = rename(company, boss, &first, " Large \t customers ").await.unwrap().into_inner();
        assert_eq!((&*renamed.name, &renamed.filter), ("Large customers", &first.filter));
        assert_refused(rename(company, boss, &first, "Late").await, Code::Aborted, "STALE");
        assert_refused(rename(company, boss, &renamed, "Second").await, Code::AlreadyExists, "NAME_TAKEN");
        assert_refused(create(company, boss, view("Second")).await, Code::AlreadyExists, "NAME_TAKEN");

        let columns = vec![ViewColumn { name: "grade".to_owned(), width: 90 }];
        let patch = View { id: first.id.clone(), columns: columns.clone(), ..View::default() };
        let update_mask = Some(FieldMask { paths: vec!["columns".to_owned(), "filter".to_owned()] });
        let request = company.request(UpdateViewRequest { view: Some(patch), update_mask });
        let changed = views(company).update_view(request).await.unwrap().into_inner();
        assert_eq!((changed.columns, changed.filter, &*changed.order_by), (columns, vec![], "name desc"));

        delete(company, boss, &first.id).await.unwrap();
        assert_eq!(names(company, boss).await, ["Second"]);
        assert_eq!(get(company, boss, &first.id).await.unwrap_err().code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_shared_view_is_seen_by_all_and_changed_by_its_owner_and_whoever_may_share_for_all() {
    run(async |company| {
        let (boss, lead) = (&company.administrator, leader(company).await);
        let (other_lead, ann) = (leader(company).await, company.join("ann", &[], "").await);
        let view = created(company, &lead, "Team").await;
        let shared = share(company, &lead, &view.id).await.unwrap().into_inner();
        assert!(shared.shared && !view.shared);
        assert_eq!(share(company, &lead, &view.id).await.unwrap().into_inner(), shared, "once is enough");

        for person in [boss, &other_lead, &ann] {
            assert_eq!(list(company, person).await, std::slice::from_ref(&shared));
        }
        for person in [&other_lead, &ann] {
            for refused in [
                rename(company, person, &shared, "Taken over").await.map(|view| view.map(drop)),
                delete(company, person, &view.id).await,
            ] {
                assert_refused(refused, Code::PermissionDenied, "VIEW_OF_ANOTHER");
            }
        }
        assert_refused(
            unshare(company, &other_lead, &view.id).await,
            Code::PermissionDenied,
            "VIEW_OF_ANOTHER",
        );
        let hers = created(company, &ann, "Team").await;
        assert_refused(share(company, &ann, &hers.id).await, Code::PermissionDenied, "PERMISSION_DENIED");

        let renamed = rename(company, boss, &shared, "All teams").await.unwrap().into_inner();
        assert_eq!((&*renamed.name, &renamed.user_id), ("All teams", &lead.id));
        unshare(company, boss, &view.id).await.unwrap();
        assert_eq!(get(company, boss, &view.id).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(names(company, &ann).await, ["Team"]);
        assert_eq!(names(company, &lead).await, ["All teams"], "its owner keeps it");
    })
    .await;
}

#[tokio::test]
async fn a_list_opens_for_each_with_the_view_that_he_or_she_chose() {
    run(async |company| {
        let (boss, ann) = (&company.administrator, company.join("ann", &[], "").await);
        let (first, second) = (created(company, boss, "First").await, created(company, boss, "Second").await);
        share(company, boss, &first.id).await.unwrap();
        let default = async |person: &Person| {
            let views = list(company, person).await.into_iter().filter(|view| view.is_default);
            views.map(|view| view.name).collect::<Vec<_>>()
        };
        open_with(company, boss, &second.id).await.unwrap();
        open_with(company, &ann, &first.id).await.unwrap();
        assert_eq!((default(boss).await, default(&ann).await), (vec!["Second".into()], vec!["First".into()]));
        assert!(get(company, boss, &second.id).await.unwrap().into_inner().is_default);
        open_with(company, boss, &first.id).await.unwrap();
        assert_eq!(default(boss).await, ["First"]);
        open_with(company, boss, "").await.unwrap();
        assert!(default(boss).await.is_empty());

        let contacts = View { resource: "customers.contact".to_owned(), ..view("People") };
        let contacts = create(company, boss, contacts).await.unwrap().into_inner().id;
        for (id, why) in [(&second.id, "of another person"), (&contacts, "of another list")] {
            let refused = open_with(company, &ann, id).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "{why}");
        }
        unshare(company, boss, &first.id).await.unwrap();
        assert!(default(&ann).await.is_empty(), "what one does not see one does not open");
        delete(company, boss, &first.id).await.unwrap();
        assert!(default(&ann).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn views_come_in_pages_and_a_token_is_good_for_its_own_list_only() {
    run(async |company| {
        let (boss, ann) = (&company.administrator, company.join("ann", &[], "").await);
        for name in ["One", "Two", "Three"] {
            created(company, boss, name).await;
        }
        let request =
            ListViewsRequest { page_size: 2, resource: ACCOUNTS.to_owned(), ..ListViewsRequest::default() };
        let first = page(company, boss, request.clone()).await.unwrap();
        let next = ListViewsRequest { page_token: first.next_page_token, ..request };
        let second = page(company, boss, next.clone()).await.unwrap();
        let names = first.views.iter().chain(&second.views).map(|view| &*view.name).collect::<Vec<_>>();
        assert_eq!((names, &*second.next_page_token), (vec!["Three", "Two", "One"], ""));
        let contacts = ListViewsRequest { resource: "customers.contact".to_owned(), ..next.clone() };
        for (person, request) in [(&ann, next), (boss, contacts)] {
            assert_eq!(page(company, person, request).await.unwrap_err().code(), Code::InvalidArgument);
        }
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_view_is_said_at_once() {
    run(async |company| {
        let boss = &company.administrator;
        let wrong = View {
            resource: "customers.nonsense".to_owned(),
            name: "n".repeat(101),
            filter: vec!["name~a".to_owned(), "nonsense".to_owned(), format!("name={}", "a".repeat(5000))],
            columns: vec![
                ViewColumn { name: "Name!".to_owned(), width: 10 },
                ViewColumn { name: "name".to_owned(), width: 2001 },
            ],
            ..View::default()
        };
        let expected = [
            pair("view.name", "TOO_LONG"),
            pair("view.resource", "RESOURCE_INVALID"),
            pair("view.filter[1]", "FILTER_MALFORMED"),
            pair("view.filter[2]", "TOO_LONG"),
            pair("view.columns[0].name", "FIELD_UNKNOWN"),
            pair("view.columns[1].width", "OUT_OF_RANGE"),
        ];
        assert_eq!(violations(create(company, boss, wrong).await), expected);
        let long = View {
            filter: vec!["name~a".to_owned(); 21],
            columns: vec![ViewColumn { name: "name".to_owned(), width: 0 }; 101],
            ..view("Long")
        };
        let expected = [pair("view.filter", "TOO_MANY"), pair("view.columns", "TOO_MANY")];
        assert_eq!(violations(create(company, boss, long).await), expected);
        let expected = [pair("view.resource", "REQUIRED"), pair("view.name", "REQUIRED")];
        assert_eq!(
            violations(create(company, boss, View { id: String::new(), ..View::default() }).await),
            expected
        );

        let kept = created(company, boss, "Kept").await;
        let moved = View { id: kept.id.clone(), resource: "customers.contact".to_owned(), ..View::default() };
        let request = UpdateViewRequest { view: Some(moved), update_mask: None };
        let refused = views(company).update_view(company.request(request)).await;
        assert_eq!(violations(refused), [pair("view.resource", "FIELD_FIXED")]);
    })
    .await;
}

#[tokio::test]
async fn of_views_that_are_made_at_once_no_more_are_kept_than_one_may_have() {
    run(async |company| {
        let (boss, ann) = (&company.administrator, company.join("ann", &[], "").await);
        for number in 0..199 {
            created(company, boss, &format!("View {number}")).await;
        }
        let (one, two) = tokio::join!(create(company, boss, view("One")), create(company, boss, view("Two")));
        let refused = if one.is_err() { one } else { two };
        assert_refused(refused, Code::FailedPrecondition, "TOO_MANY_VIEWS");
        created(company, &ann, "Others have room").await;
        let last = list(company, boss).await.remove(0);
        delete(company, boss, &last.id).await.unwrap();
        created(company, boss, "Again").await;
    })
    .await;
}

#[tokio::test]
async fn sharing_can_be_granted_for_all_and_every_change_is_in_the_history() {
    run(async |company| {
        let role = company.create_role("Office", vec![grant("identity.view.share", Scope::All)]).await;
        let (office, lead) = (company.join("office", &[&role.id], "").await, leader(company).await);
        let view = created(company, &lead, "Team").await;
        let shared = share(company, &lead, &view.id).await.unwrap().into_inner();
        rename(company, &office, &shared, "Teams").await.unwrap();
        delete(company, &office, &view.id).await.unwrap();
        let request = crm_protos::feed::v1::SearchChangesRequest {
            service: "identity".to_owned(),
            filter: vec![format!("record_id={}", view.id)],
            ..Default::default()
        };
        let found = HistoryClient::new(company.channel()).search_changes(company.request(request)).await;
        let changes = found.unwrap().into_inner().changes;
        let told = changes.iter().map(|change| (&*change.verb, &*change.actor_id)).collect::<Vec<_>>();
        let (lead_id, office_id) = (&*lead.id, &*office.id);
        assert_eq!(
            told,
            [("deleted", office_id), ("updated", office_id), ("shared", lead_id), ("created", lead_id)]
        );
        let kept = created(company, &company.administrator, "Kept").await;
        let history = ListRecordChangesRequest {
            resource: "identity.view".to_owned(),
            record_id: kept.id,
            ..Default::default()
        };
        let found = HistoryClient::new(company.channel()).list_record_changes(company.request(history)).await;
        assert_eq!(found.unwrap().into_inner().changes.len(), 1);
    })
    .await;
}
