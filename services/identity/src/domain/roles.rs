//! The roles that come with every organization.

use crm_kit::access::{FieldAccess, Scope};

use super::grants::{FieldRule, Grant, Rights};

/// The role that may do everything; an organization always has a user who has it.
pub const ADMINISTRATOR: &str = "Administrator";

/// A role that comes with every organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltInRole {
    /// The name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it allows and withholds.
    pub rights: Rights,
}

/// The roles that come with every organization.
pub fn built_in() -> Vec<BuiltInRole> {
    use Scope::{All, Own, Subtree};
    vec![
        role(ADMINISTRATOR, "May do everything, users, roles and audit included.", &[(All, &["*"])], &[]),
        role(
            "Sales manager",
            "Leads a sales department: works with everything that the department and those below it own.",
            &[
                (
                    Subtree,
                    &[
                        "customers.*.read",
                        "customers.*.create",
                        "customers.*.update",
                        "customers.*.delete",
                        "sales.*",
                    ],
                ),
                COLLEAGUES,
                OWN_WORDS,
                SHARED_VIEWS,
            ],
            OF_FINANCE,
        ),
        role(
            "Sales representative",
            "Sells: works with the customers and deals that he or she owns.",
            &[
                (
                    Own,
                    &[
                        "customers.*.read",
                        "customers.*.create",
                        "customers.*.update",
                        "sales.lead.*",
                        "sales.opportunity.*",
                        "sales.pipeline.read",
                        "sales.product.read",
                        "sales.exchange_rate.read",
                        "sales.target.read",
                    ],
                ),
                COLLEAGUES,
                OWN_WORDS,
            ],
            OF_FINANCE,
        ),
        role(
            "Marketing",
            "Runs campaigns: sees every customer and lead, and works with everything in marketing and the forms that \
             hand in leads.",
            &[
                (
                    All,
                    &[
                        "customers.*.read",
                        "marketing.*",
                        "sales.lead.read",
                        "sales.lead.create",
                        "sales.lead_form.*",
                        "sales.product.read",
                    ],
                ),
                COLLEAGUES,
                OWN_WORDS,
                SHARED_VIEWS,
            ],
            &[],
        ),
        role(
            "Support agent",
            "Helps customers: sees them all, keeps contacts up to date and works on every case.",
            &[(All, &["customers.*.read", "customers.contact.update", "support.*"]), COLLEAGUES, OWN_WORDS],
            &[],
        ),
        role(
            "Finance",
            "Looks after payment: sees every account with its sensitive numbers and sets its credit status.",
            &[
                (All, &["customers.account.read", "customers.account.reveal", "customers.account.update"]),
                COLLEAGUES,
                OWN_WORDS,
            ],
            OF_SALES,
        ),
        role(
            "Read-only",
            "Sees everything that is not sensitive and changes nothing.",
            &[(All, &["customers.*.read", "sales.*.read", "marketing.*.read", "support.*.read"]), COLLEAGUES],
            &[],
        ),
    ]
}

/// Names of owners and departments stand beside every record.
const COLLEAGUES: (Scope, &[&str]) = (Scope::All, &["identity.user.read", "identity.department.read"]);

/// Whoever works with records comments on them, and takes back only what he or she said.
const OWN_WORDS: (Scope, &[&str]) = (Scope::Own, &["comment.comment.*"]);

/// Whoever leads others shows them views of lists, and changes only his or her own.
const SHARED_VIEWS: (Scope, &[&str]) = (Scope::Own, &["identity.view.share"]);

/// What sales sees and finance changes.
const OF_FINANCE: &[&str] = &["customers.account.credit_status"];

