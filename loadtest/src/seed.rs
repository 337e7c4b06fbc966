//! Fills databases once and keeps them, so that runs begin at once and on the same data.

mod gathering;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use crm_tests::Mailbox;
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::{Value, json};

use crate::data::{Data, Sample, User};
use crate::http::{Http, encode};
use crate::operation::good;
use crate::report::Setup;
use crate::servers::{Durability, Servers};
use crate::suite::{Database, SERVICES, Suite, Topology, command, last_line, migrate};

/// How many records of a kind requests choose among.
const SAMPLE: usize = 20_000;
/// What the administrator signs in with.
const PASSWORD: &str = "a dike along the yellow river";
/// Larger databases are used where they are: copying them takes longer than what a run adds to them is worth.
const LARGEST_COPY: u64 = 200_000;

/// How the users of a filled database divide, in percent, with the department that they lead or belong to.
const ROLES: [(&str, &[&str], usize); 5] = [
    ("Sales manager", &["销售部 Sales"], 30),
    (
        "Sales manager",
        &["华东区 Sales East", "华北区 Sales North", "华南区 Sales South", "国际部 International"],
        25,
    ),
    ("Sales representative", &["华东区 Sales East", "华北区 Sales North", "华南区 Sales South"], 30),
    ("Marketing", &[""], 10),
    ("Administrator", &[""], 5),
];

/// A database that a run may change.
pub struct Checkout {
    /// Where it is.
    pub directory: PathBuf,
    /// What it holds.
    pub data: Data,
    temporary: bool,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// The filled database of a setup; it is filled first if there is none.
pub async fn checkout(root: &Path, setup: &Setup, users: usize) -> Result<Checkout> {
    let database = if setup.database == Database::Sqlite { "sqlite" } else { "postgres" };
    let kept = root.join("data").join(format!("{database}-{}", setup.accounts));
    if !kept.join("data.json").exists() {
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir_all(&kept)?;
        fill(&kept, setup, users).await?;
    }
    let data = Data::load(&kept)?;
    if setup.accounts > LARGEST_COPY {
        // What is copied is in the memory of the machine afterwards; so is this then, as after a morning's work.
        read(&kept)?;
        return Ok(Checkout { directory: kept, data, temporary: false });
    }
    let directory = root.join(format!("work-{}-{database}-{}", std::process::id(), setup.accounts));
    let _ = fs::remove_dir_all(&directory);
    crm_tests::run(Command::new("cp").arg("-a").arg(&kept).arg(&directory));
    Ok(Checkout { directory, data, temporary: true })
}

/// Reads every file once but the log of PostgreSQL, which is not read at work either.
fn read(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "pg_wal" {
            read(&entry.path())?;
        } else if kind.is_file() {
            io::copy(&mut File::open(entry.path())?, &mut io::sink())?;
        }
    }
    Ok(())
}

