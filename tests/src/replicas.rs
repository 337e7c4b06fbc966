//! Two processes of every service and of the gateway, found as on Kubernetes: each has an address of its own, a name
//! leads to those that are ready, and a balancer sends requests to them only.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::namespace::{prepare_names, with_names_in, write_names};
use crate::node::{Node, free_port};
use crate::{Grpc, Process, Rest, Suite, eventually};

const SERVICES: [&str; 4] = ["identity", "customers", "sales", "gateway"];
/// How often readiness is asked, how long an answer may take, and how many must be missed in a row: a busy machine misses
/// some.
const PROBE: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(6);
const MISSED: usize = 3;

/// What a replicated suite knows besides its processes.
pub(crate) struct Replicas {
    balancer: Balancer,
    ports: Vec<[u16; 3]>,
    started: u8,
    /// Processes that have ended, for their output.
    retired: Vec<Process>,
    key: String,
}

impl Replicas {
    /// Wraps a command so that it finds those that are ready by the names of their services.
    pub(crate) fn with_names(&self, command: &Command) -> Command {
        with_names_in(&self.balancer.0.directory, command)
    }

    /// Whether a process is found by the name of its service.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.balancer.is_ready(name)
    }
}

/// Sends to replicas that are ready, each in its turn. Cheap to clone.
#[derive(Clone)]
pub struct Balancer(Arc<Shared>);

struct Shared {
    targets: Mutex<Vec<Target>>,
    turn: AtomicUsize,
    /// Where the names are.
    directory: PathBuf,
}

/// A replica and the ways to it.
#[derive(Clone)]
pub struct Target {
    /// The name of the process.
    pub name: String,
    /// Its REST, if it is a gateway.
    pub rest: Rest,
    /// Its gRPC, if it is a service.
    pub grpc: Grpc,
    service: &'static str,
    host: String,
    ready: bool,
}

impl Balancer {
    /// A ready replica of a service, if possible another one than was tried before.
    pub fn choose(&self, service: &str, tried: &[String]) -> Option<Target> {
        let targets = self.targets();
        let ready: Vec<_> =
            targets.iter().filter(|target| target.service == service && target.ready).collect();
        let fresh: Vec<_> = ready.iter().copied().filter(|target| !tried.contains(&target.name)).collect();
        let candidates = if fresh.is_empty() { ready } else { fresh };
        let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
        candidates.get(turn % candidates.len().max(1)).map(|target| (*target).clone())
    }

    /// How many replicas of a service are ready.
    pub fn ready(&self, service: &str) -> usize {
        self.targets().iter().filter(|target| target.service == service && target.ready).count()
    }

    /// Whether a replica is ready.
    fn is_ready(&self, name: &str) -> bool {
        self.targets().iter().any(|target| target.name == name && target.ready)
    }

    fn targets(&self) -> MutexGuard<'_, Vec<Target>> {
        self.0.targets.lock().expect("nobody panics with the lock")
    }

    fn forget(&self, name: &str) {
        let mut targets = self.targets();
        targets.retain(|target| target.name != name);
        self.publish(&targets);
    }

    /// Writes down which addresses the names lead to.
    fn publish(&self, targets: &[Target]) {
        let ready = targets.iter().filter(|target| target.ready);
        let lines: String =
            ready.map(|target| format!("{} {}.crm.test\n", target.host, target.service)).collect();
        write_names(&self.0.directory, &lines);
    }

    /// Asks a replica whether it is ready until it is forgotten.
    async fn probe(self, name: String, url: String) {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client can be made");
        let mut missed = MISSED;
        loop {
            let answered = http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success());
            missed = if answered { 0 } else { missed + 1 };
            let ready = missed < MISSED;
            {
                let mut targets = self.targets();
                let Some(target) = targets.iter_mut().find(|target| target.name == name) else { return };
                if target.ready != ready {
                    target.ready = ready;
                    self.publish(&targets);
                }
            }
            tokio::time::sleep(PROBE).await;
        }
    }
}

impl Suite {
    /// Starts a suite with two processes of every service and of the gateway on these servers.
    pub async fn replicated(postgres: &str, redis: &str, settings: &[(&str, &str)]) -> Self {
        Self::replicated_with(postgres, redis, settings, &[]).await
    }

