//! What is asked of the suite, and how its answers are checked.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use crm_protos::customers::v1::GetAccountRequest;
use http::{Method, StatusCode};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::data::{Sample, pick};
use crate::http::{Answer, encode};
use crate::worker::Worker;

/// Something that people do, as one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences are in Operation::sentence")]
pub enum Operation {
    Get,
    GrpcGet,
    ListAccounts,
    ListContacts,
    ListDeep,
    SearchChinese,
    SearchPhone,
    SearchEmail,
    FindEverywhere,
    Filter,
    FilterWithScope,
    Count,
    Board,
    Funnel,
    Dashboard,
    Create,
    Update,
    Move,
    SignIn,
    Export,
}

/// What those see who have nothing of their own to open.
const ACCOUNTS: &str = "/v1/accounts?page_size=50";
/// What those search for who know nothing that they would find.
const COMMON: &str = "客户";

/// Everything that is measured alone.
pub const ALL: [Operation; 20] = {
    use Operation::*;
    [
        Get,
        GrpcGet,
        ListAccounts,
        ListContacts,
        ListDeep,
        SearchChinese,
        SearchPhone,
        SearchEmail,
        FindEverywhere,
        Filter,
        FilterWithScope,
        Count,
        Board,
        Funnel,
        Dashboard,
        Create,
        Update,
        Move,
        SignIn,
        Export,
    ]
};

/// What must not grow with the data.
pub const READS: [Operation; 15] = {
    use Operation::*;
    [
        Get,
        GrpcGet,
        ListAccounts,
        ListContacts,
        ListDeep,
        SearchChinese,
        SearchPhone,
        SearchEmail,
        FindEverywhere,
        Filter,
        FilterWithScope,
        Count,
        Board,
        Funnel,
        Dashboard,
    ]
};

impl Operation {
    /// The name in reports.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What is done.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Get => "get one account",
            Self::GrpcGet => "get one account over gRPC, straight from the service",
            Self::ListAccounts => "the first page of 50 accounts",
            Self::ListContacts => "the first page of 50 contacts with the names of their accounts",
            Self::ListDeep => "page 1,000 of 10 accounts",
            Self::SearchChinese => "search contacts by two Chinese characters",
            Self::SearchPhone => "search contacts by seven digits of a telephone number",
            Self::SearchEmail => "search contacts by a part of an e-mail address",
            Self::FindEverywhere => "search everything by a name",
            Self::Filter => "filter accounts by grade and order by revenue",
            Self::FilterWithScope => "filter accounts within the departments of a manager",
            Self::Count => "count the accounts of a grade",
            Self::Board => "the board of opportunities",
            Self::Funnel => "the funnel of a year",
            Self::Dashboard => "the sales of a year by month",
            Self::Create => "create an account",
            Self::Update => "update an account",
            Self::Move => "move an opportunity on the board",
            Self::SignIn => "sign in with a password",
            Self::Export => "200 contacts as an export reads them",
        }
    }

    /// The floor that its throughput is compared with.
    pub fn floor(self) -> &'static str {
        match self {
            Self::GrpcGet => "grpc",
            Self::Create | Self::Update | Self::Move => "insert",
            Self::Export => "copy_out",
            _ => "http",
        }
    }
}

