//! The people who work in a suite.

use serde_json::{Value, json};

use crate::rest::text;
use crate::{Rest, Suite};

const PASSWORD: &str = "a long walk on the river dike";

/// A signed-in person.
pub struct Person {
    /// The browser.
    pub rest: Rest,
    /// The user's id.
    pub id: String,
    /// The address that the user signs in with.
    pub email: String,
}

impl Person {
    /// Invites a person, accepts the mailed invitation and signs in.
    pub async fn join(
        suite: &Suite,
        administrator: &Rest,
        name: &str,
        role: &str,
        department: &Value,
    ) -> Self {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let user = json!({
            "email": email, "display_name": name, "department_id": department["id"],
            "role_ids": [self::role(administrator, role).await],
        });
        let user = administrator.post("/v1/users", user).await.ok();
        let token = suite.mailbox.token(&email).await;
        let rest = suite.browser();
        rest.post("/v1/users:activate", json!({ "token": token, "password": PASSWORD })).await.ok();
        rest.sign_in(&email, PASSWORD).await.ok();
        Self { rest, id: text(&user["id"]), email }
    }

    /// Signs in again, from another browser.
    pub async fn sign_in_again(&self, suite: &Suite) -> Rest {
        let rest = suite.browser();
        rest.sign_in(&self.email, PASSWORD).await.ok();
        rest
    }
}

/// The id of a role by its name.
pub async fn role(administrator: &Rest, name: &str) -> String {
    let roles = administrator.all("/v1/roles", "roles", &[]).await;
    let found = roles.iter().find(|role| text(&role["name"]).eq_ignore_ascii_case(name));
    text(&found.unwrap_or_else(|| panic!("no role {name} in {roles:?}"))["id"])
}
