//! Finds the route of a path: a tree of segments, in which literals win over verbs and verbs over captures.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::http::Method;
use crm_kit::{Error, Result};

/// Routes by path and HTTP method.
pub(crate) struct Paths<R> {
    root: Node<R>,
}

struct Node<R> {
    literals: HashMap<String, Node<R>>,
    /// Captures that end in `:verb`.
    verbs: BTreeMap<String, Node<R>>,
    capture: Option<Box<Node<R>>>,
    routes: Vec<(Method, R)>,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Found<'r, R> {
    /// The route and what its captures hold, decoded.
    Route(&'r R, Vec<String>),
    /// The path exists, for these methods only.
    OtherMethods(BTreeSet<String>),
    Nothing,
}

impl<R> Default for Node<R> {
    fn default() -> Self {
        Self { literals: HashMap::new(), verbs: BTreeMap::new(), capture: None, routes: Vec::new() }
    }
}

impl<R> Default for Paths<R> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<R> Paths<R> {
    /// Adds a route under a template such as `/v1/accounts/{account.id}:merge`.
    pub(crate) fn insert(&mut self, template: &str, method: Method, route: R) -> Result<()> {
        let mut node = &mut self.root;
        for segment in template.split('/').skip(1) {
            node = match segment.split_once('}') {
                Some((_, "")) => node.capture.get_or_insert_default(),
                Some((_, verb)) => node.verbs.entry(verb.to_owned()).or_default(),
                None => node.literals.entry(segment.to_owned()).or_default(),
            };
        }
        if node.routes.iter().any(|(other, _)| *other == method) {
            return Err(Error::internal(format!("two methods share {method} {template}")));
        }
        node.routes.push((method, route));
        Ok(())
    }

    /// Finds the route of a path that is still percent-encoded. Fails when a segment decodes to no text.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_, R>> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let decoded = segments.iter().map(|segment| decode(segment)).collect::<Option<Vec<_>>>();
        let decoded = decoded
            .ok_or_else(|| Error::invalid("path", "INVALID_ENCODING", "percent-encode the path as UTF-8"))?;
        let mut search = Search { method, segments, decoded, captures: Vec::new(), others: BTreeSet::new() };
        Ok(match search.walk(&self.root, 0) {
            Some(route) => Found::Route(route, search.captures),
            None if search.others.is_empty() => Found::Nothing,
            None => Found::OtherMethods(search.others),
        })
    }
}

/// The fields that a template captures, in their order. Fails on patterns that span segments.
pub(crate) fn captures(template: &str) -> Result<Vec<&str>> {
    let captures = template.split('/').filter_map(|segment| segment.strip_prefix('{'));
    captures
        .map(|capture| match capture.split_once('}') {
            Some((field, _)) if !field.contains(['=', '*']) => Ok(field),
            _ => Err(Error::internal(format!("{template} is not a supported path"))),
        })
        .collect()
}

struct Search<'p> {
    method: &'p Method,
    segments: Vec<&'p str>,
    decoded: Vec<String>,
    captures: Vec<String>,
    others: BTreeSet<String>,
}

impl Search<'_> {
    fn walk<'r, R>(&mut self, node: &'r Node<R>, at: usize) -> Option<&'r R> {
        let Some(&segment) = self.segments.get(at) else {
            self.others.extend(node.routes.iter().map(|(method, _)| method.to_string()));
            return node.routes.iter().find(|(method, _)| method == self.method).map(|(_, route)| route);
        };
        if let Some(route) = node.literals.get(&self.decoded[at]).and_then(|next| self.walk(next, at + 1)) {
            return Some(route);
        }
        for (verb, next) in &node.verbs {
            if let Some(value) = segment.strip_suffix(verb).filter(|value| !value.is_empty()).and_then(decode)
                && let Some(route) = self.capture(value, next, at)
            {
                return Some(route);
            }
        }
        let next = node.capture.as_ref().filter(|_| !segment.is_empty())?;
        self.capture(self.decoded[at].clone(), next, at)
    }

    fn capture<'r, R>(&mut self, value: String, next: &'r Node<R>, at: usize) -> Option<&'r R> {
        self.captures.push(value);
        let route = self.walk(next, at + 1);
        if route.is_none() {
            self.captures.pop();
        }
        route
    }
}

