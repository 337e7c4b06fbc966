//! The data keys of the organizations: made on first use, kept wrapped by the master key.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryFilter, QueryOrder, Set};

use super::Db;
use crate::crypto::{DataKey, MasterKeys, Sealed};
use crate::error::{Error, Result};

/// The entity of the table `data_keys`.
pub(crate) mod entity {
    use super::*;

    /// A wrapped data key.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "data_keys")]
    pub struct Model {
        /// The id, by which sealed fields name it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The tenant; nil for the key of the logs.
        pub organization_id: Uuid,
        /// Its place among the keys of the organization; the highest seals.
        pub generation: i32,
        /// The key under a master key.
        pub wrapped: String,
        /// When it was made.
        pub create_time: ChronoDateTimeUtc,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Another process may make a new key; this one uses it after so long at the latest.
pub const FRESH: Duration = Duration::from_secs(5);

/// The keys that this process has unwrapped.
pub(super) struct DataKeys {
    master: MasterKeys,
    known: RwLock<HashMap<Uuid, Known>>,
}

/// When the keys of an organization were read, and the keys.
type Known = (Instant, Arc<Vec<DataKey>>);

/// Seals and opens the sensitive fields of one organization.
#[derive(Clone)]
pub struct Sealer {
    db: Db,
    organization: Uuid,
    /// By generation; never empty.
    keys: Arc<Vec<DataKey>>,
}

impl Sealer {
    /// Seals a field under the newest key. The place is `resource.field`.
    pub fn seal(&self, place: &str, plain: &str) -> Result<Sealed> {
        self.newest()?.seal(place, self.organization, plain)
    }

    /// Opens a sealed field.
    pub async fn open(&self, place: &str, sealed: &Sealed) -> Result<String> {
        let keys = match self.keys.iter().any(|key| key.id() == sealed.data_key_id()) {
            true => self.keys.clone(),
            // Another process has made a key since.
            false => self.db.0.keys.load(&self.db, self.organization).await?,
        };
        let key = keys.iter().find(|key| key.id() == sealed.data_key_id());
        key.ok_or_else(|| Error::internal("the data key of a sealed field is missing"))?.open(
            place,
            self.organization,
            sealed,
        )
    }

    /// What a field's exact value is found by, under every key that may have sealed it.
    pub fn indexes(&self, place: &str, plain: &str) -> Vec<String> {
        self.keys.iter().map(|key| key.blind_index(place, plain)).collect()
    }

    /// The newest key.
    pub(crate) fn newest(&self) -> Result<&DataKey> {
        self.keys.last().ok_or_else(|| Error::internal("an organization without data key"))
    }

    /// The first key, which stays.
    pub(crate) fn oldest(&self) -> Result<&DataKey> {
        self.keys.first().ok_or_else(|| Error::internal("an organization without data key"))
    }
}

impl DataKeys {
    pub(super) fn new(master: MasterKeys) -> Self {
        Self { master, known: RwLock::default() }
    }

    pub(super) async fn sealer(&self, db: &Db, organization: Uuid) -> Result<Sealer> {
        let known = self.known.read().ok().and_then(|known| known.get(&organization).cloned());
        let mut keys = match known {
            Some((loaded, keys)) if loaded.elapsed() < FRESH => keys,
            _ => self.load(db, organization).await?,
        };
        if keys.is_empty() {
            self.add(db, organization, 0).await?;
            keys = self.load(db, organization).await?;
        }
        Ok(Sealer { db: db.clone(), organization, keys })
    }

    #[expect(clippy::disallowed_methods, reason = "data keys are not records")]
    async fn load(&self, db: &Db, organization: Uuid) -> Result<Arc<Vec<DataKey>>> {
        let rows = entity::Entity::find()
            .filter(entity::Column::OrganizationId.eq(organization))
            .order_by_asc(entity::Column::Generation)
            .all(db.connection())
            .await?;
        let keys = rows.iter().map(|row| DataKey::from_bytes(row.id, &self.master.unwrap(&row.wrapped)?));
        let keys = Arc::new(keys.collect::<Result<Vec<_>>>()?);
        if !keys.is_empty()
            && let Ok(mut known) = self.known.write()
        {
            known.insert(organization, (Instant::now(), keys.clone()));
        }
        Ok(keys)
    }

    /// Adds a key of a generation; another process may have added it first.
    #[expect(clippy::disallowed_methods, reason = "data keys are not records")]
    async fn add(&self, db: &Db, organization: Uuid, generation: i32) -> Result<()> {
        let key = DataKey::generate();
        let row = entity::ActiveModel {
            id: Set(key.id()),
            organization_id: Set(organization),
            generation: Set(generation),
            wrapped: Set(self.master.wrap(key.bytes())?),
            create_time: Set(db.clock().now()),
        };
        let insert = entity::Entity::insert(row);
        let insert = insert.on_conflict(sea_orm::sea_query::OnConflict::new().do_nothing().to_owned());
        insert.exec_without_returning(db.writer()).await?;
        Ok(())
    }

    pub(super) async fn renew(&self, db: &Db, organization: Uuid) -> Result<()> {
        let keys = self.sealer(db, organization).await?.keys;
        self.add(db, organization, i32::try_from(keys.len()).unwrap_or(i32::MAX)).await?;
        self.load(db, organization).await.map(|_| ())
    }

    #[expect(clippy::disallowed_methods, reason = "data keys are not records")]
    pub(super) async fn rewrap(&self, db: &Db) -> Result<u64> {
        let rows = entity::Entity::find().all(db.connection()).await?;
        let mut rewrapped = 0;
        for row in rows.iter().filter(|row| !self.master.is_current(&row.wrapped)) {
            let wrapped = self.master.wrap(&self.master.unwrap(&row.wrapped)?)?;
            let update =
                entity::Entity::update_many().col_expr(entity::Column::Wrapped, Expr::value(wrapped));
            // Under the old wrapping, so that two processes at once rewrap each key once.
            let update =
                update.filter(entity::Column::Id.eq(row.id)).filter(entity::Column::Wrapped.eq(&row.wrapped));
            rewrapped += update.exec(db.writer()).await?.rows_affected;
        }
        Ok(rewrapped)
    }
}

/// The organizations that have data keys; the key of the logs stays what it is.
#[expect(clippy::disallowed_methods, reason = "data keys are not records")]
pub(super) async fn organizations(db: &Db) -> Result<Vec<Uuid>> {
    let rows = entity::Entity::find().filter(entity::Column::Generation.eq(0)).all(db.connection()).await?;
    Ok(rows.into_iter().map(|row| row.organization_id).filter(|id| !id.is_nil()).collect())
}
