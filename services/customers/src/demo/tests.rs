//! The demo company passes the same checks as any other customer.

use std::collections::HashSet;

use chrono::NaiveDate;
use crm_kit::error::Violations;
use crm_values::{Name, amount, birthday, currency, phone, tags, text, website};

use super::*;

const COUNT: usize = 2_000;
const SEED: u64 = 42;

fn phones(list: &[Phone]) -> Vec<crm_values::Phone> {
    let stored = list
        .iter()
        .map(|phone| crm_values::Phone { number: phone.number.clone(), ..crm_values::Phone::default() });
    stored.collect()
}

fn emails(list: &[Email]) -> Vec<crm_values::Email> {
    let stored = list
        .iter()
        .map(|email| crm_values::Email { address: email.address.clone(), ..crm_values::Email::default() });
    stored.collect()
}

fn address(address: &Address) -> crm_values::Address {
    let Address { street, city, state, country, postal_code } = address.clone();
    crm_values::Address { street, city, state, country, postal_code }
}

#[test]
fn every_customer_passes_the_checks_unchanged() {
    let region = phone::Region::US;
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    for Customer { account, contacts, .. } in customers(SEED).take(COUNT) {
        let mut violations = Violations::default();
        let v = &mut violations;
        assert_eq!(text::line(&account.name, 200, "name", v), account.name);
        assert_eq!(website::normalize(&account.website, "website", v), account.website);
        assert_eq!(currency::normalize(&account.currency, "currency", v), account.currency);
        assert_eq!(tags::normalize(account.tags.clone(), "tags", v), account.tags);
        amount::check(account.annual_revenue, "annual_revenue", v);
        amount::check(account.employees, "employees", v);
        for place in account.billing_address.iter().chain(&account.shipping_address) {
            assert_eq!(crm_values::address::normalize(address(place), "address", v), address(place));
        }
        for number in phone::normalize(phones(&account.phones), region, "phones", v) {
            assert!(account.phones.iter().any(|phone| phone.number == number.number), "{account:?}");
        }
        crm_values::email::normalize(emails(&account.emails), "emails", v);
        for contact in &contacts {
            let Contact { given_name, family_name, full_name, .. } = contact.clone();
            let name = Name { given_name, family_name, full_name }.normalize("contact", v);
            assert!(!name.full_name.is_empty());
            birthday::check(&contact.birthday, today, "birthday", v);
            phone::normalize(phones(&contact.phones), region, "contact.phones", v);
            crm_values::email::normalize(emails(&contact.emails), "contact.emails", v);
            assert_eq!(tags::normalize(contact.tags.clone(), "contact.tags", v), contact.tags);
        }
        let found = violations.finish();
        assert!(found.is_ok(), "{found:?} {account:?} {contacts:?}");
    }
}

#[test]
fn the_same_seed_makes_the_same_customers() {
    let of = |seed| customers(seed).take(100).collect::<Vec<_>>();
    assert_eq!(of(SEED), of(SEED));
    assert_ne!(of(SEED), of(SEED + 1));
}

#[test]
fn names_hardly_ever_repeat() {
    let all = customers(SEED).take(COUNT).collect::<Vec<_>>();
    let names = all.iter().map(|customer| &customer.account.name).collect::<HashSet<_>>();
    assert!(names.len() > COUNT * 97 / 100, "{} of {COUNT}", names.len());
    let chinese = names.iter().filter(|name| name.contains("公司")).count();
    assert!((COUNT / 2..COUNT * 4 / 5).contains(&chinese), "{chinese}");
}

#[test]
fn branches_belong_to_earlier_customers_that_are_none() {
    let all = customers(SEED).take(COUNT).collect::<Vec<_>>();
    let mut branches = 0;
    for (index, customer) in all.iter().enumerate() {
        if let Some(parent) = customer.parent {
            let parent = usize::try_from(parent).unwrap();
            assert!(parent < index && all[parent].parent.is_none());
            assert!(
                customer.account.name.starts_with(&all[parent].account.name),
                "{}",
                customer.account.name
            );
            branches += 1;
        }
    }
    assert_eq!(branches, COUNT / 12);
}

#[test]
fn every_customer_is_sold_to_by_the_team_of_its_place() {
    let all = customers(SEED).take(COUNT).collect::<Vec<_>>();
    for customer in &all {
        let abroad = customer.account.currency != "CNY";
        assert_eq!(customer.owner.department == company::INTERNATIONAL, abroad, "{customer:?}");
        assert!(!customer.contacts.is_empty() && customer.contacts.len() < 5);
    }
    let owners = all.iter().map(|customer| customer.owner.email).collect::<HashSet<_>>();
    let sellers = USERS.iter().filter(|user| PLACES.iter().any(|place| place.team == user.department));
    assert_eq!(owners.len(), sellers.count());
}

#[test]
fn the_company_is_complete() {
    for (index, department) in company::DEPARTMENTS.iter().enumerate() {
        let above = &company::DEPARTMENTS[..index];
        assert!(department.parent.is_none_or(|parent| above.iter().any(|other| other.name == parent)));
    }
    for user in USERS {
        assert!(company::DEPARTMENTS.iter().any(|department| department.name == user.department), "{user:?}");
        assert_eq!(crm_values::email::address(user.email).as_deref(), Some(user.email));
    }
    let addresses = USERS.iter().map(|user| user.email).collect::<HashSet<_>>();
    assert_eq!(addresses.len(), USERS.len());
}

/// Whatever digits are drawn, the number is one that can be dialled.
#[test]
fn every_pattern_makes_numbers_that_can_be_dialled() {
    let mut rng = generator(SEED, 0);
    for place in PLACES {
        for pattern in [place.office, place.mobile] {
            for _ in 0..200 {
                let number = digits(&mut rng, pattern);
                assert_eq!(phone::e164(&number, phone::Region::US).as_ref(), Some(&number), "{}", place.city);
            }
        }
    }
}
