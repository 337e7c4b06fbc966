//! The main journey: from the first start to a customer that the right people find.

use std::collections::BTreeSet;

use crm_tests::{Person, Rest, Suite, text};
use serde_json::{Value, json};

#[tokio::test]
async fn the_first_administrator_must_change_the_password_before_anything_else() {
    let mut suite = Suite::start().await;
    let (email, password) = suite.first_sign_in().await;
    let browser = suite.browser();
    browser.get("/v1/me").await.refused(401, "NOT_SIGNED_IN");
    browser.sign_in(&email, "not the password").await.refused(401, "CREDENTIALS_INVALID");

    let session = browser.sign_in(&email, &password).await;
    let cookie = session.headers["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    // Without TLS browsers would not keep a cookie with the prefix.
    let has_tls = suite.public_url().starts_with("https://");
    assert_eq!((cookie.starts_with("__Host-"), cookie.contains("Secure")), (has_tls, has_tls), "{cookie}");
    let session = session.ok();
    assert_eq!(session["password_change_required"], true);
    assert!(text(&session["token"]).is_empty(), "the token is only in the cookie");
    browser.get("/v1/accounts").await.refused(403, "PASSWORD_CHANGE_REQUIRED");

    let change = json!({ "current_password": password, "new_password": "one that is long enough" });
    browser.post("/v1/me/password", change).await.ok();
    browser.get("/v1/accounts").await.ok();
    assert_eq!(browser.get("/v1/me").await.ok()["password_change_required"], false);

    browser.post("/v1/sessions:signOut", json!({})).await.ok();
    browser.get("/v1/me").await.refused(401, "NOT_SIGNED_IN");
}

#[tokio::test]
async fn the_right_people_find_an_account_among_many_and_the_others_do_not() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    load_demo(&suite, "100").await;
    let company = Company::found(&suite, &administrator).await;
    let Company { seller, colleague, manager, accountant, .. } = &company;

    let account = seller.rest.post("/v1/accounts", account()).await.ok();
    let path = format!("/v1/accounts/{}", text(&account["id"]));
    assert_eq!(account["owner_id"], json!(seller.id));
    assert_eq!(account["department_id"], company.east["id"]);
    assert_eq!(account["phones"][0]["number"], "+862161238888");
    assert_eq!(account["emails"][0]["address"], "caigou@huaxin-jixie.example.com");
    assert_eq!(account["id_card_number"], "****002X");

    for query in ["华新", "新机", "8888", "huaxin-jixie", "caigou", "华新 8888"] {
        assert_eq!(found(&seller.rest, query).await, [account["id"].clone()], "{query}");
        assert_eq!(found(&manager.rest, query).await, [account["id"].clone()], "{query}");
        assert!(found(&colleague.rest, query).await.is_empty(), "{query}");
        let hits = seller.rest.find("/v1/search", &[("query", query)]).await.ok();
        let hit =
            json!({ "resource": "customers.account", "id": account["id"], "title": "华新机械制造有限公司" });
        let hits: Vec<_> = hits["hits"].as_array().unwrap().iter().map(without_subtitle).collect();
        assert!(hits.contains(&hit), "{query}: {hits:?}");
    }
    assert!(found(&seller.rest, "华旧").await.is_empty());

    colleague.rest.get(&path).await.refused(404, "NOT_FOUND");
    colleague.rest.patch(&path, json!({ "name": "mine" })).await.refused(404, "NOT_FOUND");
    assert_eq!(manager.rest.get(&path).await.ok(), account);
    assert_eq!(accountant.rest.get(&path).await.ok()["name"], account["name"]);
    accountant.rest.patch(&path, json!({ "name": "ours" })).await.refused(403, "FIELD_DENIED");
    accountant.rest.post("/v1/accounts", json!({ "name": "ours" })).await.refused(403, "PERMISSION_DENIED");
    accountant.rest.delete(&path).await.refused(403, "PERMISSION_DENIED");

    let changed =
        manager.rest.patch(&path, json!({ "grade": "ACCOUNT_GRADE_A", "etag": account["etag"] })).await.ok();
    assert_eq!(changed["grade"], "ACCOUNT_GRADE_A");
    assert_eq!(changed["name"], account["name"]);
    assert_ne!(changed["etag"], account["etag"]);

    let hold = json!({ "credit_status": "CREDIT_STATUS_HOLD" });
    manager.rest.patch(&path, hold.clone()).await.refused(403, "FIELD_DENIED");
    accountant.rest.patch(&path, hold).await.ok();
    assert_eq!(seller.rest.get(&path).await.ok()["credit_status"], "CREDIT_STATUS_HOLD");
}