/// Decodes percent-encoded text; nothing if it is not UTF-8 or an escape is broken.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push((digit(digits[0])? * 16 + digit(digits[1])?) as u8);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Paths<&'static str> {
        let mut paths = Paths::default();
        for (method, template, name) in [
            (Method::GET, "/v1/accounts", "list"),
            (Method::POST, "/v1/accounts", "create"),
            (Method::GET, "/v1/accounts:count", "count"),
            (Method::GET, "/v1/accounts/{id}", "get"),
            (Method::POST, "/v1/accounts/{id}:merge", "merge"),
            (Method::POST, "/v1/accounts/{id}/restore", "restore"),
            (Method::POST, "/v1/accounts/new", "new"),
            (Method::GET, "/v1/history/{resource}/{record_id}", "history"),
        ] {
            paths.insert(template, method, name).unwrap();
        }
        paths
    }

    fn found(method: Method, path: &str) -> String {
        match paths().find(&method, path) {
            Ok(Found::Route(name, captures)) => format!("{name} {}", captures.join(" ")).trim().to_owned(),
            Ok(Found::OtherMethods(methods)) => {
                format!("only {}", methods.into_iter().collect::<Vec<_>>().join(","))
            }
            Ok(Found::Nothing) => "nothing".to_owned(),
            Err(_) => "invalid".to_owned(),
        }
    }

    #[test]
    fn a_path_leads_to_the_most_literal_route() {
        assert_eq!(found(Method::GET, "/v1/accounts"), "list");
        assert_eq!(found(Method::GET, "/v1/accounts:count"), "count");
        assert_eq!(found(Method::GET, "/v1/accounts/7"), "get 7");
        assert_eq!(found(Method::POST, "/v1/accounts/new"), "new");
        assert_eq!(found(Method::POST, "/v1/accounts/7/restore"), "restore 7");
        assert_eq!(found(Method::POST, "/v1/accounts/7:merge"), "merge 7");
        assert_eq!(found(Method::GET, "/v1/history/customers.account/7"), "history customers.account 7");
    }

    #[test]
    fn a_literal_with_other_methods_does_not_hide_a_capture() {
        assert_eq!(found(Method::GET, "/v1/accounts/new"), "get new");
    }

    #[test]
    fn captures_are_decoded_and_never_empty() {
        assert_eq!(found(Method::GET, "/v1/accounts/a%2Fb%20%E5%8C%97"), "get a/b 北");
        assert_eq!(found(Method::GET, "/v1/accounts/a+b"), "get a+b");
        assert_eq!(found(Method::GET, "/v1/accounts/"), "nothing");
        assert_eq!(found(Method::GET, "/v1/accounts/%FF"), "invalid");
        assert_eq!(found(Method::GET, "/v1/accounts/%4"), "invalid");
    }

    #[test]
    fn an_unknown_path_and_an_unknown_method_differ() {
        assert_eq!(found(Method::GET, "/v1/nothing"), "nothing");
        assert_eq!(found(Method::DELETE, "/v1/accounts"), "only GET,POST");
        assert_eq!(found(Method::PUT, "/v1/accounts/new"), "only GET,POST");
    }

    #[test]
    fn two_routes_cannot_share_a_path_and_a_method() {
        assert!(paths().insert("/v1/accounts/{other}", Method::GET, "again").is_err());
    }

    #[test]
    fn a_capture_that_spans_segments_is_refused() {
        assert_eq!(captures("/v1/{a.b}/x/{c}:d").unwrap(), ["a.b", "c"]);
        assert!(captures("/v1/{name=accounts/*}").is_err());
    }
}
