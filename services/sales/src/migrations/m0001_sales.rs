//! Everything that sales keeps.

use crm_kit::migrations::{RecordTable, execute, execute_for, record_table};
use crm_kit::search;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, double, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in records() {
            table.create(manager).await?;
        }
        let backend = manager.get_database_backend();
        for table in copies().into_iter().chain(derived(backend)) {
            manager.create_table(table).await?;
        }
        execute_for(manager, &["leads", "opportunities", "products"], search::index).await?;
        execute(manager, indexes(backend)).await
    }
}

fn indexes(backend: DatabaseBackend) -> Vec<String> {
    // SQLite adds the key by itself, and takes the index for few owners and the key for many only if it is not named.
    let totals_owner = match backend {
        DatabaseBackend::Sqlite => "CREATE INDEX totals_owner ON totals (organization_id, owner_id)",
        _ => "CREATE INDEX totals_owner ON totals (organization_id, owner_id, dimension, status, month)",
    };
    INDEXES.iter().copied().chain([totals_owner]).map(str::to_owned).collect()
}

const INDEXES: &[&str] = &[
    "CREATE INDEX leads_display_name ON leads (organization_id, display_name, id)",
    "CREATE INDEX leads_company ON leads (organization_id, company, id)",
    "CREATE INDEX leads_email ON leads (organization_id, email, id)",
    "CREATE INDEX leads_phone ON leads (organization_id, phone, id)",
    "CREATE INDEX leads_score ON leads (organization_id, score, id)",
    "CREATE INDEX leads_update_time ON leads (organization_id, update_time, id)",
    "CREATE INDEX leads_next_follow_up_time ON leads (organization_id, next_follow_up_time, id)",
    "CREATE INDEX leads_status ON leads (organization_id, status, id)",
    "CREATE INDEX leads_owner_status ON leads (organization_id, owner_id, status) WHERE delete_time IS NULL",
    "CREATE INDEX leads_lead_form ON leads (organization_id, lead_form_id) WHERE lead_form_id IS NOT NULL",
    "CREATE INDEX leads_account ON leads (organization_id, account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX leads_contact ON leads (organization_id, contact_id) WHERE contact_id IS NOT NULL",
    "CREATE UNIQUE INDEX lead_forms_key ON lead_forms (key)",
    "CREATE INDEX lead_forms_name ON lead_forms (organization_id, name, id)",
    "CREATE INDEX assignment_rules_position ON assignment_rules (organization_id, position, id)",
    "CREATE INDEX assignment_rules_name ON assignment_rules (organization_id, name, id)",
    "CREATE UNIQUE INDEX representatives_user ON representatives (organization_id, user_id)",
    "CREATE INDEX lead_assignments_lead ON lead_assignments (organization_id, lead_id, id)",
    "CREATE UNIQUE INDEX lead_conversions_lead ON lead_conversions (organization_id, lead_id)",
    "CREATE INDEX pipelines_position ON pipelines (organization_id, position, id)",
    "CREATE INDEX pipelines_name ON pipelines (organization_id, name, id)",
    "CREATE UNIQUE INDEX products_code ON products (organization_id, code)",
    "CREATE INDEX products_name ON products (organization_id, name, id)",
    "CREATE INDEX products_category ON products (organization_id, category, id)",
    "CREATE INDEX products_update_time ON products (organization_id, update_time, id)",
    "CREATE UNIQUE INDEX exchange_rates_date ON exchange_rates (organization_id, currency, date)",
    "CREATE INDEX exchange_rates_newest ON exchange_rates (organization_id, date, id)",
    "CREATE UNIQUE INDEX targets_subject ON targets (organization_id, subject, period, start_month)",
    "CREATE INDEX targets_start_month ON targets (organization_id, start_month, id)",
    "CREATE UNIQUE INDEX win_models_organization_unique ON win_models (organization_id)",
    "CREATE INDEX opportunities_name ON opportunities (organization_id, name, id)",
    "CREATE INDEX opportunities_amount ON opportunities (organization_id, amount_minor, id)",
    "CREATE INDEX opportunities_expected_close ON opportunities (organization_id, expected_close_date, id)",
    "CREATE INDEX opportunities_follow_up ON opportunities (organization_id, next_follow_up_time, id)",
    "CREATE INDEX opportunities_position ON opportunities (organization_id, position, id)",
    "CREATE INDEX opportunities_update_time ON opportunities (organization_id, update_time, id)",
    "CREATE INDEX opportunities_stage ON opportunities (organization_id, stage_id, position, id)",
    "CREATE INDEX opportunities_status ON opportunities (organization_id, status, id)",
    "CREATE INDEX opportunities_account ON opportunities (organization_id, account_id, id)",
    "CREATE INDEX stage_visits_opportunity ON stage_visits (opportunity_id, enter_time)",
    "CREATE INDEX stage_visits_stage ON stage_visits (organization_id, stage_id)",
    "CREATE INDEX departments_organization ON departments (organization_id)",
];

