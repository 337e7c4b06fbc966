//! Where a notification leads.

use uuid::Uuid;

/// The path of a record in the browser: `sales.lead` is found at `sales/leads/{id}`. `None` if it is not the name of a
/// resource, as in `service.resource`.
pub fn path(resource: &str, id: Uuid) -> Option<String> {
    let (service, name) = resource.split_once('.')?;
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_word(service) && is_word(name)).then(|| format!("{service}/{}/{id}", plural(name)))
}

fn plural(name: &str) -> String {
    let hisses = ["s", "x", "ch", "sh"].iter().any(|end| name.ends_with(end));
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if hisses => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_under_the_plural_of_their_resource() {
        let id = Uuid::from_u128(1);
        for (resource, folder) in [
            ("sales.lead", "sales/leads"),
            ("sales.opportunity", "sales/opportunities"),
            ("customers.account", "customers/accounts"),
            ("sales.loss", "sales/losses"),
            ("support.survey", "support/surveys"),
            ("sales.price_list", "sales/price_lists"),
        ] {
            assert_eq!(path(resource, id), Some(format!("{folder}/{id}")));
        }
    }

    #[test]
    fn what_names_no_resource_leads_nowhere() {
        for text in ["", "lead", "sales.", ".lead", "sales.lead.x", "Sales.lead", "sales./..", "sales.lead?x"]
        {
            assert_eq!(path(text, Uuid::nil()), None, "{text}");
        }
    }
}
