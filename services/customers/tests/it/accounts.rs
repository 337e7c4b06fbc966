//! What an account is and how it changes.

use crm_customers::store::organization::region;
use crm_kit::access::{FieldAccess, Scope};
use crm_protos::customers::v1::{
    Account, AccountType, Address, BatchGetAccountsRequest, CountAccountsRequest, DeleteAccountRequest,
    ListAccountsRequest, RestoreAccountRequest, UpdateAccountRequest,
};
use crm_values::phone::Region;
use prost_types::FieldMask;
use tonic::{Code, Status};

use super::{accounts, assert_refused, create, email, get, named, names, phone, run, violations};
use crm_kit::testing::{Harness, TestCaller, eventually};

async fn update(
    harness: &Harness,
    caller: &TestCaller,
    account: Account,
    paths: &[&str],
) -> Result<Account, Status> {
    let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let request = caller.request(UpdateAccountRequest { account: Some(account), update_mask });
    Ok(accounts(harness).update_account(request).await?.into_inner())
}

#[tokio::test]
async fn an_account_is_kept_as_it_was_given_in_the_stored_form() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = Account {
            name: "  北京华信科技有限公司 ".to_owned(),
            website: "huaxin.example".to_owned(),
            r#type: AccountType::Customer.into(),
            phones: vec![phone("138 0013 8000")],
            emails: vec![email("Sales@HuaXin.example")],
            billing_address: Some(Address {
                city: "北京".to_owned(),
                country: "cn".to_owned(),
                ..Address::default()
            }),
            annual_revenue: 12_345_678_901_234,
            currency: "cny".to_owned(),
            tags: vec!["VIP".to_owned(), "VIP".to_owned()],
            ..Account::default()
        };
        let created = create(harness, &caller, account).await.unwrap();
        let read = get(harness, &caller, &created.id).await.unwrap();
        assert_eq!(read, created);
        assert_eq!(read.name, "北京华信科技有限公司");
        assert_eq!((read.phones[0].number.as_str(), read.phones[0].primary), ("+8613800138000", true));
        assert_eq!(read.emails[0].address, "sales@huaxin.example");
        assert_eq!((read.currency.as_str(), read.tags.len()), ("CNY", 1));
        assert_eq!((read.owner_id, read.etag.as_str()), (caller.id().to_string(), "1"));
        assert_eq!(read.create_time, read.update_time);
    })
    .await;
}

#[tokio::test]
async fn every_violation_is_named_at_once() {
    run(async |harness| {
        let account = Account {
            phones: vec![phone("nobody")],
            emails: vec![email("nobody")],
            r#type: 99,
            employees: -1,
            owner_id: "x".to_owned(),
            ..Account::default()
        };
        let status = create(harness, &harness.administrator(), account).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let mut fields: Vec<_> = violations(&status).into_iter().map(|(field, _)| field).collect();
        fields.sort();
        let expected = [
            "account.emails[0].address",
            "account.employees",
            "account.name",
            "account.owner_id",
            "account.phones[0].number",
            "account.type",
        ];
        assert_eq!(fields, expected);
    })
    .await;
}