fn records() -> Vec<RecordTable> {
    vec![
        record_table("leads").owned().restorable().with([
            string("status"),
            string("display_name"),
            string("name"),
            string("company"),
            string("title"),
            string("email"),
            string("phone"),
            string("website"),
            string("source"),
            string("channel"),
            string("rating"),
            integer("score"),
            string("campaign_id"),
            json("utm"),
            text("needs"),
            text("purchase_intention"),
            string("industry"),
            json("address"),
            big_integer("amount_minor"),
            string("currency"),
            timestamp_with_time_zone("next_follow_up_time"),
            json("tags"),
            text("description"),
            string("unqualified_reason"),
            uuid_null("lead_form_id"),
            timestamp_with_time_zone_null("convert_time"),
            uuid_null("account_id"),
            uuid_null("contact_id"),
            uuid_null("opportunity_id"),
            text("search_text"),
        ]),
        record_table("lead_forms").with([
            string("name"),
            string("key"),
            boolean("disabled"),
            string("source"),
            string("channel"),
            string("campaign_id"),
            integer("leads_per_minute"),
        ]),
        record_table("assignment_rules").with([
            string("name"),
            integer("position"),
            boolean("disabled"),
            json("conditions"),
            string("method"),
            json("user_ids"),
            string("skill"),
            boolean("within_working_hours"),
            uuid_null("queue_department_id"),
        ]),
        record_table("representatives").with([
            uuid("user_id"),
            boolean("disabled"),
            json("skills"),
            json("territories"),
            integer("weight"),
            integer("capacity"),
            json("working_hours"),
            string("time_zone"),
            json("absences"),
        ]),
        record_table("lead_assignments").with([
            uuid("lead_id"),
            string("reason"),
            uuid_null("rule_id"),
            string("rule_name"),
            string("method"),
            uuid_null("user_id"),
            uuid_null("queue_department_id"),
            json("candidates"),
        ]),
        record_table("lead_conversions").with([
            uuid("lead_id"),
            uuid("user_id"),
            json("plan"),
            uuid_null("account_id"),
            uuid_null("contact_id"),
            timestamp_with_time_zone_null("finish_time"),
        ]),
        record_table("pipelines").with([
            string("name"),
            integer("position"),
            boolean("archived"),
            json("stages"),
        ]),
        record_table("products").restorable().with([
            string("code"),
            string("name"),
            string("unit"),
            string("category"),
            json("prices"),
            integer("tax_basis_points"),
            boolean("disabled"),
            text("description"),
            text("search_text"),
        ]),
        record_table("exchange_rates").with([string("currency"), string("date"), big_integer("rate")]),
        record_table("targets").owned().with([
            string("subject"),
            string("period"),
            string("start_month"),
            big_integer("amount_minor"),
            string("currency"),
        ]),
        record_table("win_models").with([
            integer("examples"),
            integer("won"),
            double("auc"),
            double("stage_auc"),
            json("weights"),
            timestamp_with_time_zone_null("train_time"),
        ]),
        opportunities(),
    ]
}

