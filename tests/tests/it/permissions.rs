//! What the built-in roles may do, as `permissions/roles.toml` says.

use std::collections::{BTreeMap, BTreeSet};

use crm_protos::descriptors;
use crm_tests::{Rest, Suite, text};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde_json::{Value, json};
use tonic::{Code, Request};

/// How far a role can reach, from near to far; each reaches what those before it reach.
const SCOPES: [&str; 4] = ["own", "department", "subtree", "all"];

/// The services that have a database; each mounts the shared RPCs.
const SERVICES: [&str; 3] = ["identity", "customers", "sales"];

/// The resources that have owners, and an example of each.
fn owned() -> BTreeMap<&'static str, (&'static str, Value)> {
    let account = json!({ "name": "华新机械", "id_card_number": "11010519491231002X" });
    let contact = json!({ "full_name": "李娜" });
    let target = json!({
        "period": "TARGET_PERIOD_MONTH", "start_month": "2026-01", "amount_minor": "1", "currency": "CNY",
    });
    BTreeMap::from([
        ("customers.account", ("/v1/accounts", account)),
        ("customers.contact", ("/v1/contacts", contact)),
        ("sales.lead", ("/v1/leads", json!({ "name": "李娜" }))),
        ("sales.opportunity", ("/v1/opportunities", json!({ "name": "Lathe" }))),
        ("sales.target", ("/v1/targets", target)),
    ])
}

