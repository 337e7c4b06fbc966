//! One process of a suite, and where it listens.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::Process;

/// One process of the suite.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) services: Vec<&'static str>,
    pub(crate) host: String,
    pub(crate) gateway_port: u16,
    pub(crate) grpc_port: u16,
    pub(crate) admin_port: u16,
    pub(crate) process: Option<Process>,
    /// Settings of its own.
    pub(crate) environment: Vec<(String, String)>,
}

impl Node {
    pub(crate) fn new(name: &str, services: &[&'static str]) -> Self {
        let ports = [free_port(), free_port(), free_port()];
        Self::at("127.0.0.1", ports, name, services)
    }

    pub(crate) fn at(host: &str, ports: [u16; 3], name: &str, services: &[&'static str]) -> Self {
        let [gateway_port, grpc_port, admin_port] = ports;
        let (name, host, services) = (name.to_owned(), host.to_owned(), services.to_vec());
        Self {
            name,
            services,
            host,
            gateway_port,
            grpc_port,
            admin_port,
            process: None,
            environment: Vec::new(),
        }
    }
}

/// A port that nothing else has taken; each is given once. The kernel hands out others for outgoing connections.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(process::id() % 90).expect("it is small") * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