    /// Does the same with settings of some services alone, `("customers", "CRM__…", "…")`, in which `{database}` stands
    /// for what the names of the databases begin with.
    pub async fn replicated_with(
        postgres: &str,
        redis: &str,
        settings: &[(&str, &str)],
        own: &[(&str, &str, &str)],
    ) -> Self {
        let mut suite = Self::new().await;
        suite.on_servers(postgres, redis);
        // A machine that is busy with other things is no reason to refuse a request.
        suite.set("CRM__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "60");
        suite.set("CRM__LIMITS__REQUEST_TIMEOUT_SECONDS", "60");
        let directory = suite.directory().join("names");
        prepare_names(&directory);
        let ports = SERVICES.map(|_| [free_port(), free_port(), free_port()]).to_vec();
        for (service, [_, grpc, _]) in
            SERVICES.iter().zip(&ports).filter(|(service, _)| **service != "gateway")
        {
            let url = format!("https://{service}.crm.test:{grpc}");
            suite.set(&format!("CRM__SERVICES__{}", service.to_uppercase()), &url);
        }
        let shared = Shared { targets: Mutex::default(), turn: AtomicUsize::new(0), directory };
        let balancer = Balancer(Arc::new(shared));
        suite.replicas =
            Some(Replicas { balancer, ports, started: 0, retired: Vec::new(), key: String::new() });
        for service in SERVICES.iter().flat_map(|service| [service, service]) {
            let index = suite.plan(service);
            let own = own.iter().filter(|(of, _, _)| of == service);
            suite.nodes[index].environment = own
                .map(|(_, name, value)| {
                    ((*name).to_owned(), value.replace("{database}", suite.database_name()))
                })
                .collect();
        }
        suite.begin(settings).await;
        suite
    }

    /// The balancer, whose requests carry an API key.
    pub fn balancer(&mut self, key: &str) -> Balancer {
        let replicas = self.replicas.as_mut().expect("the suite is replicated");
        key.clone_into(&mut replicas.key);
        let balancer = replicas.balancer.clone();
        let targets: Vec<_> = self.nodes.iter().map(|node| self.target(node)).collect();
        for target in targets {
            if let Some(known) = balancer.targets().iter_mut().find(|known| known.name == target.name) {
                (known.rest, known.grpc) = (target.rest, target.grpc);
            }
        }
        balancer
    }

    /// The names of the processes of a service.
    pub fn replicas_of(&self, service: &str) -> Vec<String> {
        let nodes = self.nodes.iter().filter(|node| node.services.contains(&service));
        nodes.map(|node| node.name.clone()).collect()
    }

    /// A process by its name.
    pub fn replica(&mut self, name: &str) -> &mut Process {
        let index = self.index_named(name);
        self.nodes[index].process.as_mut().expect("it runs")
    }

    /// Starts a process again at its address and waits until it is ready.
    pub async fn restart(&mut self, name: &str) {
        let index = self.index_named(name);
        self.serve(index);
        self.ready(index).await;
    }

    /// Replaces one process of each of these services, as their Deployments do at the same time: a new one starts at a new
    /// address, and when it is ready the oldest stops.
    pub async fn replace_one_of_each(&mut self, services: &[&str]) {
        let balancer = self.replicas.as_ref().expect("the suite is replicated").balancer.clone();
        let mut pairs = Vec::new();
        for service in services {
            let old = self.replicas_of(service).remove(0);
            let index = self.index_named(&old);
            let new = self.plan(self.nodes[index].services[0]);
            self.nodes[new].environment = self.nodes[index].environment.clone();
            self.serve(new);
            pairs.push((old, self.nodes[new].name.clone()));
        }
        for (old, new) in &pairs {
            eventually(&format!("{new} to be ready"), async || {
                self.replica(new).demand_running();
                balancer.is_ready(new).then_some(())
            })
            .await;
            // A pod that is to end is no longer found, and learns of it at the same time.
            balancer.forget(old);
            self.replica(old).signal("TERM");
        }
        for (old, _) in pairs {
            assert!(self.replica(&old).ended_well().await, "{old} did not end well");
            let index = self.index_named(&old);
            let retired = self.nodes.remove(index).process;
            self.replicas.as_mut().expect("the suite is replicated").retired.extend(retired);
        }
    }

    /// Fails if a process has ended.
    pub fn demand_all_running(&mut self) {
        self.nodes.iter_mut().filter_map(|node| node.process.as_mut()).for_each(Process::demand_running);
    }

    /// Adds a process that is not started yet.
    fn plan(&mut self, service: &'static str) -> usize {
        let position = SERVICES.iter().position(|known| *known == service).expect("it is a service");
        let replicas = self.replicas.as_mut().expect("the suite is replicated");
        replicas.started += 1;
        let (number, ports) = (replicas.started, replicas.ports[position]);
        let host = format!("127.0.0.{}", number + 1);
        let url = format!("http://{host}:{}/readyz", ports[2]);
        let balancer = replicas.balancer.clone();
        let node = Node::at(&host, ports, &format!("{service}-{number}"), &[service]);
        balancer.targets().push(self.target(&node));
        tokio::spawn(balancer.probe(node.name.clone(), url));
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn target(&self, node: &Node) -> Target {
        let key = &self.replicas.as_ref().expect("the suite is replicated").key;
        let service = node.services[0];
        Target {
            name: node.name.clone(),
            rest: self.rest_at(&self.gateway_url(node), Some(key.clone())),
            grpc: self.grpc_at(&format!("{}:{}", node.host, node.grpc_port), service, key),
            service,
            host: node.host.clone(),
            ready: false,
        }
    }

    fn index_named(&self, name: &str) -> usize {
        let index = self.nodes.iter().position(|node| node.name == name);
        index.unwrap_or_else(|| panic!("there is no process {name}"))
    }
}
