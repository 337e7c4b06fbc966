pub(crate) const COOKIE: &str = "__Host-crm-session";
