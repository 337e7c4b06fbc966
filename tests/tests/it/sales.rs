//! Selling: from a lead to the won opportunity, by people who reach different records, and through crashes.

use std::collections::BTreeMap;

use crm_protos::sales::v1::opportunities_client::OpportunitiesClient;
use crm_protos::sales::v1::{GetOpportunityRequest, MoveOpportunityRequest, OpportunityStatus};
use crm_tests::{Rest, Suite, eventually, text};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::journey::Company;

#[tokio::test]
async fn a_lead_becomes_a_won_opportunity_that_only_the_right_people_see_and_count() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let company = Company::found(&suite, &administrator).await;
    let Company { seller, colleague, manager, accountant, .. } = &company;
    let stages = stages(&administrator).await;

    let lead = seller
        .rest
        .post("/v1/leads", lead("华新机械制造有限公司", "陈伟", "chen@huaxin.example.com"))
        .await
        .ok();
    assert_eq!((&lead["status"], &lead["owner_id"]), (&json!("LEAD_STATUS_NEW"), &json!(seller.id)));
    let path = format!("/v1/leads/{}", text(&lead["id"]));
    colleague.rest.get(&path).await.refused(404, "NOT_FOUND");
    accountant.rest.get(&path).await.refused(403, "PERMISSION_DENIED");
    let again = json!({ "lead": { "company": "华新机械制造", "email": "CHEN@huaxin.example.com" } });
    let duplicates = seller.rest.post("/v1/leads:findDuplicates", again.clone()).await.ok();
    assert_eq!(duplicates["duplicates"][0]["id"], lead["id"]);
    let duplicates = colleague.rest.post("/v1/leads:findDuplicates", again).await.ok();
    assert_eq!(duplicates["duplicates"], json!([]));

    for verb in ["work", "qualify"] {
        seller.rest.post(&format!("{path}/{verb}"), json!({})).await.ok();
    }
    let deal = json!({ "amount_minor": "5000000", "currency": "CNY", "opportunity_name": "Lathe" });
    let converted = seller.rest.post(&format!("{path}/convert"), deal.clone()).await.ok();
    assert_eq!(converted["lead"]["status"], "LEAD_STATUS_CONVERTED");
    assert_eq!(
        seller.rest.post(&format!("{path}/convert"), deal).await.ok()["account_id"],
        converted["account_id"]
    );
    let account = seller.rest.get(&format!("/v1/accounts/{}", text(&converted["account_id"]))).await.ok();
    assert_eq!(account["name"], "华新机械制造有限公司");
    let contact = seller.rest.get(&format!("/v1/contacts/{}", text(&converted["contact_id"]))).await.ok();
    assert_eq!(contact["accounts"][0]["account_id"], account["id"]);

    let id = text(&converted["opportunity_id"]);
    let path = format!("/v1/opportunities/{id}");
    let opportunity = eventually("the account's name to arrive", async || {
        let opportunity = seller.rest.get(&path).await.ok();
        (opportunity["account_name"] == account["name"]).then_some(opportunity)
    })
    .await;
    assert_eq!(opportunity["lead_id"], lead["id"]);
    let theirs =
        json!({ "name": "Mill", "amount_minor": "700", "currency": "CNY", "account_id": account["id"] });
    let refused = colleague.rest.post("/v1/opportunities", theirs).await.refused(400, "INVALID");
    assert_eq!(
        refused["violations"][0]["reason"], "ACCOUNT_UNKNOWN",
        "a colleague's account cannot be linked"
    );
    let theirs = json!({ "name": "Mill", "amount_minor": "700", "currency": "CNY" });
    colleague.rest.post("/v1/opportunities", theirs).await.ok();

    // A program moves it by gRPC, through every process that serves.
    let key = suite.key(&administrator, "Administrator").await;
    let mut client = OpportunitiesClient::new(suite.grpc("sales", &key).remove(0));
    let request =
        MoveOpportunityRequest { id: id.clone(), stage_id: stages[2].clone(), ..Default::default() };
    let moved = client.move_opportunity(request).await.unwrap().into_inner();
    assert_eq!((moved.probability, moved.weighted_amount_minor), (Some(50), 2_500_000));

    let seen = async |rest: &Rest| Seen::of(rest, &stages).await;
    assert_eq!(seen(&seller.rest).await, Seen::new(&["Lathe"], 5_000_000));
    assert_eq!(seen(&colleague.rest).await, Seen::new(&["Mill"], 700));
    assert_eq!(seen(&manager.rest).await, Seen::new(&["Lathe", "Mill"], 5_000_700));
    accountant.rest.get("/v1/opportunities").await.refused(403, "PERMISSION_DENIED");
    accountant.rest.get("/v1/opportunities:board").await.refused(403, "PERMISSION_DENIED");

    colleague.rest.post(&format!("{path}/win"), json!({})).await.refused(404, "NOT_FOUND");
    seller.rest.post(&format!("{path}/win"), json!({})).await.ok();
    let won = client.get_opportunity(GetOpportunityRequest { id }).await.unwrap().into_inner();
    assert_eq!(won.status(), OpportunityStatus::Won);
    let closed = async |rest: &Rest| forecast(rest).await["total"]["closed"]["amount_minor"].clone();
    assert_eq!(closed(&seller.rest).await, "5000000");
    assert_eq!(closed(&manager.rest).await, "5000000");
    assert_eq!(closed(&colleague.rest).await, "0");
    let visits = seller.rest.get(&format!("{path}/stage-visits")).await.ok();
    let visits: Vec<_> =
        visits["stage_visits"].as_array().unwrap().iter().map(|visit| text(&visit["stage_id"])).collect();
    assert_eq!(visits, [&stages[4], &stages[2], &stages[0]].map(Clone::clone));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_processes_are_killed_a_lead_becomes_one_account_contact_and_opportunity() {
    const LEADS: usize = 24;
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    stages(&administrator).await;
    let program = suite.program(&suite.key(&administrator, "Administrator").await);
    let mut leads = Vec::new();
    for number in 0..LEADS {
        let email = format!("person-{number}@example.com");
        let lead = lead(&format!("Company {number}"), &format!("Person {number}"), &email);
        leads.push(text(&program.post("/v1/leads", lead).await.ok()["id"]));
    }
    for service in ["customers", "sales"] {
        let converting: Vec<_> = leads
            .iter()
            .map(|lead| {
                let (program, path) = (program.clone(), format!("/v1/leads/{lead}/convert"));
                tokio::spawn(async move {
                    program.try_send(program.request(reqwest::Method::POST, &path).json(&json!({}))).await
                })
            })
            .collect();
        eventually("some conversions", async || (converted(&program).await? >= 3).then_some(())).await;
        suite.process(service).kill();
        join_all(converting).await;
        suite.resume(service).await;
    }
    // Whatever was not answered is asked for again.
    let mut made = BTreeMap::new();
    for lead in &leads {
        let path = format!("/v1/leads/{lead}/convert");
        let answer = eventually("the conversion to end", async || {
            let request = program.request(reqwest::Method::POST, &path).json(&json!({}));
            program.try_send(request).await.ok().filter(|answer| answer.status == 200)
        })
        .await
        .ok();
        let ids = ["account_id", "contact_id", "opportunity_id"].map(|field| text(&answer[field]));
        made.insert(lead.clone(), ids);
    }
    for (index, (path, field)) in
        [("/v1/accounts", "accounts"), ("/v1/contacts", "contacts"), ("/v1/opportunities", "opportunities")]
            .into_iter()
            .enumerate()
    {
        let kept = program.all(path, field, &[("page_size", "200")]).await;
        let mut kept: Vec<_> = kept.iter().map(|record| text(&record["id"])).collect();
        let mut expected: Vec<_> = made.values().map(|ids| ids[index].clone()).collect();
        kept.sort();
        expected.sort();
        assert_eq!(kept, expected, "{field}");
    }
}