#[tokio::test]
async fn an_update_changes_only_the_fields_of_the_mask() {
    run(async |harness| {
        let caller = harness.administrator();
        let created = create(harness, &caller, Account { industry: "Steel".to_owned(), ..named("Acme") })
            .await
            .unwrap();
        let patch = Account { id: created.id.clone(), name: "Acme Ltd".to_owned(), ..Account::default() };
        let updated = update(harness, &caller, patch, &["name"]).await.unwrap();
        assert_eq!(
            (updated.name.as_str(), updated.industry.as_str(), updated.etag.as_str()),
            ("Acme Ltd", "Steel", "2")
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_of_what_somebody_else_has_changed_is_stale() {
    run(async |harness| {
        let caller = harness.administrator();
        let seen = create(harness, &caller, named("Acme")).await.unwrap();
        update(harness, &caller, Account { industry: "Steel".to_owned(), ..seen.clone() }, &["industry"])
            .await
            .unwrap();
        let late =
            update(harness, &caller, Account { industry: "Paper".to_owned(), ..seen.clone() }, &["industry"])
                .await;
        assert_refused(late, Code::Aborted, "STALE");
        let request = caller.request(DeleteAccountRequest { id: seen.id.clone(), etag: seen.etag });
        assert_refused(accounts(harness).delete_account(request).await, Code::Aborted, "STALE");
        assert_eq!(get(harness, &caller, &seen.id).await.unwrap().industry, "Steel");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_is_gone_until_it_is_restored() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = create(harness, &caller, named("Acme")).await.unwrap();
        let delete = || caller.request(DeleteAccountRequest { id: account.id.clone(), etag: String::new() });
        accounts(harness).delete_account(delete()).await.unwrap();
        assert_refused(get(harness, &caller, &account.id).await, Code::NotFound, "NOT_FOUND");
        assert_refused(accounts(harness).delete_account(delete()).await, Code::NotFound, "NOT_FOUND");
        assert!(names(harness, &caller, ListAccountsRequest::default()).await.unwrap().is_empty());
        let deleted = ListAccountsRequest { show_deleted: true, ..Default::default() };
        assert_eq!(names(harness, &caller, deleted).await.unwrap(), ["Acme"]);
        let restore = || caller.request(RestoreAccountRequest { id: account.id.clone() });
        accounts(harness).restore_account(restore()).await.unwrap();
        assert_eq!(get(harness, &caller, &account.id).await.unwrap().name, "Acme");
        assert_refused(
            accounts(harness).restore_account(restore()).await,
            Code::FailedPrecondition,
            "NOT_DELETED",
        );
    })
    .await;
}

#[tokio::test]
async fn sensitive_numbers_are_masked_but_for_those_who_may_reveal_them() {
    run(async |harness| {
        let all = harness.administrator();
        let plain = harness
            .caller(all.organization())
            .grant("customers.account.read", Scope::All)
            .grant("customers.account.update", Scope::All);
        let number = "11010519491231002X";
        let account = Account { id_card_number: number.to_owned(), ..named("张伟") };
        let created = create(harness, &all, account).await.unwrap();
        assert_eq!(created.id_card_number, "****002X");
        assert_eq!(get(harness, &all, &created.id).await.unwrap().id_card_number, number);
        assert_eq!(get(harness, &plain, &created.id).await.unwrap().id_card_number, "****002X");
        // Whoever sends back the mask that was read changes nothing.
        let seen = get(harness, &plain, &created.id).await.unwrap();
        update(harness, &plain, seen, &["id_card_number"]).await.unwrap();
        assert_eq!(get(harness, &all, &created.id).await.unwrap().id_card_number, number);
        let masked = Account { id: created.id, id_card_number: "****9999".to_owned(), ..Account::default() };
        let status = update(harness, &plain, masked, &["id_card_number"]).await.unwrap_err();
        assert_eq!(violations(&status), [("account.id_card_number".to_owned(), "MASKED".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_restricted_field_cannot_be_written_and_a_hidden_one_is_not_seen() {
    run(async |harness| {
        let all = harness.administrator();
        let account = Account { industry: "Steel".to_owned(), annual_revenue: 5, ..named("Acme") };
        let created = create(harness, &all, account).await.unwrap();
        let limited = harness
            .caller(all.organization())
            .grant("customers.*", Scope::All)
            .restrict("customers.account.industry", FieldAccess::ReadOnly)
            .restrict("customers.account.annual_revenue", FieldAccess::Hidden);
        let seen = get(harness, &limited, &created.id).await.unwrap();
        assert_eq!((seen.industry.as_str(), seen.annual_revenue), ("Steel", 0));
        for field in ["industry", "annual_revenue", "*"] {
            let patch = Account { id: created.id.clone(), ..Account::default() };
            assert_refused(
                update(harness, &limited, patch, &[field]).await,
                Code::PermissionDenied,
                "FIELD_DENIED",
            );
        }
        let denied = create(harness, &limited, Account { annual_revenue: 1, ..named("Other") }).await;
        assert_refused(denied, Code::PermissionDenied, "FIELD_DENIED");
        let filtered =
            ListAccountsRequest { filter: vec!["annual_revenue>=1".to_owned()], ..Default::default() };
        let status = names(harness, &limited, filtered).await.unwrap_err();
        assert_eq!(violations(&status), [("filter[0]".to_owned(), "FIELD_UNKNOWN".to_owned())]);
        let ordered = ListAccountsRequest { order_by: "annual_revenue".to_owned(), ..Default::default() };
        let status = names(harness, &limited, ordered).await.unwrap_err();
        assert_eq!(violations(&status), [("order_by".to_owned(), "FIELD_UNKNOWN".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn national_numbers_are_read_in_the_region_of_the_organization() {
    run(async |harness| {
        let (caller, identity) = (harness.administrator(), &harness.identity);
        let organization = caller.organization();
        let region = async || region(harness.context.db.connection(), organization).await.unwrap();
        let with_phone = |number: &str| Account { phones: vec![phone(number)], ..named("Acme") };
        let number = async |text: &str| {
            create(harness, &caller, with_phone(text)).await.unwrap().phones.remove(0).number
        };
        // Until it is known, numbers are read as the settings say.
        assert_eq!(number("010 6552 9988").await, "+861065529988");
        identity.put_organization(organization, "USD", "America/New_York");
        identity.put_region(organization, "US");
        eventually("the region is known", async || region().await == Some(Region::US)).await;
        assert_eq!(number("(773) 555-0148").await, "+17735550148");
        assert_eq!(number("+86 10 6552 9988").await, "+861065529988");
    })
    .await;
}

#[tokio::test]
async fn of_two_accounts_that_are_put_below_each_other_at_once_one_stays() {
    run(async |harness| {
        let caller = harness.administrator();
        for _ in 0..5 {
            let one = create(harness, &caller, named("One")).await.unwrap().id;
            let other = create(harness, &caller, named("Other")).await.unwrap().id;
            let below = |id: &str, parent: &str| Account {
                id: id.to_owned(),
                parent_account_id: parent.to_owned(),
                ..Account::default()
            };
            let (first, second) = tokio::join!(
                update(harness, &caller, below(&one, &other), &["parent_account_id"]),
                update(harness, &caller, below(&other, &one), &["parent_account_id"]),
            );
            let refused = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
            let [refused] = &refused[..] else { panic!("one is refused: {refused:?}") };
            assert_eq!(violations(refused), [("account.parent_account_id".to_owned(), "CYCLE".to_owned())]);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_is_not_put_below_itself() {
    run(async |harness| {
        let caller = harness.administrator();
        let top = create(harness, &caller, named("Top")).await.unwrap();
        let below = create(harness, &caller, Account { parent_account_id: top.id.clone(), ..named("Below") })
            .await
            .unwrap();
        let patch = Account { id: top.id.clone(), parent_account_id: below.id, ..Account::default() };
        let status = update(harness, &caller, patch, &["parent_account_id"]).await.unwrap_err();
        assert_eq!(violations(&status), [("account.parent_account_id".to_owned(), "CYCLE".to_owned())]);
        let elsewhere = create(harness, &harness.administrator(), named("Elsewhere")).await.unwrap();
        let patch = Account { id: top.id, parent_account_id: elsewhere.id, ..Account::default() };
        let status = update(harness, &caller, patch, &["parent_account_id"]).await.unwrap_err();
        assert_eq!(
            violations(&status),
            [("account.parent_account_id".to_owned(), "ACCOUNT_UNKNOWN".to_owned())]
        );
    })
    .await;
}

#[tokio::test]
async fn pages_in_every_order_hold_each_account_once() {
    run(async |harness| {
        let caller = harness.administrator();
        for number in 0..23 {
            let account =
                Account { annual_revenue: number % 5, ..named(&format!("Account {:02}", (number * 7) % 23)) };
            create(harness, &caller, account).await.unwrap();
        }
        for order_by in
            ["", "name", "name desc", "annual_revenue", "annual_revenue desc", "update_time", "create_time"]
        {
            let (mut seen, mut page_token) = (Vec::new(), String::new());
            loop {
                let list = ListAccountsRequest {
                    page_size: 5,
                    page_token,
                    order_by: order_by.to_owned(),
                    ..Default::default()
                };
                let page = accounts(harness).list_accounts(caller.request(list)).await.unwrap().into_inner();
                seen.extend(page.accounts);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let ids: std::collections::HashSet<_> = seen.iter().map(|account| account.id.clone()).collect();
            assert_eq!((seen.len(), ids.len()), (23, 23), "{order_by}");
            match order_by {
                "name" => assert!(seen.is_sorted_by_key(|account| account.name.clone())),
                "name desc" => assert!(seen.iter().rev().is_sorted_by_key(|account| account.name.clone())),
                "annual_revenue" => assert!(seen.is_sorted_by_key(|account| account.annual_revenue)),
                "annual_revenue desc" => {
                    assert!(seen.iter().rev().is_sorted_by_key(|account| account.annual_revenue))
                }
                _ => {}
            }
        }
        let count =
            accounts(harness).count_accounts(caller.request(CountAccountsRequest::default())).await.unwrap();
        assert_eq!(count.into_inner().count, 23);
    })
    .await;
}

#[tokio::test]
async fn a_page_token_fits_only_its_own_list() {
    run(async |harness| {
        let caller = harness.administrator();
        for number in 0..3 {
            create(harness, &caller, named(&format!("Account {number}"))).await.unwrap();
        }
        let first = ListAccountsRequest { page_size: 1, ..Default::default() };
        let page = accounts(harness).list_accounts(caller.request(first)).await.unwrap().into_inner();
        let token = page.next_page_token;
        let mut forged = token.clone();
        forged.replace_range(0..1, if forged.starts_with('A') { "B" } else { "A" });
        let stranger = harness.administrator();
        for (who, page_token, order_by) in [
            (&caller, forged, ""),
            (&caller, "nonsense".to_owned(), ""),
            (&caller, token.clone(), "name"),
            (&stranger, token.clone(), ""),
        ] {
            let list = ListAccountsRequest {
                page_size: 1,
                page_token,
                order_by: order_by.to_owned(),
                ..Default::default()
            };
            let status = names(harness, who, list).await.unwrap_err();
            assert_eq!(violations(&status), [("page_token".to_owned(), "PAGE_TOKEN_INVALID".to_owned())]);
        }
        harness.context.clock.advance(chrono::TimeDelta::hours(25));
        let late = ListAccountsRequest { page_size: 1, page_token: token, ..Default::default() };
        let status = names(harness, &caller, late).await.unwrap_err();
        assert_eq!(violations(&status), [("page_token".to_owned(), "PAGE_TOKEN_EXPIRED".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn several_accounts_come_in_the_order_of_their_ids_or_not_at_all() {
    run(async |harness| {
        let caller = harness.administrator();
        let one = create(harness, &caller, named("One")).await.unwrap();
        let two = create(harness, &caller, named("Two")).await.unwrap();
        let ids = vec![two.id.clone(), one.id.clone(), two.id];
        let answer = accounts(harness)
            .batch_get_accounts(caller.request(BatchGetAccountsRequest { ids }))
            .await
            .unwrap();
        let names: Vec<_> = answer.into_inner().accounts.into_iter().map(|account| account.name).collect();
        assert_eq!(names, ["Two", "One", "Two"]);
        let stranger = harness.administrator();
        let ids = vec![one.id];
        let answer =
            accounts(harness).batch_get_accounts(stranger.request(BatchGetAccountsRequest { ids })).await;
        assert_refused(answer, Code::NotFound, "NOT_FOUND");
    })
    .await;
}