#[tokio::test]
async fn a_method_is_open_to_the_roles_of_the_table_and_to_no_other() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let table = Table::read();
    let known = administrator.get("/v1/permissions").await.ok();
    let known: BTreeSet<_> = known["permissions"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(table.permissions(), known);
    let roles = administrator.all("/v1/roles", "roles", &[]).await;
    let built_in = roles.iter().filter(|role| role["built_in"] == true);
    assert_eq!(table.roles(), built_in.map(|role| text(&role["name"])).collect());

    let mut wrong = Vec::new();
    for role in table.roles() {
        let key = suite.user_and_key(&administrator, &role, "").await.1;
        for (path, permission) in methods() {
            for service in SERVICES.iter().filter(|service| serves(service, &path)) {
                let refused = is_refused(&suite, service, &key, &path).await;
                if refused == table.scope(&permission, &role).is_some() {
                    wrong.push(format!("{role} {path} is {}", if refused { "refused" } else { "open" }));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_role_reaches_as_far_as_the_table_says() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    crate::sales::stages(&administrator).await;
    let table = Table::read();
    let department = async |name: &str, parent: &str| {
        let department = json!({ "name": name, "parent_id": parent });
        text(&administrator.post("/v1/departments", department).await.ok()["id"])
    };
    let east = department("East", "").await;
    let (shop, north) = (department("Shop", &east).await, department("North", "").await);
    let owner = async |department: &str| suite.user_and_key(&administrator, "Read-only", department).await.0;
    let others = [owner(&east).await, owner(&shop).await, owner(&north).await];

    for role in table.roles() {
        let (user, key) = suite.user_and_key(&administrator, &role, &east).await;
        let program = suite.program(&key);
        for (resource, (path, example)) in owned() {
            let mut records = BTreeMap::new();
            for (scope, owner) in SCOPES.iter().zip([&user].into_iter().chain(&others)) {
                let mut record = example.clone();
                record["owner_id"] = json!(owner);
                let id = text(&administrator.post(path, record).await.ok()["id"]);
                records.insert(*scope, format!("{path}/{id}"));
            }
            for verb in ["read", "update", "delete"] {
                let mut reached = Vec::new();
                for scope in SCOPES {
                    if reaches(&program, verb, &records[scope]).await {
                        reached.push(scope);
                    }
                }
                let scope = table.scope(&format!("{resource}.{verb}"), &role);
                let expected = scope.map_or(0, |scope| 1 + SCOPES.iter().position(|s| *s == scope).unwrap());
                assert_eq!(reached, SCOPES[..expected], "{role} {resource}.{verb}");
            }
            let (may_read, may_reveal) =
                ["read", "reveal"].map(|verb| table.scope(&format!("{resource}.{verb}"), &role)).into();
            if let Some(number) = example.get("id_card_number").filter(|_| may_read.is_some()) {
                let seen = program.get(&records["own"]).await.ok();
                assert_eq!(seen["id_card_number"] == *number, may_reveal.is_some(), "{role} {seen}");
            }
            for path in records.values() {
                administrator.delete(path).await.ok();
            }
        }
    }
}

#[test]
fn every_resource_that_has_an_owner_is_tried() {
    let messages = descriptors().all_messages();
    let resource = descriptors().get_extension_by_name("crm.access.v1.resource").unwrap();
    let owned_messages = messages.filter(|message| message.get_field_by_name("owner_id").is_some());
    let resources = owned_messages.map(|message| message.options().get_extension(&resource).to_string());
    let resources = resources.map(|name| name.trim_matches('"').to_owned());
    // Questions and reports name owners without being records.
    let resources: BTreeSet<_> = resources.filter(|name| !name.is_empty()).collect();
    assert_eq!(resources, owned().keys().map(|name| (*name).to_owned()).collect());
}

/// True if the record is within the program's reach. The etag that no record has keeps it as it is.
async fn reaches(program: &Rest, verb: &str, path: &str) -> bool {
    let answer = match verb {
        "read" => program.get(path).await,
        "update" => program.patch(path, json!({ "etag": "0" })).await,
        _ => program.delete(&format!("{path}?etag=0")).await,
    };
    match answer.status {
        200 | 409 => true,
        403 | 404 => false,
        _ => panic!("{verb} {path}: {answer:?}"),
    }
}

/// True if an empty request is refused for want of a permission.
async fn is_refused(suite: &Suite, service: &str, key: &str, path: &str) -> bool {
    let mut client = tonic::client::Grpc::new(suite.grpc(service, key).remove(0));
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    match client.unary(Request::new(()), path.parse().unwrap(), codec).await {
        Ok(_) => false,
        Err(status) => match status.code() {
            Code::PermissionDenied => true,
            Code::InvalidArgument | Code::NotFound | Code::FailedPrecondition => false,
            _ => panic!("{path}: {status:?}"),
        },
    }
}

/// The methods that demand a permission, by path.
fn methods() -> BTreeMap<String, String> {
    let services = descriptors().services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    let path =
        |method: &MethodDescriptor| format!("/{}/{}", method.parent_service().full_name(), method.name());
    methods.filter_map(|method| Some((path(&method), permission(&method)?))).collect()
}

fn permission(method: &MethodDescriptor) -> Option<String> {
    let access = descriptors().get_extension_by_name("crm.access.v1.method").unwrap();
    let options: DynamicMessage = method.options();
    let access = options.get_extension(&access);
    let permission = access.as_message()?.get_field_by_name("permission")?.as_str()?.to_owned();
    Some(permission).filter(|permission| !permission.is_empty())
}

/// True if a service answers a method: its own, or one that all answer.
fn serves(service: &str, path: &str) -> bool {
    let package = path.split('.').nth(1).unwrap();
    package == service || !SERVICES.contains(&package)
}

/// Resources, their verbs, how far, which roles.
struct Table(BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<String>>>>);

impl Table {
    fn read() -> Self {
        Self(toml::from_str(include_str!("../../permissions/roles.toml")).unwrap())
    }

    fn rows(&self) -> impl Iterator<Item = (String, &BTreeMap<String, Vec<String>>)> {
        self.0.iter().flat_map(|(resource, verbs)| {
            verbs.iter().map(move |(verb, roles)| (format!("{resource}.{verb}"), roles))
        })
    }

    fn permissions(&self) -> BTreeSet<String> {
        self.rows().map(|(permission, _)| permission).collect()
    }

    fn roles(&self) -> BTreeSet<String> {
        self.rows().flat_map(|(_, scopes)| scopes.values().flatten().cloned()).collect()
    }

    fn scope(&self, permission: &str, role: &str) -> Option<&str> {
        let (_, scopes) = self.rows().find(|(known, _)| known == permission)?;
        let found = scopes.iter().find(|(_, roles)| roles.iter().any(|known| known == role));
        found.map(|(scope, _)| scope.as_str())
    }
}
