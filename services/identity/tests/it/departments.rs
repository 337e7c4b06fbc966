//! Departments: the tree that scopes follow.

use crm_kit::access::Scope;
use crm_protos::identity::v1::{
    CreateDepartmentRequest, DeleteDepartmentRequest, Department, GetUserRequest, ListDepartmentsRequest,
    MoveUserRequest, UpdateDepartmentRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::company::grant;
use crate::{Company, assert_refused, by, pair, run, violations};

async fn put_below(company: &Company<'_>, id: &str, parent_id: &str) -> Result<Response<Department>, Status> {
    let department =
        Department { id: id.to_owned(), parent_id: parent_id.to_owned(), ..Department::default() };
    let update_mask = Some(FieldMask { paths: vec!["parent_id".to_owned()] });
    let request = UpdateDepartmentRequest { department: Some(department), update_mask };
    company.departments().update_department(company.request(request)).await
}

async fn move_user(company: &Company<'_>, id: &str, department_id: &str) {
    let request = MoveUserRequest { id: id.to_owned(), department_id: department_id.to_owned() };
    company.users().move_user(company.request(request)).await.unwrap();
}

#[tokio::test]
async fn moves_of_users_and_departments_are_obeyed_by_the_very_next_request() {
    run(async |company| {
        let sales = company.create_department("销售部", "").await.id;
        let east = company.create_department("华东区", &sales).await.id;
        let finance = company.create_department("财务部", "").await.id;
        let role = company.create_role("Head", vec![grant("identity.user.read", Scope::Subtree)]).await;
        let head = company.join("head", &[&role.id], &sales).await;
        let ann = company.join("ann", &[], &east).await;
        let sees = async |id: &str| {
            let request = by(&head.token, GetUserRequest { id: id.to_owned() });
            company.users().get_user(request).await.is_ok()
        };
        assert!(sees(&ann.id).await && sees(&head.id).await && !sees(&company.administrator.id).await);
        move_user(company, &ann.id, &finance).await;
        assert!(!sees(&ann.id).await);
        put_below(company, &finance, &east).await.unwrap();
        assert!(sees(&ann.id).await);
        put_below(company, &east, "").await.unwrap();
        assert!(!sees(&ann.id).await);
        move_user(company, &head.id, &east).await;
        assert!(sees(&ann.id).await);
        move_user(company, &head.id, "").await;
        assert!(!sees(&ann.id).await && sees(&head.id).await);
    })
    .await;
}

#[tokio::test]
async fn the_departments_stay_a_tree() {
    run(async |company| {
        let top = company.create_department("Top", "").await.id;
        let middle = company.create_department("Middle", &top).await.id;
        let bottom = company.create_department("Bottom", &middle).await.id;
        let circle = put_below(company, &top, &bottom).await;
        assert_eq!(violations(circle), [pair("department.parent_id", "DEPARTMENT_CYCLE")]);
        let create = async |name: &str, parent_id: &str, manager_id: &str| {
            let (name, parent_id, manager_id) =
                (name.to_owned(), parent_id.to_owned(), manager_id.to_owned());
            let department = Some(Department { name, parent_id, manager_id, ..Department::default() });
            let request = CreateDepartmentRequest { department };
            company.departments().create_department(company.request(request)).await
        };
        let nowhere = crm_kit::id::new().to_string();
        let expected = [
            pair("department.name", "REQUIRED"),
            pair("department.parent_id", "DEPARTMENT_UNKNOWN"),
            pair("department.manager_id", "USER_UNKNOWN"),
        ];
        assert_eq!(violations(create("", &nowhere, &nowhere).await), expected);
        assert_refused(create("Top", "", "").await, Code::AlreadyExists, "NAME_TAKEN");
        assert_refused(create("Bottom", &middle, "").await, Code::AlreadyExists, "NAME_TAKEN");
        create("Bottom", &top, &company.administrator.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_moves_that_would_make_a_circle_one_is_refused() {
    run(async |company| {
        for round in 0..8 {
            let one = company.create_department(&format!("One {round}"), "").await.id;
            let two = company.create_department(&format!("Two {round}"), "").await.id;
            let (first, second) =
                tokio::join!(put_below(company, &one, &two), put_below(company, &two, &one));
            assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|done| **done).count(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_department_is_deleted_when_nothing_is_in_it() {
    run(async |company| {
        let top = company.create_department("Top", "").await;
        let below = company.create_department("Below", &top.id).await;
        let person = company.join("ann", &[], &below.id).await;
        let delete = async |id: &str, etag: &str| {
            let request = DeleteDepartmentRequest { id: id.to_owned(), etag: etag.to_owned() };
            company.departments().delete_department(company.request(request)).await
        };
        for id in [&top.id, &below.id] {
            assert_refused(delete(id, "").await, Code::FailedPrecondition, "DEPARTMENT_IN_USE");
        }
        move_user(company, &person.id, "").await;
        delete(&below.id, &below.etag).await.unwrap();
        assert_refused(delete(&top.id, "9").await, Code::Aborted, "STALE");
        delete(&top.id, "").await.unwrap();
        let list = company.request(ListDepartmentsRequest { query: "top".to_owned(), ..Default::default() });
        assert!(
            company.departments().list_departments(list).await.unwrap().into_inner().departments.is_empty()
        );
    })
    .await;
}