fn opportunities() -> RecordTable {
    record_table("opportunities").owned().restorable().with([
        string("name"),
        uuid_null("account_id"),
        json("contacts"),
        uuid("pipeline_id"),
        uuid("stage_id"),
        string("status"),
        big_integer("amount_minor"),
        string("currency"),
        integer("probability"),
        boolean("probability_given"),
        big_integer("weighted_amount_minor"),
        string("expected_close_date"),
        string("close_date"),
        string("source"),
        string("campaign_id"),
        string("competitor"),
        string("next_step"),
        timestamp_with_time_zone("next_follow_up_time"),
        string("forecast_category"),
        boolean("forecast_category_given"),
        json("line_items"),
        big_integer("recurring_amount_minor"),
        string("recurring_period"),
        text("purchase_intention"),
        text("needs"),
        string("lost_reason"),
        text("lost_note"),
        uuid_null("lead_id"),
        timestamp_with_time_zone("stage_enter_time"),
        uuid("furthest_stage_id"),
        string("create_month"),
        text("position"),
        json("tags"),
        text("description"),
        text("search_text"),
    ])
}

/// What sales knows of other services' records.
fn copies() -> Vec<TableCreateStatement> {
    let customer = || {
        [
            uuid("id"),
            uuid("organization_id"),
            uuid("owner_id"),
            uuid_null("department_id"),
            timestamp_with_time_zone_null("delete_time"),
            string("name"),
        ]
    };
    vec![
        table("accounts", customer(), &["id"]),
        table("contacts", customer(), &["id"]),
        table(
            "departments",
            [uuid("id"), uuid("organization_id"), string("name"), uuid_null("parent_id")],
            &["id"],
        ),
        table(
            "organizations",
            [uuid("id"), string("currency"), string("region"), string("time_zone")],
            &["id"],
        ),
    ]
}

/// What is kept in step with the records.
fn derived(backend: DatabaseBackend) -> Vec<TableCreateStatement> {
    let mut visits = table(
        "stage_visits",
        [
            uuid("id"),
            uuid("organization_id"),
            uuid("opportunity_id"),
            uuid("pipeline_id"),
            uuid("stage_id"),
            uuid("user_id"),
            timestamp_with_time_zone("enter_time"),
            timestamp_with_time_zone_null("leave_time"),
            string("leave_month"),
        ],
        &["id"],
    );
    // Visits go with their opportunity when it is purged.
    let mut opportunity = ForeignKey::create();
    opportunity.from("stage_visits", "opportunity_id").to("opportunities", "id");
    visits.foreign_key(opportunity.on_delete(ForeignKeyAction::Cascade));
    let mut totals = table(
        "totals",
        [
            uuid("organization_id"),
            string("dimension"),
            string("status"),
            string("month"),
            uuid("pipeline_id"),
            string("value"),
            string("currency"),
            uuid("owner_id"),
            uuid_null("department_id"),
            big_integer("count"),
            big_integer("amount_minor"),
            big_integer("weighted_amount_minor"),
            big_integer("seconds"),
        ],
        &["organization_id", "dimension", "status", "month", "pipeline_id", "value", "currency", "owner_id"],
    );
    if backend == DatabaseBackend::Sqlite {
        // Kept in the order of the key, what a report asks for lies together.
        totals.extra("WITHOUT ROWID");
    }
    let stamps = table(
        "stamps",
        [uuid("organization_id"), uuid("owner_id"), uuid_null("department_id"), big_integer("changes")],
        &["organization_id", "owner_id"],
    );
    vec![visits, totals, stamps, rotations()]
}

fn rotations() -> TableCreateStatement {
    let columns = [uuid("rule_id"), uuid("organization_id"), json("turns")];
    let mut rotations = table("rotations", columns, &["rule_id"]);
    let mut rule = ForeignKey::create();
    rule.from("rotations", "rule_id").to("assignment_rules", "id");
    rotations.foreign_key(rule.on_delete(ForeignKeyAction::Cascade));
    rotations
}

fn table(
    name: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
    key: &[&'static str],
) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    table.to_owned()
}
