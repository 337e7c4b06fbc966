//! The suite in the topology that is measured.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use crm_tests::{Certificates, Process, SERVER_NAME};
use serde::{Deserialize, Serialize};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::servers::{Servers, free_port};

/// How the suite is divided among processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Everything in one process.
    OneProcess,
    /// A process for each service, and one for the gateway.
    Services,
}

/// Which database keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// Files of the process.
    Sqlite,
    /// PostgreSQL, with Redis as the cache.
    Postgres,
}

/// The services that have a database.
pub const SERVICES: [&str; 3] = ["identity", "customers", "sales"];

/// A suite that serves until it is dropped.
pub struct Suite {
    nodes: Vec<Node>,
    settings: Vec<(String, String)>,
    directory: PathBuf,
    certificates: Option<Certificates>,
    /// How long each start took until the suite was ready.
    pub start: Duration,
}

struct Node {
    name: &'static str,
    services: Vec<&'static str>,
    gateway_port: u16,
    grpc_port: u16,
    admin_port: u16,
    process: Option<Process>,
}

impl Suite {
    /// What every command of the executable is told.
    pub fn settings(directory: &Path, servers: Option<&Servers>) -> Vec<(String, String)> {
        let mut settings = vec![
            ("CRM__DATABASE__DATA_DIRECTORY".to_owned(), directory.join("data").display().to_string()),
            ("CRM__LOG__FILTER".to_owned(), "warn".to_owned()),
            ("CRM__SERVER__DRAIN_SECONDS".to_owned(), "0".to_owned()),
        ];
        // The limits protect against callers who behave as this test does.
        for limit in [
            "LIMITS__PER_CALLER",
            "LIMITS__PER_ADDRESS",
            "SECURITY__SIGN_IN_PER_ADDRESS",
            "SECURITY__SIGN_IN_PER_ACCOUNT",
        ] {
            settings.push((format!("CRM__{limit}__BURST"), "1000000000".to_owned()));
        }
        if let Some(servers) = servers {
            settings.push(("CRM__DATABASE__URL".to_owned(), servers.url("crm_{service}")));
            settings.push(("CRM__CACHE__URL".to_owned(), servers.redis_url()));
            let key = "1:a2V5cyBvZiB0aGUgbG9hZCB0ZXN0LCBrbm93biB0byBhbGw=";
            settings.push(("CRM__SECURITY__CLUSTER_KEYS".to_owned(), key.to_owned()));
            let key = "1:a2V5IG9mIHRoZSBsb2FkIHRlc3QsIGtub3duIHRvIGE=";
            settings.push(("CRM__SECURITY__MASTER_KEYS".to_owned(), key.to_owned()));
        }
        settings
    }

    /// Starts a suite on the data of a directory and waits until it is ready.
    pub async fn start(topology: Topology, directory: &Path, servers: Option<&Servers>) -> Result<Self> {
        Self::start_with(topology, directory, servers, Self::settings(directory, servers)).await
    }

    /// Does the same with other settings.
    pub async fn start_with(
        topology: Topology,
        directory: &Path,
        servers: Option<&Servers>,
        mut settings: Vec<(String, String)>,
    ) -> Result<Self> {
        let nodes = match topology {
            Topology::OneProcess => {
                vec![Node::new("crm", [&SERVICES[..], &["gateway"]].concat())?]
            }
            Topology::Services => {
                ensure!(servers.is_some(), "services in processes of their own need PostgreSQL");
                let names = SERVICES.iter().chain(&["gateway"]);
                names.map(|name| Node::new(name, vec![name])).collect::<Result<_>>()?
            }
        };
        let mut certificates = None;
        if topology == Topology::Services {
            for node in nodes.iter().filter(|node| node.name != "gateway") {
                let url = format!("https://{SERVER_NAME}:{}", node.grpc_port);
                settings.push((format!("CRM__SERVICES__{}", node.name.to_uppercase()), url));
            }
            // As on Kubernetes: services prove to one another who they are; people's TLS ends before the gateway.
            let files = certificates.insert(Certificates::new(directory));
            for (name, file) in
                [("CERTIFICATE", &files.certificate), ("KEY", &files.key), ("CA", &files.authority)]
            {
                settings.push((format!("CRM__TLS__INTERNAL__{name}"), file.display().to_string()));
            }
            settings.push(("CRM__TLS__INTERNAL__SERVER_NAME".to_owned(), SERVER_NAME.to_owned()));
        }
        let (directory, start) = (directory.to_owned(), Duration::default());
        let mut suite = Self { nodes, settings, directory, certificates, start };
        let begun = Instant::now();
        for index in 0..suite.nodes.len() {
            suite.serve(index)?;
        }
        for node in &mut suite.nodes {
            node.ready().await?;
        }
        suite.start = begun.elapsed();
        Ok(suite)
    }

