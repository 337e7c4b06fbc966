//! One file per proto service: RPC → rules and records → message.
