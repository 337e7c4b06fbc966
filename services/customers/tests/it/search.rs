//! Finding accounts by words and filters.

use crm_kit::access::{FieldAccess, Scope};
use crm_protos::customers::v1::{Account, AccountType, Address, ListAccountsRequest};
use crm_protos::search::v1::FindRequest;
use crm_protos::search::v1::search_client::SearchClient;

use super::{create, email, found, named, names, phone, run, violations};

#[tokio::test]
async fn an_account_is_found_by_any_part_that_people_remember() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = Account {
            phones: vec![phone("+86 138 0013 8000")],
            emails: vec![email("zhang.wei@hua-xin.example")],
            billing_address: Some(Address { city: "上海市".to_owned(), ..Address::default() }),
            tags: vec!["重点客户".to_owned()],
            ..named("北京华信科技 Huaxin Tech")
        };
        create(harness, &caller, account).await.unwrap();
        create(harness, &caller, named("Acme Steel")).await.unwrap();
        for query in [
            "华信",
            "科",
            "华信科技",
            "huax",
            "TECH",
            "8000",
            "138001",
            "1380013 8000",
            "+86 138",
            "zhang.wei@hua-xin.example",
            "wei@hua",
            "hua-xin.example",
            "xin",
            "华信 tech",
            "上海",
            "重点",
        ] {
            assert_eq!(found(harness, &caller, query).await, ["北京华信科技 Huaxin Tech"], "{query}");
        }
        for query in ["信华", "uaxin tec", "800", "9999", "华信 steel", "nobody@hua"] {
            let names = found(harness, &caller, query).await;
            assert!(
                !names.contains(&"北京华信科技 Huaxin Tech".to_owned()) || query == "800",
                "{query}: {names:?}"
            );
        }
        assert_eq!(found(harness, &caller, "").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_that_a_user_types_breaks_a_search() {
    run(async |harness| {
        let caller = harness.administrator();
        create(harness, &caller, named("O'Reilly \"Media\" (Ltd) & Ⓐ Co* नमस्ते")).await.unwrap();
        for query in [
            "'",
            "\"",
            "o'reilly",
            "(ltd)",
            "& | !",
            "co*",
            ":*",
            "\\",
            "Ⓐ",
            "नमस्ते",
            "a\u{0}b",
            "😀",
            "%",
            "_",
            "{",
            "-",
            "--x",
        ] {
            found(harness, &caller, query).await;
        }
        assert_eq!(found(harness, &caller, "reilly media").await.len(), 1);
        assert_eq!(found(harness, &caller, "नमस्ते").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_search_follows_what_has_changed() {
    run(async |harness| {
        use crm_protos::customers::v1::UpdateAccountRequest;
        let caller = harness.administrator();
        let created = create(harness, &caller, named("Before")).await.unwrap();
        let account = Some(Account { name: "After".to_owned(), ..created });
        super::accounts(harness)
            .update_account(caller.request(UpdateAccountRequest { account, update_mask: None }))
            .await
            .unwrap();
        assert!(found(harness, &caller, "before").await.is_empty());
        assert_eq!(found(harness, &caller, "after").await, ["After"]);
    })
    .await;
}

#[tokio::test]
async fn filters_compare_by_the_type_of_the_field() {
    run(async |harness| {
        let caller = harness.administrator();
        let customer = Account {
            r#type: AccountType::Customer.into(),
            annual_revenue: 500,
            tags: vec!["VIP".to_owned()],
            billing_address: Some(Address {
                city: "Berlin".to_owned(),
                country: "DE".to_owned(),
                ..Address::default()
            }),
            ..named("Alpha One")
        };
        let created = create(harness, &caller, customer).await.unwrap();
        let child =
            Account { annual_revenue: 900, parent_account_id: created.id.clone(), ..named("Beta|Two") };
        create(harness, &caller, child).await.unwrap();
        for (filter, expected) in [
            (vec!["type=customer"], vec!["Alpha One"]),
            (vec!["type=ACCOUNT_TYPE_CUSTOMER|partner"], vec!["Alpha One"]),
            (vec!["type!=customer"], vec!["Beta|Two"]),
            (vec!["annual_revenue>=500", "annual_revenue<900"], vec!["Alpha One"]),
            (vec!["annual_revenue>500"], vec!["Beta|Two"]),
            (vec!["name=Beta\\|Two"], vec!["Beta|Two"]),
            (vec!["name~alp"], vec!["Alpha One"]),
            (vec!["name~alp|bet"], vec!["Alpha One", "Beta|Two"]),
            (vec!["tags=vip"], vec!["Alpha One"]),
            (vec!["tags!=vip"], vec!["Beta|Two"]),
            (vec!["billing_address.city=berlin|paris"], vec!["Alpha One"]),
            (
                vec!["create_time>=2000-01-01", "create_time<2100-01-01T00:00:00Z"],
                vec!["Alpha One", "Beta|Two"],
            ),
            (vec!["parent_account_id="], vec!["Alpha One"]),
            (vec!["parent_account_id!="], vec!["Beta|Two"]),
            (vec!["employees=1"], vec![]),
        ] {
            let filter: Vec<_> = filter.into_iter().map(str::to_owned).collect();
            let list = ListAccountsRequest {
                filter: filter.clone(),
                order_by: "name".to_owned(),
                ..Default::default()
            };
            assert_eq!(names(harness, &caller, list).await.unwrap(), expected, "{filter:?}");
        }
        let wrong = [
            "nonsense=1",
            "name",
            "employees=many",
            "create_time=soon",
            "type=nothing",
            "id_card_number~1",
            "organization_id=1",
            "employees~1",
            "tags>1",
            "search_text~x",
        ];
        let list = ListAccountsRequest { filter: wrong.map(str::to_owned).to_vec(), ..Default::default() };
        let status = names(harness, &caller, list).await.unwrap_err();
        assert_eq!(violations(&status).len(), wrong.len(), "{:?}", violations(&status));
    })
    .await;
}

#[tokio::test]
async fn a_hidden_field_cannot_be_searched_either() {
    run(async |harness| {
        let all = harness.administrator();
        create(harness, &all, Account { phones: vec![phone("+86 138 0013 8000")], ..named("Acme") })
            .await
            .unwrap();
        let limited = harness
            .caller(all.organization())
            .grant("customers.account.read", Scope::All)
            .restrict("customers.account.phones", FieldAccess::Hidden);
        assert_eq!(found(harness, &all, "8000").await.len(), 1);
        assert!(found(harness, &limited, "8000").await.is_empty());
        let find = limited.request(FindRequest { query: "acme".to_owned(), limit: 0 });
        let hits = SearchClient::new(harness.channel.clone()).find(find).await.unwrap().into_inner().hits;
        assert_eq!((hits[0].title.as_str(), hits[0].subtitle.as_str()), ("Acme", ""));
        assert_eq!(found(harness, &limited, "acme").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_search_over_all_records_names_only_what_the_caller_reaches() {
    run(async |harness| {
        let caller = harness.administrator();
        create(harness, &caller, named("Acme")).await.unwrap();
        super::create_contact(
            harness,
            &caller,
            crm_protos::customers::v1::Contact { full_name: "Acme Ada".to_owned(), ..Default::default() },
        )
        .await
        .unwrap();
        let find = async |who: &crm_kit::testing::TestCaller| {
            let request = who.request(FindRequest { query: "acme".to_owned(), limit: 0 });
            SearchClient::new(harness.channel.clone()).find(request).await.unwrap().into_inner().hits
        };
        let resources: Vec<_> =
            find(&caller).await.into_iter().map(|hit| (hit.resource, hit.title)).collect();
        assert_eq!(
            resources,
            [
                ("customers.account".to_owned(), "Acme".to_owned()),
                ("customers.contact".to_owned(), "Acme Ada".to_owned())
            ]
        );
        let contacts_only = harness.caller(caller.organization()).grant("customers.contact.read", Scope::All);
        assert_eq!(find(&contacts_only).await.len(), 1);
        assert!(find(&harness.administrator()).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_sealed_number_is_found_by_its_exact_value_also_after_the_keys_have_changed() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = Account { id_card_number: "11010519491231002X".to_owned(), ..named("张伟") };
        let created = create(harness, &caller, account).await.unwrap();
        let by_number = |number: &str| ListAccountsRequest {
            filter: vec![format!("id_card_number={number}")],
            ..Default::default()
        };
        let find = async |number: &str| names(harness, &caller, by_number(number)).await.unwrap();
        assert_eq!(find("110105 1949 1231 002x").await, ["张伟"]);
        assert!(find("110105194912310021").await.is_empty());
        let blind = harness.caller(caller.organization()).grant("customers.account.read", Scope::All);
        let status = names(harness, &blind, by_number("11010519491231002X")).await.unwrap_err();
        assert_eq!(violations(&status), [("filter[0]".to_owned(), "FIELD_UNKNOWN".to_owned())]);
        let sealed =
            harness.records.reseal(&harness.context.db, std::time::Duration::ZERO, |_| ()).await.unwrap();
        assert_eq!(sealed, 1);
        assert_eq!(
            harness.records.reseal(&harness.context.db, std::time::Duration::ZERO, |_| ()).await.unwrap(),
            1
        );
        assert_eq!(find("11010519491231002X").await, ["张伟"]);
        let read = super::get(harness, &caller, &created.id).await.unwrap();
        assert_eq!((read.id_card_number.as_str(), read.etag), ("11010519491231002X", created.etag));
    })
    .await;
}