#[tokio::test]
async fn a_changed_role_is_obeyed_by_the_very_next_request() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let company = Company::found(&suite, &administrator).await;
    let grants = |scope: &str| json!([{ "permission": "customers.account.read", "scope": scope }]);
    let reader = json!({ "name": "Reader", "grants": grants("SCOPE_OWN") });
    let reader = administrator.post("/v1/roles", reader).await.ok();
    let reader_path = format!("/v1/roles/{}", text(&reader["id"]));
    let person = Person::join(&suite, &administrator, "Rui Li", "Reader", &company.east).await;
    let account = company.seller.rest.post("/v1/accounts", account()).await.ok();
    let path = format!("/v1/accounts/{}", text(&account["id"]));

    for _ in 0..5 {
        person.rest.get(&path).await.refused(404, "NOT_FOUND");
        administrator.patch(&reader_path, json!({ "grants": grants("SCOPE_DEPARTMENT") })).await.ok();
        person.rest.get(&path).await.ok();
        let hidden = json!([{ "field": "customers.account.phones", "access": "FIELD_ACCESS_HIDDEN" }]);
        administrator.patch(&reader_path, json!({ "field_rules": hidden })).await.ok();
        let seen = person.rest.get(&path).await.ok();
        assert!(seen["phones"].as_array().is_none_or(Vec::is_empty), "{seen}");
        assert_eq!(seen["name"], account["name"]);
        administrator.patch(&reader_path, json!({ "field_rules": [] })).await.ok();
        administrator.patch(&reader_path, json!({ "grants": [] })).await.ok();
        person.rest.get(&path).await.refused(403, "PERMISSION_DENIED");
        administrator.patch(&reader_path, json!({ "grants": grants("SCOPE_OWN") })).await.ok();
    }

    let second = person.sign_in_again(&suite).await;
    let user = format!("/v1/users/{}", person.id);
    administrator.post(&format!("{user}/disable"), json!({})).await.ok();
    for browser in [&person.rest, &second] {
        browser.get("/v1/me").await.refused(401, "TOKEN_INVALID");
    }
}

#[tokio::test]
async fn the_demo_company_is_loaded_and_its_people_have_work() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let printed = load_demo(&suite, "60").await;
    let first = Loaded::count(&administrator).await;
    assert_eq!(first.accounts, 60 + first.converted, "customers, and leads that have become customers");
    assert!(first.contacts >= first.accounts && first.users > 10);
    assert_eq!(first.leads, 15);
    load_demo(&suite, "100").await;
    let second = Loaded::count(&administrator).await;
    assert_eq!(second.accounts, 100 + second.converted, "the second load goes on after the first");
    assert!(second.opportunities > first.opportunities && second.leads == 25, "{second:?}");
    assert_eq!((second.users, second.products), (first.users, first.products));
    load_demo(&suite, "100").await;
    assert_eq!(Loaded::count(&administrator).await, second, "the same again changes nothing");

    let departments = administrator.all("/v1/departments", "departments", &[]).await;
    assert!(departments.iter().any(|department| !text(&department["parent_id"]).is_empty()));
    let chinese = administrator.find("/v1/accounts", &[("query", "公司"), ("page_size", "1")]).await.ok();
    assert_eq!(chinese["accounts"].as_array().unwrap().len(), 1);
    a_year_has_passed(&administrator).await;

    let (_, rest) = printed.split_once("with the password ").unwrap();
    let password = rest.split(',').next().unwrap();
    let seller = suite.browser();
    seller.sign_in("li.qiang@huateng.example", password).await.ok();
    let id = seller.get("/v1/me").await.ok()["user"]["id"].clone();
    for (path, name) in [("/v1/accounts", "accounts"), ("/v1/opportunities", "opportunities")] {
        let owned = seller.all(path, name, &[]).await;
        assert!(!owned.is_empty() && owned.iter().all(|one| one["owner_id"] == id), "{path}");
    }
}

/// How many there are of what the demo loads.
#[derive(Debug, PartialEq)]
struct Loaded {
    accounts: i64,
    contacts: i64,
    users: i64,
    products: i64,
    leads: i64,
    converted: i64,
    opportunities: i64,
    won: i64,
}