/// How many leads are converted; none while nobody answers.
async fn converted(program: &Rest) -> Option<usize> {
    let request = program
        .request(reqwest::Method::GET, "/v1/leads:count")
        .query(&[("filter", "status=LEAD_STATUS_CONVERTED")]);
    let answer = program.try_send(request).await.ok().filter(|answer| answer.status == 200);
    text(&answer?.body["count"]).parse().ok()
}

/// What somebody sees of all opportunities, wherever they are shown.
#[derive(Debug, PartialEq)]
struct Seen {
    listed: Vec<String>,
    on_board: Vec<String>,
    found: Vec<String>,
    board: i64,
    report: i64,
    forecast: i64,
}

impl Seen {
    fn new(names: &[&str], amount: i64) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            listed: names.clone(),
            on_board: names.clone(),
            found: names,
            board: amount,
            report: amount,
            forecast: amount,
        }
    }

    async fn of(rest: &Rest, stages: &[String]) -> Self {
        let names = |records: &Value, field: &str| {
            let records = records.as_array().into_iter().flatten();
            let mut names: Vec<String> = records.map(|record| text(&record[field])).collect();
            names.sort();
            names
        };
        let amount = |value: &Value| text(value).parse::<i64>().unwrap_or_default();
        let board = rest.get("/v1/opportunities:board").await.ok();
        let columns = board["columns"].as_array().unwrap();
        assert_eq!(columns.len(), 4);
        assert_eq!(columns[0]["stage_id"], json!(stages[0]));
        let mut on_board: Vec<String> =
            columns.iter().flat_map(|column| names(&column["opportunities"], "name")).collect();
        on_board.sort();
        let mut found = Vec::new();
        for query in ["Lathe", "Mill"] {
            let hits = rest.find("/v1/search", &[("query", query)]).await.ok();
            let hits = hits["hits"].as_array().unwrap().clone();
            found.extend(
                hits.iter()
                    .filter(|hit| hit["resource"] == "sales.opportunity")
                    .map(|hit| text(&hit["title"])),
            );
        }
        let sums = columns.iter().flat_map(|column| column["amounts"].as_array().unwrap());
        let report = rest.get("/v1/reports/pipeline").await.ok();
        let total = &forecast(rest).await["total"];
        Self {
            listed: names(&rest.get("/v1/opportunities").await.ok()["opportunities"], "name"),
            on_board,
            found,
            board: sums.map(|sum| amount(&sum["amount_minor"])).sum(),
            report: amount(&report["total"]["amount_minor"]),
            forecast: ["pipeline", "best_case", "commit"]
                .map(|field| amount(&total[field]["amount_minor"]))
                .iter()
                .sum(),
        }
    }
}

/// What is expected until the end of the next year.
async fn forecast(rest: &Rest) -> Value {
    let now = text(&rest.get("/v1/organization").await.ok()["create_time"]);
    let (month, year) = (&now[..7], now[..4].parse::<u32>().unwrap());
    let end = format!("{}-12", year + 1);
    rest.find("/v1/reports/forecast", &[("start_month", month), ("end_month", &end)]).await.ok()
}

/// The stages of the pipeline that every organization begins with, once it is there.
pub(crate) async fn stages(rest: &Rest) -> Vec<String> {
    eventually("the first pipeline", async || {
        let pipelines = rest.get("/v1/pipelines").await.ok();
        let stages = pipelines["pipelines"].get(0)?["stages"].as_array()?.clone();
        Some(stages.iter().map(|stage| text(&stage["id"])).collect())
    })
    .await
}

fn lead(company: &str, name: &str, email: &str) -> Value {
    json!({
        "company": company,
        "name": name,
        "email": email,
        "phone": "021 6123 8888",
        "source": "SOURCE_WEB_SITE",
        "needs": "A lathe",
        "purchase_intention": "This year",
    })
}