/// What finance sees and sales changes: everything of an account that can be written but its credit status.
const OF_SALES: &[&str] = &[
    "customers.account.owner_id",
    "customers.account.name",
    "customers.account.website",
    "customers.account.industry",
    "customers.account.type",
    "customers.account.grade",
    "customers.account.source",
    "customers.account.phones",
    "customers.account.emails",
    "customers.account.billing_address",
    "customers.account.shipping_address",
    "customers.account.employees",
    "customers.account.annual_revenue",
    "customers.account.currency",
    "customers.account.parent_account_id",
    "customers.account.tags",
    "customers.account.id_card_number",
    "customers.account.bank_card_number",
    "customers.account.description",
];

fn role(
    name: &'static str,
    description: &'static str,
    grants: &[(Scope, &[&str])],
    read_only: &[&str],
) -> BuiltInRole {
    let grants = grants
        .iter()
        .flat_map(|(scope, permissions)| permissions.iter().map(|text| Grant::new(*text, *scope)));
    let field_rules = read_only.iter().map(|field| FieldRule::new(*field, FieldAccess::ReadOnly));
    let rights = Rights { grants: grants.collect(), field_rules: field_rules.collect() };
    BuiltInRole { name, description, rights }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crm_kit::access::covers;
    use crm_protos::descriptors;

    use super::*;

    fn scope(role: &str, permission: &str) -> Option<Scope> {
        let role = built_in().into_iter().find(|known| known.name == role).unwrap();
        let grants = role.rights.grants.into_iter().filter(|grant| covers(&grant.permission, permission));
        grants.map(|grant| grant.scope).max()
    }

    #[test]
    fn every_role_reaches_as_far_as_its_job() {
        use Scope::{All, Own, Subtree};
        for (role, permission, expected) in [
            ("Administrator", "feed.change.read", Some(All)),
            ("Administrator", "customers.account.reveal", Some(All)),
            ("Sales manager", "customers.account.delete", Some(Subtree)),
            ("Sales manager", "customers.account.reveal", None),
            ("Sales manager", "sales.opportunity.update", Some(Subtree)),
            ("Sales manager", "identity.role.read", None),
            ("Sales manager", "identity.view.share", Some(Own)),
            ("Sales representative", "identity.view.share", None),
            ("Sales representative", "customers.account.read", Some(Own)),
            ("Sales representative", "customers.contact.create", Some(Own)),
            ("Sales representative", "customers.account.delete", None),
            ("Sales representative", "customers.account.reveal", None),
            ("Sales representative", "identity.user.read", Some(All)),
            ("Marketing", "customers.contact.read", Some(All)),
            ("Marketing", "customers.contact.update", None),
            ("Marketing", "marketing.campaign.create", Some(All)),
            ("Support agent", "customers.contact.update", Some(All)),
            ("Support agent", "customers.account.update", None),
            ("Finance", "customers.account.update", Some(All)),
            ("Finance", "customers.account.reveal", Some(All)),
            ("Finance", "customers.account.create", None),
            ("Finance", "customers.contact.read", None),
            ("Read-only", "customers.account.read", Some(All)),
            ("Read-only", "customers.account.update", None),
            ("Read-only", "customers.account.reveal", None),
            ("Read-only", "feed.change.read", None),
        ] {
            assert_eq!(scope(role, permission), expected, "{role} {permission}");
        }
    }

    /// Sales and finance share the fields of an account between them; a new field has to be given to one.
    #[test]
    fn finance_changes_nothing_but_the_credit_status() {
        let given = ["id", "etag", "create_time", "update_time", "delete_time", "department_id"];
        let account = descriptors().get_message_by_name("crm.customers.v1.Account").unwrap();
        let fields = account.fields().map(|field| field.name().to_owned());
        let written = fields.filter(|field| !given.contains(&field.as_str()));
        let written = written.map(|field| format!("customers.account.{field}")).collect::<BTreeSet<_>>();
        let shared =
            OF_SALES.iter().chain(OF_FINANCE).map(|field| (*field).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(shared, written);
    }

    #[test]
    fn names_are_unique() {
        let names = built_in().iter().map(|role| role.name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), 7);
    }
}