async fn fill(directory: &Path, setup: &Setup, users: usize) -> Result<()> {
    let servers = match setup.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Servers::start(directory, Durability::Unsynced)?),
    };
    if let Some(servers) = &servers {
        for service in SERVICES {
            servers.query("postgres", &format!("create database crm_{service}"))?;
            servers.query(&format!("crm_{service}"), "create extension pg_stat_statements")?;
        }
    }
    let mailbox = Mailbox::start().await;
    let mut settings = vec![("CRM__MAIL__SMTP_URL".to_owned(), mailbox.url())];
    // Sorting into a search index what was gathered takes longer than any request may.
    settings.push(("CRM__DATABASE__STATEMENT_TIMEOUT_SECONDS".to_owned(), "3600".to_owned()));
    settings.extend(Suite::settings(directory, servers.as_ref()));
    let execute = |arguments: &[&str], output: &str| -> Result<String> {
        let file = directory.join(output);
        let mut command = command(&settings, directory)?;
        let status = command.args(arguments).stdout(File::create(&file)?).status()?;
        ensure!(status.success(), "crm {} failed", arguments.join(" "));
        Ok(fs::read_to_string(file)?)
    };
    if servers.is_some() {
        migrate(directory, servers.as_ref())?;
    }
    let begun = Instant::now();
    let demo = || execute(&["demo", "--count", &setup.accounts.to_string()], "demo.log");
    let told = match &servers {
        None => demo()?,
        Some(servers) => gathering::during(servers, demo)?,
    };
    let seconds = begun.elapsed().as_secs_f64();
    let first = |beginning: &str| last_line(&told, beginning).context("the demo printed no sign-in");
    let (email, password) = (first("Sign in as:")?, first("Password:")?);
    let of_people = "The company's users sign in with the password ";
    let people_password = last_line(&told, of_people).context("the demo printed no password")?;
    let people_password = people_password.split(',').next().unwrap_or_default().to_owned();

    let suite =
        Suite::start_with(Topology::OneProcess, directory, servers.as_ref(), settings.clone()).await?;
    let session = Http::new(suite.gateway()?).sign_in(&email, &password).await?;
    let mut administrator = Http::new(suite.gateway()?).with_session(session);
    let change = json!({ "current_password": password, "new_password": PASSWORD });
    post(&mut administrator, "/v1/me/password", &change).await?;
    let mut data = Data { accounts: setup.accounts, seconds, password: people_password, ..Data::default() };
    let departments = named(&mut administrator, "departments", "name").await?;
    data.people = named(&mut administrator, "users", "email").await?.into_keys().collect();
    data.people.retain(|known| *known != email && known.ends_with(".example"));
    let pipelines = get(&mut administrator, "/v1/pipelines").await?;
    let stages = pipelines["pipelines"][0]["stages"].as_array().cloned().unwrap_or_default();
    let open = stages.iter().filter(|stage| stage["type"] == "STAGE_TYPE_OPEN");
    data.stages = open.filter_map(|stage| stage["id"].as_str().map(str::to_owned)).collect();
    data.users = hire(&mut administrator, &departments, users).await?;
    join(&suite, &mailbox, &data).await?;
    own(&suite, &mut data.users).await?;
    let today = chrono::Local::now().date_naive();
    let month = |date: chrono::NaiveDate| date.format("%Y-%m").to_string();
    data.months = [month(today - chrono::Months::new(11)), month(today)];
    suite.stop().await?;

    let names: BTreeMap<String, String> = departments.into_iter().map(|(name, id)| (id, name)).collect();
    sample(&mut data, directory, servers.as_ref(), &names)?;
    if let Some(servers) = &servers {
        for service in SERVICES {
            servers.query(&format!("crm_{service}"), "vacuum analyze")?;
        }
        servers.query("postgres", "checkpoint")?;
    }
    data.save(directory)
}

/// Makes users with accounts and API keys of their own.
async fn hire(
    administrator: &mut Http,
    departments: &BTreeMap<String, String>,
    count: usize,
) -> Result<Vec<User>> {
    let roles = named(administrator, "roles", "name").await?;
    let mut users = Vec::with_capacity(count);
    for (group, (role, places, percent)) in ROLES.into_iter().enumerate() {
        for number in 0..(count * percent / 100).max(1) {
            let department = places[number % places.len()];
            let email = format!("person.{group}.{number}@load.example");
            let user = json!({
                "display_name": format!("{role} {number}"), "email": email,
                "role_ids": [roles.get(role).with_context(|| format!("no role {role}"))?],
                "department_id": departments.get(department).cloned().unwrap_or_default(),
            });
            let user = post(administrator, "/v1/users", &user).await?;
            let key = json!({ "user_id": user["id"], "name": "load test" });
            let key = post(administrator, "/v1/api-keys", &key).await?;
            let key = key["secret"].as_str().context("a key has a secret")?.to_owned();
            users.push(User {
                email,
                key,
                role: role.to_owned(),
                department: if places.len() > 1 { department.to_owned() } else { String::new() },
                own_accounts: Vec::new(),
            });
        }
    }
    Ok(users)
}

/// Accepts the mailed invitations.
async fn join(suite: &Suite, mailbox: &Mailbox, data: &Data) -> Result<()> {
    let gateway = suite.gateway()?;
    let accept = |user: &User| {
        let email = user.email.clone();
        async move {
            let token = mailbox.token(&email).await;
            let body = json!({ "token": token, "password": data.password });
            post(&mut Http::new(gateway), "/v1/users:activate", &body).await.map(drop)
        }
    };
    stream::iter(data.users.iter().map(accept)).buffer_unordered(8).try_collect().await
}

/// Gives something to those who reach only what they own.
async fn own(suite: &Suite, users: &mut [User]) -> Result<()> {
    for user in users.iter_mut().filter(|user| user.role == "Sales representative") {
        let mut http = Http::new(suite.gateway()?).with_key(&user.key)?;
        for number in 0..5 {
            let body = json!({ "name": format!("客户{number}有限公司"), "grade": "ACCOUNT_GRADE_C" });
            let account = post(&mut http, "/v1/accounts", &body).await?;
            user.own_accounts.extend(account["id"].as_str().map(str::to_owned));
        }
    }
    Ok(())
}