impl Loaded {
    async fn count(administrator: &Rest) -> Self {
        let count = async |path: &str, filter: &[(&str, &str)]| {
            text(&administrator.find(path, filter).await.ok()["count"]).parse::<i64>().unwrap()
        };
        Self {
            accounts: count("/v1/accounts:count", &[]).await,
            contacts: count("/v1/contacts:count", &[]).await,
            users: count("/v1/users:count", &[]).await,
            products: count("/v1/products:count", &[]).await,
            leads: count("/v1/leads:count", &[]).await,
            converted: count("/v1/leads:count", &[("filter", "status=LEAD_STATUS_CONVERTED")]).await,
            opportunities: count("/v1/opportunities:count", &[]).await,
            won: count("/v1/opportunities:count", &[("filter", "status=OPPORTUNITY_STATUS_WON")]).await,
        }
    }
}

/// What was sold was sold at its time, in several currencies, and not always.
async fn a_year_has_passed(administrator: &Rest) {
    let opportunities = administrator.all("/v1/opportunities", "opportunities", &[]).await;
    let values = |field: &str| {
        let all = opportunities.iter().map(|one| text(&one[field]));
        all.filter(|value| !value.is_empty()).collect::<BTreeSet<_>>()
    };
    let months =
        |field: &str| values(field).into_iter().map(|time| time[..7].to_owned()).collect::<BTreeSet<_>>();
    assert!(values("currency").len() > 1 && values("owner_id").len() > 5);
    assert!(values("lost_reason").len() > 2 && values("stage_id").len() > 4);
    assert!(months("create_time").len() > 8 && months("close_date").len() > 8);
    assert!(values("lead_id").len() > 1);
    assert!(opportunities.iter().all(|one| !text(&one["account_name"]).is_empty()));

    let won = opportunities.iter().find(|one| one["status"] == "OPPORTUNITY_STATUS_WON").unwrap();
    let visits = format!("/v1/opportunities/{}/stage-visits", text(&won["id"]));
    let visits = administrator.get(&visits).await.ok();
    let visits = visits["stage_visits"].as_array().unwrap();
    let entered: Vec<_> = visits.iter().map(|visit| text(&visit["enter_time"])).collect();
    assert!(
        entered.len() > 1 && entered.windows(2).all(|pair| pair[0] > pair[1]),
        "newest first: {entered:?}"
    );
    assert_eq!(entered.last().unwrap(), &text(&won["create_time"]));
}

async fn load_demo(suite: &Suite, count: &str) -> String {
    let output = suite.execute(&["demo", "--count", count]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A small company: a department with one below it, and people in three roles.
pub(crate) struct Company {
    pub(crate) east: Value,
    pub(crate) seller: Person,
    pub(crate) colleague: Person,
    pub(crate) manager: Person,
    pub(crate) accountant: Person,
}

impl Company {
    pub(crate) async fn found(suite: &Suite, administrator: &Rest) -> Self {
        let sales = administrator.post("/v1/departments", json!({ "name": "销售部" })).await.ok();
        let east = json!({ "name": "华东区", "parent_id": sales["id"] });
        let east = administrator.post("/v1/departments", east).await.ok();
        let finance = administrator.post("/v1/departments", json!({ "name": "财务部" })).await.ok();
        let join = async |name: &str, role: &str, department: &Value| {
            Person::join(suite, administrator, name, role, department).await
        };
        Self {
            seller: join("Wei Chen", "Sales representative", &east).await,
            colleague: join("Anna Berg", "Sales representative", &east).await,
            manager: join("Jing Zhao", "Sales manager", &sales).await,
            accountant: join("Tom Fuller", "Finance", &finance).await,
            east,
        }
    }
}

fn account() -> Value {
    json!({
        "name": "华新机械制造有限公司",
        "website": "https://huaxin-jixie.example.com",
        "industry": "Manufacturing",
        "type": "ACCOUNT_TYPE_PROSPECT",
        "phones": [{ "number": "021 6123 8888", "type": "POINT_TYPE_WORK" }],
        "emails": [{ "address": "CaiGou@huaxin-jixie.example.com", "type": "POINT_TYPE_WORK" }],
        "billing_address": { "street": "南京西路1266号", "city": "上海", "country": "CN", "postal_code": "200040" },
        "employees": 420,
        "annual_revenue": "12500000000",
        "currency": "CNY",
        "tags": ["重点"],
        "id_card_number": "11010519491231002X",
    })
}

async fn found(rest: &Rest, query: &str) -> Vec<Value> {
    let page = rest.find("/v1/accounts", &[("query", query)]).await.ok();
    page["accounts"].as_array().unwrap().iter().map(|account| account["id"].clone()).collect()
}

fn without_subtitle(hit: &Value) -> Value {
    json!({ "resource": hit["resource"], "id": hit["id"], "title": hit["title"] })
}
