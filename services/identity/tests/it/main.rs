//! The identity service through its gRPC clients, on a real database.