impl Worker {
    /// Does something and checks the answer.
    pub async fn perform(&mut self, operation: Operation) -> Result<()> {
        self.answered = 1;
        match operation {
            Operation::Get => self.get().await,
            Operation::GrpcGet => self.grpc_get().await,
            Operation::ListAccounts => self.list(ACCOUNTS, 1).await,
            Operation::ListContacts => self.list("/v1/contacts?page_size=50", 1).await,
            Operation::ListDeep => {
                let path = format!("/v1/accounts?page_size=10&page_token={}", encode(&self.deep_page));
                self.list(&path, 1).await
            }
            Operation::SearchChinese => self.search(0).await,
            Operation::SearchPhone => self.search(1).await,
            Operation::SearchEmail => self.search(2).await,
            Operation::FindEverywhere => {
                let word = self.word(0).unwrap_or_else(|| COMMON.to_owned());
                self.list(&format!("/v1/search?query={}", encode(&word)), 0).await
            }
            Operation::Filter | Operation::FilterWithScope => {
                let grade = ["A", "B", "C"].choose(&mut self.rng).copied().unwrap_or("A");
                let filter = encode(&format!("grade=ACCOUNT_GRADE_{grade}"));
                let path = format!("/v1/accounts?filter={filter}&order_by=annual_revenue%20desc");
                self.list(&path, 0).await
            }
            Operation::Count => self.count().await,
            Operation::Board => self.board().await,
            Operation::Funnel => self.report("funnel", "\"stages\"").await,
            Operation::Dashboard => self.report("sales", "\"months\"").await,
            Operation::Create => self.create().await.map(drop),
            Operation::Update => self.update().await,
            Operation::Move => self.step().await,
            Operation::SignIn => self.sign_in().await,
            Operation::Export => self.list("/v1/contacts?page_size=200", 1).await,
        }
    }

    /// An account that the user reaches.
    pub(crate) fn account(&mut self) -> Option<String> {
        if let Some(own) = self.user.own_accounts.choose(&mut self.rng) {
            return Some(own.clone());
        }
        let sample = pick(&self.data.account_sample, &self.user, &mut self.rng)?;
        Some(sample.id.clone())
    }

    async fn get(&mut self) -> Result<()> {
        let Some(id) = self.account() else { return self.list(ACCOUNTS, 0).await };
        self.read(&format!("/v1/accounts/{id}"), &id).await
    }

    async fn grpc_get(&mut self) -> Result<()> {
        let id = self.account().context("the user reaches no account")?;
        let mut request = tonic::Request::new(GetAccountRequest { id: id.clone() });
        request.metadata_mut().insert("authorization", self.bearer.clone());
        let client = self.grpc.as_mut().context("gRPC is not measured here")?;
        let account =
            client.get_account(request).await.map_err(|status| anyhow::anyhow!("{:?}", status.code()))?;
        ensure!(account.get_ref().id == id, "another account was answered");
        Ok(())
    }

    async fn read(&mut self, path: &str, part: &str) -> Result<()> {
        let answer = good(self.http.send(Method::GET, path, None).await?)?;
        let text = std::str::from_utf8(&answer.body)?;
        ensure!(text.contains(part), "the answer lacks {part}");
        Ok(())
    }

    /// Reads a list that has so many records at least, or says that it goes on.
    async fn list(&mut self, path: &str, fewest: usize) -> Result<()> {
        let answer = good(self.http.send(Method::GET, path, None).await?)?;
        let text = std::str::from_utf8(&answer.body)?;
        let reaches_all = self.user.own_accounts.is_empty();
        let found = text.matches("\"id\":\"").count();
        self.answered = found as u64;
        let goes_on = text.contains("\"next_page_token\":\"") && !text.contains("\"next_page_token\":\"\"");
        ensure!(found >= fewest || goes_on || !reaches_all, "the list is too short");
        Ok(())
    }

    fn word(&mut self, index: usize) -> Option<String> {
        let sample: &Sample = pick(&self.data.contact_sample, &self.user, &mut self.rng)?;
        sample.words.get(index).filter(|word| !word.is_empty()).cloned()
    }

    async fn search(&mut self, index: usize) -> Result<()> {
        let word = (0..20).find_map(|_| self.word(index));
        let fewest = usize::from(word.is_some());
        let word = word.unwrap_or_else(|| COMMON.to_owned());
        let path = format!("/v1/contacts?page_size=50&query={}", encode(&word));
        self.list(&path, fewest).await.with_context(|| format!("searching {word}"))
    }

    async fn board(&mut self) -> Result<()> {
        self.read("/v1/opportunities:board?page_size=20", "\"columns\"").await
    }