async fn get(http: &mut Http, path: &str) -> Result<Value> {
    good(http.send(Method::GET, path, None).await?).with_context(|| path.to_owned())?.json()
}

async fn post(http: &mut Http, path: &str, body: &Value) -> Result<Value> {
    let answer = http.send(Method::POST, path, Some(Bytes::from(serde_json::to_vec(body)?))).await?;
    good(answer).with_context(|| path.to_owned())?.json()
}

/// The ids of a whole list by a field.
async fn named(http: &mut Http, list: &str, field: &str) -> Result<BTreeMap<String, String>> {
    let (mut found, mut token) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/v1/{list}?page_size=200&page_token={}", encode(&token));
        let page = get(http, &path).await?;
        for item in page[list].as_array().into_iter().flatten() {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            found.insert(text(field), text("id"));
        }
        token = page["next_page_token"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            return Ok(found);
        }
    }
}

/// Counts the records and keeps some of them, drawn by chance: pages of a list would be neighbours on disk.
fn sample(
    data: &mut Data,
    directory: &Path,
    servers: Option<&Servers>,
    departments: &BTreeMap<String, String>,
) -> Result<()> {
    let ask = |service: &str, statement: &str| match servers {
        Some(servers) => servers.query(&format!("crm_{service}"), statement),
        None => sqlite(&directory.join("data").join(format!("{service}.db")), statement),
    };
    for (service, table) in [
        ("customers", "accounts"),
        ("customers", "contacts"),
        ("sales", "opportunities"),
        ("customers", "changes"),
        ("sales", "changes"),
    ] {
        let count = ask(service, &format!("select count(*) from {table}"))?.trim().parse()?;
        data.counts.insert(format!("{service}.{table}"), count);
    }
    let drawn = |service: &str, columns: &str, from: &str| -> Result<Vec<Sample>> {
        let statement = format!(
            "select {columns} from {from} and department_id is not null order by random() limit {SAMPLE}"
        );
        Ok(ask(service, &statement)?.lines().map(|line| one(line, departments)).collect())
    };
    data.account_sample = drawn("customers", "id, department_id, ''", "accounts where delete_time is null")?;
    let words = "id, department_id, full_name, phones, emails";
    data.contact_sample = drawn("customers", words, "contacts where delete_time is null")?;
    let open = "opportunities where delete_time is null and status like '%OPEN'";
    data.opportunity_sample = drawn("sales", "id, department_id, ''", open)?;
    Ok(())
}

/// A row as a sample: the id, the department, and for contacts what each kind of search asks for.
fn one(line: &str, departments: &BTreeMap<String, String>) -> Sample {
    let mut columns = line.splitn(5, '|');
    let mut next = || columns.next().unwrap_or_default().to_owned();
    let (id, department) = (plain_id(&next()), plain_id(&next()));
    let (name, phones, emails) = (next(), next(), next());
    let chinese: String = name.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).take(2).collect();
    let of_list = |list: &str, field: &str| {
        let list: Value = serde_json::from_str(list).unwrap_or_default();
        list[0][field].as_str().unwrap_or_default().to_owned()
    };
    let digits: String = of_list(&phones, "number").chars().filter(char::is_ascii_digit).collect();
    let digits = digits.get(digits.len().saturating_sub(7)..).unwrap_or_default().to_owned();
    let email = of_list(&emails, "address");
    let part = email.split_once('.').map(|(_, rest)| rest.chars().take(12).collect()).unwrap_or_default();
    let words = vec![if chinese.chars().count() == 2 { chinese } else { String::new() }, digits, part];
    let department = departments.get(&department).cloned().unwrap_or_default();
    Sample { id, department, words }
}

/// An id as the API writes it; SQLite keeps bytes.
fn plain_id(text: &str) -> String {
    match [text.get(..8), text.get(8..12), text.get(12..16), text.get(16..20), text.get(20..32)] {
        [Some(one), Some(two), Some(three), Some(four), Some(five)] if text.len() == 32 => {
            [one, two, three, four, five].join("-")
        }
        _ => text.to_owned(),
    }
}

fn sqlite(file: &Path, statement: &str) -> Result<String> {
    let program = "import sqlite3, sys\n\
        with sqlite3.connect(sys.argv[1], timeout=30) as database:\n    \
        for row in database.execute(sys.argv[2]):\n        \
        print(*(part.hex() if isinstance(part, bytes) else part for part in row), sep='|')";
    let output = Command::new("python3").args(["-c", program]).arg(file).arg(statement).output()?;
    ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
