//! A running suite in the topology of this run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use tempfile::TempDir;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::certificates::{Certificates, SERVER_NAME};
use crate::grpc::Key;
use crate::namespace::on_small_disk;
use crate::node::Node;
use crate::replicas::Replicas;
use crate::{Grpc, Mailbox, Process, Rest, eventually, rest, run, servers};

/// What the administrator of every test signs in with after the forced change.
const PASSWORD: &str = "correct horse battery staple";

/// A suite that serves until it is dropped.
pub struct Suite {
    /// Where mail arrives.
    pub mailbox: Mailbox,
    // Dropped before the directory, which holds what they printed.
    pub(crate) nodes: Vec<Node>,
    directory: TempDir,
    settings: Vec<(String, String)>,
    certificates: Option<Certificates>,
    database: Option<String>,
    pub(crate) replicas: Option<Replicas>,
    small_disk: Option<&'static str>,
}

impl Suite {
    /// Starts a suite.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a suite with some settings of its own, such as `("CRM__CACHE__URL", "…")`.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut suite = Self::new().await;
        match servers() {
            None => suite.nodes.push(Node::new("crm", &["identity", "customers", "sales", "gateway"])),
            Some((postgres, redis)) => suite.separate(&postgres, &redis),
        }
        suite.begin(settings).await;
        suite
    }

    /// Starts a suite of one process on SQLite whose data is on a disk of a size, such as `64m`.
    pub async fn embedded_on_small_disk(size: &'static str, settings: &[(&str, &str)]) -> Self {
        let mut suite = Self::new().await;
        suite.nodes.push(Node::new("crm", &["identity", "customers", "sales", "gateway"]));
        suite.small_disk = Some(size);
        suite.begin(settings).await;
        suite
    }

    pub(crate) async fn new() -> Self {
        let mailbox = Mailbox::start().await;
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut suite = Self {
            mailbox,
            directory,
            settings: Vec::new(),
            nodes: Vec::new(),
            certificates: None,
            database: None,
            replicas: None,
            small_disk: None,
        };
        suite.set("CRM__MAIL__SMTP_URL", &suite.mailbox.url());
        suite.set("CRM__LIMITS__PER_CALLER__BURST", "1000000");
        suite.set("CRM__LIMITS__PER_ADDRESS__BURST", "1000000");
        suite.set("CRM__SECURITY__SIGN_IN_PER_ADDRESS__BURST", "1000000");
        suite.set("CRM__SERVER__DRAIN_SECONDS", "0");
        suite
    }

    /// Starts the processes and waits until they are ready.
    pub(crate) async fn begin(&mut self, settings: &[(&str, &str)]) {
        self.set("CRM__SERVER__PUBLIC_URL", &self.public_url());
        settings.iter().for_each(|(name, value)| self.set(name, value));
        if self.database.is_some() {
            run(&mut self.command(&["migrate"]));
        }
        // Gateways last: they look addresses up anew only after a while, and would know some of them until then.
        let (gateways, services): (Vec<_>, Vec<_>) =
            (0..self.nodes.len()).partition(|index| self.nodes[*index].services == ["gateway"]);
        for together in [services, gateways] {
            for index in &together {
                self.serve(*index);
            }
            for index in together {
                self.ready(index).await;
            }
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    fn separate(&mut self, postgres: &str, redis: &str) {
        self.on_servers(postgres, redis);
        self.nodes = vec![
            Node::new("identity", &["identity"]),
            Node::new("customers", &["customers"]),
            Node::new("sales", &["sales"]),
            Node::new("gateway", &["gateway"]),
            Node::new("second-customers", &["customers"]),
        ];
        for index in [0, 1, 2] {
            let url = format!("https://{SERVER_NAME}:{}", self.nodes[index].grpc_port);
            self.set(&format!("CRM__SERVICES__{}", self.nodes[index].name.to_uppercase()), &url);
        }
    }

    /// Settings for databases on a Postgres, a Redis and mutual TLS.
    pub(crate) fn on_servers(&mut self, postgres: &str, redis: &str) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("crm_{}_{number}", process::id());
        for service in ["identity", "customers", "sales"] {
            let create = format!("create database {name}_{service}");
            run(Command::new("psql").args([
                &format!("{postgres}/postgres"),
                "--quiet",
                "--command",
                &create,
            ]));
        }
        let database = format!("{postgres}/{name}_{{service}}");
        let certificates = Certificates::new(self.directory.path());
        self.set("CRM__DATABASE__URL", &database);
        self.set("CRM__DATABASE__MAX_CONNECTIONS", "8");
        // Tries to sign in are counted by address and account, which all tests have in common.
        self.set("CRM__CACHE__URL", &format!("{redis}/{}", number + 1));
        self.keys_in_files();
        for (section, prefix) in [("INTERNAL", "CRM__TLS__INTERNAL"), ("GATEWAY", "CRM__TLS__GATEWAY")] {
            self.set(&format!("{prefix}__CERTIFICATE"), &certificates.certificate.display().to_string());
            self.set(&format!("{prefix}__KEY"), &certificates.key.display().to_string());
            if section == "INTERNAL" {
                self.set(&format!("{prefix}__CA"), &certificates.authority.display().to_string());
                self.set(&format!("{prefix}__SERVER_NAME"), SERVER_NAME);
            }
        }
        self.database = Some(database);
        self.certificates = Some(certificates);
    }

    /// The executable with the suite's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(executable());
        command.current_dir(self.directory.path()).args(arguments);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the executable to its end, while the test goes on to receive mail.
    pub async fn execute(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output());
        output.await.expect("waiting does not fail").expect("the executable can be started")
    }

    pub(crate) fn serve(&mut self, index: usize) {
        let node = &self.nodes[index];
        let services = node.services.join(",");
        let mut arguments = vec!["serve"];
        if self.nodes.len() > 1 {
            arguments.extend(["--services", &services]);
        }
        let mut command = self.command(&arguments);
        command.envs(node.environment.iter().map(|(name, value)| (name, value)));
        let address = |port: u16| format!("{}:{port}", node.host);
        command.env("CRM__SERVER__GATEWAY_ADDRESS", address(node.gateway_port));
        command.env("CRM__SERVER__GRPC_ADDRESS", address(node.grpc_port));
        command.env("CRM__SERVER__ADMIN_ADDRESS", address(node.admin_port));
        // A service that runs in this process is not called over the network.
        for service in node.services.iter().filter(|service| **service != "gateway") {
            command.env(format!("CRM__SERVICES__{}", service.to_uppercase()), "");
        }
        if let Some(replicas) = &self.replicas {
            command = replicas.with_names(&command);
        }
        if let Some(size) = self.small_disk {
            let data = self.directory.path().join("data");
            fs::create_dir_all(&data).expect("the directory can be written");
            command = on_small_disk(size, &data, &command);
        }
        let process = Process::start(&node.name, &mut command, self.directory.path());
        self.nodes[index].process = Some(process);
    }

    pub(crate) async fn ready(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let url = format!("http://{}:{}/readyz", node.host, node.admin_port);
        eventually(&format!("{} to be ready", node.name), async || {
            node.process.as_mut()?.demand_running();
            reqwest::get(&url).await.ok()?.status().is_success().then_some(())
        })
        .await;
        let name = node.name.clone();
        if let Some(replicas) = &self.replicas {
            eventually(&format!("{name} to be found"), async || replicas.has(&name).then_some(())).await;
        }
    }

    fn index_of(&self, service: &str) -> usize {
        let index = self.nodes.iter().position(|node| node.services.contains(&service));
        index.unwrap_or_else(|| panic!("nothing serves {service}"))
    }

    /// The process of a service; of the whole suite when there is only one.
    pub fn process(&mut self, service: &str) -> &mut Process {
        let index = self.index_of(service);
        self.nodes[index].process.as_mut().expect("it runs")
    }

    /// Starts the process of a service again and waits until it is ready.
    pub async fn resume(&mut self, service: &str) {
        let index = self.index_of(service);
        self.serve(index);
        self.ready(index).await;
    }

    /// A browser that has not signed in.
    pub fn browser(&self) -> Rest {
        self.rest(None)
    }

    /// A program with an API key.
    pub fn program(&self, key: &str) -> Rest {
        self.rest(Some(key.to_owned()))
    }

    fn rest(&self, key: Option<String>) -> Rest {
        self.rest_at(&self.public_url(), key)
    }

    pub(crate) fn rest_at(&self, url: &str, key: Option<String>) -> Rest {
        let authority = self.certificates.as_ref().map(|files| read(&files.authority));
        Rest::new(url, authority.as_deref(), key)
    }

    /// Where people reach the suite.
    pub fn public_url(&self) -> String {
        self.gateway_url(&self.nodes[self.index_of("gateway")])
    }

    /// Where the first process of a service answers operators.
    pub fn admin_url(&self, service: &str) -> String {
        let node = &self.nodes[self.index_of(service)];
        format!("http://{}:{}", node.host, node.admin_port)
    }

    pub(crate) fn gateway_url(&self, node: &Node) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", node.host, node.gateway_port)
    }

    /// The gRPC addresses of the processes that run a service.
    pub fn grpc_addresses(&self, service: &str) -> Vec<String> {
        let nodes = self.nodes.iter().filter(|node| node.services.contains(&service));
        let host = |node: &Node| if node.host == "127.0.0.1" { SERVER_NAME } else { &node.host }.to_owned();
        nodes.map(|node| format!("{}:{}", host(node), node.grpc_port)).collect()
    }

    /// The authority, certificate and key that a gRPC client needs; none without TLS.
    pub fn certificate_files(&self) -> Option<[&Path; 3]> {
        self.certificates.as_ref().map(|files| [&*files.authority, &*files.certificate, &*files.key])
    }

    /// What the generated clients of a service call through, one for each process that runs it.
    pub fn grpc(&self, service: &str, key: &str) -> Vec<Grpc> {
        self.grpc_addresses(service).iter().map(|address| self.grpc_at(address, service, key)).collect()
    }

    pub(crate) fn grpc_at(&self, address: &str, service: &str, key: &str) -> Grpc {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{address}")).expect("it is an address");
        if let Some([authority, certificate, own_key]) = self.certificate_files() {
            let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(authority)));
            let tls = tls.identity(Identity::from_pem(read(certificate), read(own_key)));
            endpoint = endpoint.tls_config(tls).expect("the certificates are right");
        }
        Grpc::new(endpoint.connect_lazy(), Key::new(key, service))
    }

    /// The address and password that the first start printed.
    pub async fn first_sign_in(&mut self) -> (String, String) {
        let printed = eventually("the first sign-in to be printed", async || {
            let nodes = self.nodes.iter_mut().filter(|node| node.services.contains(&"identity"));
            let mut processes = nodes.filter_map(|node| node.process.as_mut());
            processes.find_map(|process| {
                process.demand_running();
                Some((process.find("Sign in as:")?, process.find("Password:")?))
            })
        });
        printed.await
    }

    /// The first administrator, signed in and with the password changed.
    pub async fn administrator(&mut self) -> Rest {
        let (email, password) = self.first_sign_in().await;
        let browser = self.browser();
        browser.sign_in(&email, &password).await.ok();
        let change = json!({ "current_password": password, "new_password": PASSWORD });
        browser.post("/v1/me/password", change).await.ok();
        browser
    }

    /// A new API key of a new program that has a role.
    pub async fn key(&self, administrator: &Rest, role: &str) -> String {
        self.user_and_key(administrator, role, "").await.1
    }

    /// The id and an API key of a new program that has a role and belongs to a department.
    pub async fn user_and_key(&self, administrator: &Rest, role: &str, department: &str) -> (String, String) {
        let role = crate::people::role(administrator, role).await;
        let user = json!({
            "display_name": "Program", "kind": "USER_KIND_SERVICE", "role_ids": [role], "department_id": department,
        });
        let user = administrator.post("/v1/users", user).await.ok();
        let key =
            administrator.post("/v1/api-keys", json!({ "user_id": user["id"], "name": "tests" })).await.ok();
        (rest::text(&user["id"]), rest::text(&key["secret"]))
    }

    /// Changes a service's database by hand, behind the suite's back; answers what the statement returned.
    pub fn alter(&self, service: &str, statement: &str) -> String {
        match &self.database {
            Some(url) => {
                let url = url.replace("{service}", service);
                run(Command::new("psql").args([
                    &url,
                    "--quiet",
                    "--tuples-only",
                    "--no-align",
                    "--command",
                    statement,
                ]))
            }
            None => {
                let file = self.directory.path().join("data").join(format!("{service}.db"));
                let program = "import sqlite3, sys\n\
                    with sqlite3.connect(sys.argv[1], timeout=30) as database:\n    \
                    for row in database.execute(sys.argv[2]): print(*row, sep='|')";
                run(Command::new("python3").args(["-c", program]).arg(file).arg(statement))
            }
        }
    }

    /// What the names of its databases on Postgres begin with.
    pub(crate) fn database_name(&self) -> &str {
        let name = self.database.as_deref().and_then(|url| url.rsplit_once('/'));
        name.map_or("", |(_, name)| name.trim_end_matches("_{service}"))
    }

    /// Where the suite and the test may keep files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// The built executable: the one that `CRM_BINARY` names, or the one beside this test.
#[expect(
    clippy::disallowed_methods,
    reason = "lets a test run against an executable that was built elsewhere"
)]
fn executable() -> PathBuf {
    if let Some(path) = std::env::var_os("CRM_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test knows where it is");
    let target = test.ancestors().nth(2).expect("tests are built into target/PROFILE/deps");
    let path = target.join("crm");
    assert!(path.exists(), "build {} first: cargo build --package crm", path.display());
    path
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file can be read")
}
