//! Every contract of the suite: messages, clients and servers generated from the protos, and their descriptors.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// The encoded descriptors of every proto, with options.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// The descriptors of every proto, decoded once.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the bytes are made by the build script")]
        DescriptorPool::decode(DESCRIPTORS).expect("the embedded descriptors are valid")
    });
    &POOL
}

/// The descriptors of every proto with their comments, decoded for whoever writes documents from them: the comments take
/// more memory than all else.
pub fn described() -> DescriptorPool {
    #[expect(clippy::expect_used, reason = "the bytes are made by the build script")]
    DescriptorPool::decode(&include_bytes!(concat!(env!("OUT_DIR"), "/described.binpb"))[..])
        .expect("the embedded descriptors are valid")
}

/// Who calls and what a method demands.
pub mod access {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.access.v1");
    }
}

/// What people say about records.
pub mod comment {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.comment.v1");
    }
}

/// What happened to records.
pub mod feed {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.feed.v1");
    }
}

/// From the first lead to the won opportunity.
pub mod sales {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.sales.v1");
    }
}

/// Search over every kind of record.
pub mod search {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.search.v1");
    }
}

/// Organizations, users, departments, roles, sessions and API keys.
pub mod identity {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.identity.v1");
    }
}

/// Accounts and contacts.
pub mod customers {
    /// Version 1.
    #[allow(
        missing_docs,
        clippy::all,
        clippy::unwrap_used,
        clippy::allow_attributes_without_reason,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("crm.customers.v1");
    }
}