    fn serve(&mut self, index: usize) -> Result<()> {
        let node = &self.nodes[index];
        let mut command = command(&self.settings, &self.directory)?;
        command.arg("serve");
        if self.nodes.len() > 1 {
            command.args(["--services", &node.services.join(",")]);
        }
        let address = |port: u16| format!("127.0.0.1:{port}");
        command.env("CRM__SERVER__GATEWAY_ADDRESS", address(node.gateway_port));
        command.env("CRM__SERVER__PUBLIC_URL", format!("http://{}", address(node.gateway_port)));
        command.env("CRM__SERVER__GRPC_ADDRESS", address(node.grpc_port));
        command.env("CRM__SERVER__ADMIN_ADDRESS", address(node.admin_port));
        for service in node.services.iter().filter(|service| **service != "gateway") {
            command.env(format!("CRM__SERVICES__{}", service.to_uppercase()), "");
        }
        let process = Process::start(node.name, &mut command, &self.directory);
        self.nodes[index].process = Some(process);
        Ok(())
    }

    /// Where REST is answered.
    pub fn gateway(&self) -> Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], self.node("gateway")?.gateway_port)))
    }

    /// What the generated clients of a service call through.
    pub fn grpc(&self, service: &str) -> Result<Channel> {
        channel(self.node(service)?.grpc_port, self.certificates.as_ref())
    }

    /// The certificates of its processes; none for a single one.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    fn node(&self, service: &str) -> Result<&Node> {
        let node = self.nodes.iter().find(|node| node.services.contains(&service));
        node.with_context(|| format!("nothing serves {service}"))
    }

    /// Where each process answers operators.
    pub fn admins(&self) -> impl Iterator<Item = SocketAddr> {
        self.nodes.iter().map(|node| SocketAddr::from(([127, 0, 0, 1], node.admin_port)))
    }

    /// The numbers of the processes by name.
    pub fn processes(&self) -> Vec<(String, u32)> {
        let running = self.nodes.iter().filter_map(|node| Some((node.name, node.process.as_ref()?.id())));
        running.map(|(name, id)| (name.to_owned(), id)).collect()
    }

    /// The rest of the line that a process prints with this beginning; the last one if there are several.
    pub fn line(&self, beginning: &str) -> Option<String> {
        let processes = self.nodes.iter().filter_map(|node| node.process.as_ref());
        processes.filter_map(|process| last_line(&process.output(), beginning)).next_back()
    }

    /// Ends every process in order.
    pub async fn stop(mut self) -> Result<()> {
        for node in &mut self.nodes {
            if let Some(mut process) = node.process.take() {
                ensure!(process.terminate().await, "{} ended badly: {}", node.name, process.output());
            }
        }
        Ok(())
    }
}

impl Node {
    fn new(name: &'static str, services: Vec<&'static str>) -> Result<Self> {
        let (gateway_port, grpc_port, admin_port) = (free_port()?, free_port()?, free_port()?);
        Ok(Self { name, services, gateway_port, grpc_port, admin_port, process: None })
    }

    async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut admin = crate::http::Http::new(SocketAddr::from(([127, 0, 0, 1], self.admin_port)));
        loop {
            let answer = admin.send(http::Method::GET, "/readyz", None).await;
            if answer.is_ok_and(|answer| answer.status.is_success()) {
                return Ok(());
            }
            if let Some(process) = &mut self.process {
                process.demand_running();
            }
            if Instant::now() > deadline {
                bail!("{} did not become ready", self.name);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// The rest of the last line with this beginning.
pub fn last_line(output: &str, beginning: &str) -> Option<String> {
    output.lines().rev().find_map(|line| line.strip_prefix(beginning)).map(|rest| rest.trim().to_owned())
}

/// One connection of HTTP/2 to a port, opened when it is used; with certificates both sides show theirs.
pub fn channel(port: u16, certificates: Option<&Certificates>) -> Result<Channel> {
    let Some(files) = certificates else {
        let plain = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?;
        return Ok(plain.tcp_nodelay(true).connect_lazy());
    };
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(std::fs::read(&files.authority)?))
        .identity(Identity::from_pem(std::fs::read(&files.certificate)?, std::fs::read(&files.key)?))
        .domain_name(SERVER_NAME);
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{port}"))?;
    Ok(endpoint.tls_config(tls)?.tcp_nodelay(true).connect_lazy())
}

/// Brings the databases of a directory to the schema of the executable.
pub fn migrate(directory: &Path, servers: Option<&Servers>) -> Result<()> {
    let mut command = command(&Suite::settings(directory, servers), directory)?;
    let output = command.arg("migrate").output()?;
    ensure!(output.status.success(), "crm migrate failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The executable with settings, in a directory.
pub fn command(settings: &[(String, String)], directory: &Path) -> Result<Command> {
    let mut command = Command::new(executable()?);
    command.current_dir(directory).envs(settings.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

/// The built suite: the one that `CRM_BINARY` names, or the one beside this program.
#[expect(clippy::disallowed_methods, reason = "lets a run measure an executable that was built elsewhere")]
pub fn executable() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CRM_BINARY") {
        return Ok(path.into());
    }
    beside("crm").context("build the suite first: cargo build --profile dist --package crm")
}

/// The executable of a name that was built with this program.
pub(crate) fn beside(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    // Tests are built one directory deeper.
    let mut places = this.ancestors().skip(1).take(2).map(|directory| directory.join(name));
    places.find(|path| path.is_file()).with_context(|| format!("there is no {name} beside this program"))
}
