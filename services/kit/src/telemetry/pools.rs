//! What is measured when somebody looks: connections, files, space.

use std::path::{Path, PathBuf};

use sea_orm::{DatabaseConnection, DbBackend};
use sqlx::{Database, Pool};

use super::metrics::{set_connections, set_disk, set_file_bytes};
use crate::db::Db;

/// Measures the connections of a database and, if it is a file, its size.
pub fn observe_database(db: &Db) {
    let service = db.service();
    match db.backend() {
        DbBackend::Sqlite => {
            observe_pool(service, "reader", db.connection().get_sqlite_connection_pool());
            observe_pool(service, "writer", db.writer().get_sqlite_connection_pool());
            set_file_bytes(service, files(db.connection()).iter().map(|file| size(file)).sum());
        }
        DbBackend::Postgres => {
            observe_pool(service, "all", db.connection().get_postgres_connection_pool());
        }
        _ => {}
    }
}

fn observe_pool<D: Database>(database: &str, name: &str, pool: &Pool<D>) {
    let (open, idle) = (i64::from(pool.size()), i64::try_from(pool.num_idle()).unwrap_or(i64::MAX));
    let limit = i64::from(pool.options().get_max_connections());
    // The two are read one after the other, so for a moment they may not fit together.
    set_connections(database, name, (open - idle).max(0), idle, limit);
}

/// The file of an embedded database and those that SQLite keeps beside it.
fn files(connection: &DatabaseConnection) -> Vec<PathBuf> {
    let options = connection.get_sqlite_connection_pool().connect_options();
    let file = options.get_filename().to_path_buf();
    ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", file.display()))).to_vec()
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map(|metadata| metadata.len()).unwrap_or_default()
}

/// Measures the disk that holds a directory.
pub fn observe_disk(directory: &Path) {
    // A directory that is not there needs no space: an installation on Postgres may have none.
    if let Ok(disk) = rustix::fs::statvfs(directory) {
        set_disk(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
    }
}
