//! Addresses of web sites: always with a scheme that is safe to follow.

use crm_kit::error::Violations;

use crate::host;

const MOST: usize = 2000;

/// Brings the address of a web site into its stored form; `https://` is added where no scheme is given.
pub fn normalize(text: &str, path: &str, violations: &mut Violations) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    read(text).unwrap_or_else(|| {
        violations.add(
            path,
            "WEBSITE_INVALID",
            "give the address of a web site, as in https://www.example.com",
        );
        String::new()
    })
}

fn read(text: &str) -> Option<String> {
    let refused =
        |character: char| character.is_whitespace() || character.is_control() || "<>\"\\".contains(character);
    if text.len() > MOST || text.contains(refused) {
        return None;
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let scheme = scheme.to_ascii_lowercase();
    // Anything but a web page, `javascript:` for example, would be run by whoever follows the link.
    if scheme != "https" && scheme != "http" {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, page) = rest.split_at(end);
    let authority = authority.to_lowercase();
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority.as_str(), None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0));
    // A user in front of the host, as in https://bank.example@evil.example, only deceives; it is no name of a host.
    (host::is_name(name) && port_fits).then(|| format!("{scheme}://{authority}{page}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reasons;

    fn stored(text: &str) -> String {
        let mut violations = Violations::default();
        let stored = normalize(text, "account.website", &mut violations);
        violations.finish().unwrap();
        stored
    }

    #[test]
    fn an_address_gets_a_scheme_and_a_host_in_lower_case() {
        assert_eq!(stored(""), "");
        assert_eq!(stored(" www.Huateng.example "), "https://www.huateng.example");
        assert_eq!(stored("HTTP://example.com/Über?a=B#c"), "http://example.com/Über?a=B#c");
        assert_eq!(stored("example.com:8443/x"), "https://example.com:8443/x");
        assert_eq!(stored("例子.中国"), "https://例子.中国");
    }

    #[test]
    fn what_is_no_web_site_is_refused() {
        for text in [
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "ftp://example.com",
            "https://",
            "https:///path",
            "localhost",
            "example",
            "https://user@example.com",
            "https://example.com:0",
            "https://example.com:port",
            "two words.example",
            "https://example.com/\u{1}",
            "https://example.com/<script>",
        ] {
            assert_eq!(reasons(|v| drop(normalize(text, "w", v))), ["WEBSITE_INVALID"], "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_stored_address_is_safe_to_follow(text: String) {
            let mut violations = Violations::default();
            let stored = normalize(&text, "w", &mut violations);
            if !stored.is_empty() {
                prop_assert!(stored.starts_with("https://") || stored.starts_with("http://"));
                prop_assert_eq!(normalize(&stored, "w", &mut violations), stored);
            }
        }
    }
}
