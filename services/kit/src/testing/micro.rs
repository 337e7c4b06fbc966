//! What every request does, without a service around it, for benchmarks.

use crm_protos::customers::v1::Account;
use serde_json::json;
use uuid::Uuid;

use crate::access::method::{self, Method};
use crate::access::{Access, Caller, FieldAccess, Origin, Scope, fields};
use crate::clock::Clock;
use crate::crypto::ClusterKeys;
use crate::error::Result;
use crate::page::{ListQuery, Position};
use crate::search::Words;

/// A caller of a method, as the access layer makes it.
pub struct Call {
    access: Access,
    method: &'static Method,
}

impl Call {
    /// One that gets an account; with a rule, a field of it is hidden.
    pub fn new(hidden: Option<&str>) -> Self {
        let rules = hidden.map(|field| (field.to_owned(), FieldAccess::Hidden));
        let caller = Caller {
            organization_id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            grants: vec![("customers.*".to_owned(), Scope::All)],
            field_rules: rules.into_iter().collect(),
            ..Caller::default()
        };
        let method = method::methods()
            .ok()
            .and_then(|methods| methods.get("/crm.customers.v1.Accounts/GetAccount"))
            .expect("the method is known");
        let keys = ClusterKeys::unshared();
        Self { access: Access::new(caller, Some(method), Origin::default(), keys, Clock::default()), method }
    }

    /// Hides what the rules say.
    pub fn hide(&self, account: Account) -> Result<Account> {
        fields::hide(&self.access, self.method, account)
    }

    /// Makes the token of the page after a record.
    pub fn page_token(&self) -> Result<String> {
        let list = ListQuery { order_by: "name".to_owned(), ..ListQuery::default() };
        list.token(
            &self.access,
            Position { value: json!("华腾科技有限公司"), id: Uuid::from_u128(3), is_walked: false },
        )
    }

    /// Reads such a token.
    pub fn read_page_token(&self, token: &str) -> Result<bool> {
        let (order_by, page_token) = ("name".to_owned(), token.to_owned());
        let list = ListQuery { order_by, page_token, ..ListQuery::default() };
        Ok(list.position(&self.access)?.is_some())
    }
}

/// The words that a contact is found by.
pub fn words(name: &str, phone: &str, email: &str) -> String {
    let mut words = Words::new(&["name", "phones", "emails"]);
    words.text("name", name);
    words.phone("phones", phone);
    words.email("emails", email);
    words.finish()
}