    async fn count(&mut self) -> Result<()> {
        let grade = ["A", "B", "C"].choose(&mut self.rng).copied().unwrap_or("A");
        let filter = encode(&format!("grade=ACCOUNT_GRADE_{grade}"));
        let path = format!("/v1/accounts:count?filter={filter}");
        let answer = good(self.http.send(Method::GET, &path, None).await?)?.json()?;
        // Proto's JSON writes long numbers as text.
        let count = answer["count"].as_str().context("the answer lacks a count")?;
        self.answered = count.parse()?;
        Ok(())
    }

    async fn report(&mut self, name: &str, part: &str) -> Result<()> {
        let [start, end] = &self.data.months;
        let path = format!("/v1/reports/{name}?start_month={start}&end_month={end}");
        self.read(&path, part).await
    }

    /// Creates an account and answers its id.
    pub async fn create(&mut self) -> Result<String> {
        let number: u32 = self.rng.random();
        let body = json!({
            "name": format!("上海测试{number}贸易有限公司"),
            "website": format!("https://www.load-{number}.example"),
            "industry": "软件",
            "grade": "ACCOUNT_GRADE_B",
            "phones": [{ "number": format!("+86138{:08}", number % 100_000_000), "type": "POINT_TYPE_WORK" }],
            "emails": [{ "address": format!("info@load-{number}.example"), "type": "POINT_TYPE_WORK" }],
            "billing_address": { "street": "浦东新区测试路1号", "city": "上海市", "country": "CN" },
            "tags": ["重点客户"],
        });
        let key = format!("{:032x}", self.rng.random::<u128>());
        let body = Some(Bytes::from(serde_json::to_vec(&body)?));
        let answer = self.http.send_with(Method::POST, "/v1/accounts", body, Some(&key)).await?;
        let created = good(answer)?.json()?;
        ensure!(
            created["name"].as_str().is_some_and(|name| name.contains(&number.to_string())),
            "another name"
        );
        created["id"].as_str().map(str::to_owned).context("an account without id")
    }

    async fn update(&mut self) -> Result<()> {
        let Some(id) = self.account() else { return self.list(ACCOUNTS, 0).await };
        let number: u32 = self.rng.random();
        let body = json!({ "description": format!("called {number}") });
        let answer = self.patch(&format!("/v1/accounts/{id}"), &body).await?;
        if answer.status == StatusCode::CONFLICT {
            // Two who work on one record: whoever is second is told so.
            return Ok(());
        }
        let updated = good(answer)?.json()?;
        ensure!(updated["description"] == body["description"], "the change is not in the answer");
        Ok(())
    }

    async fn patch(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.http.send(Method::PATCH, path, Some(Bytes::from(serde_json::to_vec(body)?))).await
    }

    async fn step(&mut self) -> Result<()> {
        let found = pick(&self.data.opportunity_sample, &self.user, &mut self.rng);
        let Some(id) = found.map(|found| found.id.clone()) else { return self.board().await };
        let stage = self.data.stages.choose(&mut self.rng).cloned().context("there are no stages")?;
        let body = Bytes::from(serde_json::to_vec(&json!({ "stage_id": stage }))?);
        let path = format!("/v1/opportunities/{id}/move");
        let answer = self.http.send(Method::POST, &path, Some(body)).await?;
        if answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        let moved = good(answer)?.json()?;
        ensure!(moved["stage_id"] == stage.as_str(), "it is in another stage");
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<()> {
        let email = self.data.people.choose(&mut self.rng).context("nobody has a password")?;
        let body = json!({ "email": email, "password": self.data.password });
        let body = Bytes::from(serde_json::to_vec(&body)?);
        let answer = good(self.http.send(Method::POST, "/v1/sessions", Some(body)).await?)?;
        ensure!(answer.headers.contains_key(http::header::SET_COOKIE), "no session was answered");
        Ok(())
    }
}

/// An answer that is no refusal; a refusal is told by its status and reason, so that errors can be counted by it.
pub(crate) fn good(answer: Answer) -> Result<Answer> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = problem["reason"].as_str().unwrap_or("no reason");
    bail!("{} {reason} {}", answer.status.as_u16(), problem["violations"])
}
