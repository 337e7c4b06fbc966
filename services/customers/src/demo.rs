//! A believable company for trying the suite out: who works there, and as many customers as wanted.
//!
//! The same seed and index always make the same customer. Nobody is real: every host ends in `.example`, and where a
//! country reserves telephone numbers for fiction those are used.

pub mod bulk;
pub mod company;
mod names;
mod places;
mod words;

use crm_protos::customers::v1::{
    Account, AccountGrade, AccountType, Address, Contact, ContactAccount, CreditStatus, Email, Phone,
    PointType, Source,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use company::{USERS, User};
use names::{Company, Person};
use places::{Culture, PLACES, Place};

/// One account with the people who work there.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// The account; its owner and parent are for the sender to fill in.
    pub account: Account,
    /// The contacts; the first entry of `accounts` is the account, whose id is for the sender to fill in.
    pub contacts: Vec<Contact>,
    /// Who is responsible for all of them.
    pub owner: &'static User,
    /// The index of an earlier customer whose account is the parent.
    pub parent: Option<u64>,
}

/// Makes customers without end, each from its index alone.
pub fn customers(seed: u64) -> impl Iterator<Item = Customer> {
    (0..).map(move |index| customer(seed, index))
}

/// How many customers follow one another until one is a branch of an earlier one.
const FAMILY: u64 = 12;

fn customer(seed: u64, index: u64) -> Customer {
    let mut rng = generator(seed, index);
    let (place, company) = business(&mut rng);
    let is_branch = index % FAMILY == FAMILY - 1;
    let parent = is_branch.then(|| index - rng.random_range(1..FAMILY));
    let (place, company) = match parent {
        None => (place, company),
        Some(parent) => {
            let (seat, whole) = business(&mut generator(seed, parent));
            let elsewhere = places_like(seat).filter(|place| place.city != seat.city).collect::<Vec<_>>();
            let place = elsewhere.choose(&mut rng).copied().unwrap_or(seat);
            (place, whole.branch(place))
        }
    };
    let team = USERS.iter().filter(|user| user.department == place.team).collect::<Vec<_>>();
    let owner = team.choose(&mut rng).copied().unwrap_or(&USERS[0]);
    let account = account(&mut rng, place, &company);
    let people = rng.random_range(1..=4);
    let contacts = (0..people).map(|_| contact(&mut rng, place, &company)).collect();
    Customer { account, contacts, owner, parent }
}

fn generator(seed: u64, index: u64) -> StdRng {
    // Spreads the seeds, so that two of them do not share customers at other indexes.
    StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index))
}

/// Draws first of all from a generator, so that a branch finds its parent's business again.
fn business(rng: &mut StdRng) -> (&'static Place, Company) {
    let chinese = rng.random_bool(0.7);
    let choice =
        PLACES.iter().filter(|place| (place.culture == Culture::Chinese) == chinese).collect::<Vec<_>>();
    let place = choice.choose(rng).copied().unwrap_or(&PLACES[0]);
    (place, Company::generate(rng, place))
}

fn places_like(place: &Place) -> impl Iterator<Item = &'static Place> {
    let chinese = place.culture == Culture::Chinese;
    PLACES.iter().filter(move |other| (other.culture == Culture::Chinese) == chinese)
}

fn account(rng: &mut StdRng, place: &Place, company: &Company) -> Account {
    let grade = weighted(
        rng,
        &[
            (AccountGrade::A, 10),
            (AccountGrade::B, 25),
            (AccountGrade::C, 40),
            (AccountGrade::D, 15),
            (AccountGrade::Unspecified, 10),
        ],
    );
    let size = match grade {
        AccountGrade::A => 400..8_000,
        AccountGrade::B => 80..900,
        _ => 5..250,
    };
    let employees = rng.random_range(size);
    // Whole thousands, in minor units.
    let annual_revenue = i64::from(employees) * rng.random_range(place.revenue_per_head.clone()) * 100_000;
    let address = address(rng, place);
    let mut phones = vec![phone(rng, place.office, PointType::Work)];
    let fax = phone(rng, place.office, PointType::Fax);
    if rng.random_bool(0.2) && fax.number != phones[0].number {
        phones.push(fax);
    }
    let mailbox = pick(rng, &["info", "contact", "office", "sales"]);
    let mut emails = vec![email(format!("{mailbox}@{}", company.host), PointType::Work)];
    if rng.random_bool(0.3) {
        emails.push(email(format!("billing@{}", company.host), PointType::Billing));
    }
    Account {
        name: company.name.clone(),
        website: format!("https://www.{}", company.host),
        industry: company.industry.to_owned(),
        r#type: account_type(rng).into(),
        grade: grade.into(),
        credit_status: credit_status(rng).into(),
        source: source(rng).into(),
        phones,
        emails,
        shipping_address: rng.random_bool(0.4).then(|| address.clone()),
        billing_address: Some(address),
        employees,
        annual_revenue,
        currency: place.currency.to_owned(),
        tags: tags(rng, place),
        bank_card_number: if rng.random_bool(0.15) { bank_card_number(rng) } else { String::new() },
        ..Account::default()
    }
}

fn contact(rng: &mut StdRng, place: &Place, company: &Company) -> Contact {
    let person = Person::generate(rng, place);
    let mut phones = vec![phone(rng, place.mobile, PointType::Mobile)];
    let desk = phone(rng, place.office, PointType::Work);
    if rng.random_bool(0.4) && desk.number != phones[0].number {
        phones.push(desk);
    }
    let mut emails = vec![email(format!("{}@{}", person.mailbox, company.host), PointType::Work)];
    if rng.random_bool(0.15) {
        let number = rng.random_range(10..100);
        emails.push(email(format!("{}{number}@mail.example", person.mailbox), PointType::Home));
    }
    emails[0].opted_out = rng.random_bool(0.05);
    emails[0].invalid = rng.random_bool(0.02);
    let job = names::job(rng, place);
    Contact {
        salutation: person.salutation.to_owned(),
        given_name: person.given_name,
        family_name: person.family_name,
        title: job.title.to_owned(),
        emails,
        phones,
        accounts: vec![ContactAccount { role: job.role.to_owned(), ..ContactAccount::default() }],
        birthday: if rng.random_bool(0.6) { birthday(rng) } else { String::new() },
        preferences: if rng.random_bool(0.25) {
            names::preference(rng, place).to_owned()
        } else {
            String::new()
        },
        source: source(rng).into(),
        tags: if rng.random_bool(0.2) { tags(rng, place) } else { Vec::new() },
        ..Contact::default()
    }
}

fn address(rng: &mut StdRng, place: &Place) -> Address {
    let road = pick(rng, place.culture.roads());
    let number = rng.random_range(1..400);
    let street = match place.culture {
        Culture::Chinese => {
            let (floor, room) = (rng.random_range(2..30), rng.random_range(1..12));
            format!("{}{road}{number}号{floor}{room:02}室", place.district)
        }
        Culture::German => format!("{road} {number}"),
        Culture::French | Culture::English => format!("{number} {road}"),
    };
    Address {
        street,
        city: place.city.to_owned(),
        state: place.state.to_owned(),
        country: place.country.to_owned(),
        postal_code: digits(rng, place.postal_code),
    }
}

fn phone(rng: &mut StdRng, pattern: &str, purpose: PointType) -> Phone {
    Phone { number: digits(rng, pattern), r#type: purpose.into(), ..Phone::default() }
}

fn email(address: String, purpose: PointType) -> Email {
    Email { address, r#type: purpose.into(), ..Email::default() }
}

/// Puts a digit in the place of every `#`.
fn digits(rng: &mut StdRng, pattern: &str) -> String {
    let digit =
        |character| if character == '#' { char::from(b'0' + rng.random_range(0..10)) } else { character };
    pattern.chars().map(digit).collect()
}

/// The number of a bank card with its check digit.
fn bank_card_number(rng: &mut StdRng) -> String {
    let number = digits(rng, "6222##############");
    let doubled = number.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(digit - b'0');
        if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    });
    let check = (10 - doubled.sum::<u32>() % 10) % 10;
    format!("{number}{check}")
}

fn birthday(rng: &mut StdRng) -> String {
    let (year, month, day) =
        (rng.random_range(1958..2002), rng.random_range(1..=12), rng.random_range(1..=28));
    format!("{year}-{month:02}-{day:02}")
}

fn tags(rng: &mut StdRng, place: &Place) -> Vec<String> {
    let (chinese, count) = (place.culture == Culture::Chinese, rng.random_range(0..=3));
    let all = if chinese {
        ["重点客户", "老客户", "续约", "展会2026", "价格敏感", "技术导向", "年度框架协议", "需上门服务"]
    } else {
        [
            "key account",
            "renewal",
            "trade fair 2026",
            "price sensitive",
            "framework contract",
            "referral",
            "onsite",
            "pilot",
        ]
    };
    all.choose_multiple(rng, count).map(|tag| (*tag).to_owned()).collect()
}

fn account_type(rng: &mut StdRng) -> AccountType {
    weighted(
        rng,
        &[
            (AccountType::Customer, 50),
            (AccountType::Prospect, 30),
            (AccountType::Partner, 6),
            (AccountType::Reseller, 6),
            (AccountType::Supplier, 5),
            (AccountType::Competitor, 2),
            (AccountType::Investor, 1),
        ],
    )
}

fn credit_status(rng: &mut StdRng) -> CreditStatus {
    weighted(
        rng,
        &[
            (CreditStatus::Good, 70),
            (CreditStatus::Unspecified, 15),
            (CreditStatus::Watch, 9),
            (CreditStatus::Hold, 4),
            (CreditStatus::Blocked, 2),
        ],
    )
}

fn source(rng: &mut StdRng) -> Source {
    weighted(
        rng,
        &[
            (Source::WebSite, 22),
            (Source::Event, 18),
            (Source::ExistingCustomer, 15),
            (Source::Campaign, 14),
            (Source::Call, 10),
            (Source::Partner, 9),
            (Source::SocialMedia, 7),
            (Source::Email, 5),
        ],
    )
}

/// Draws one of some values, each as often as its weight says.
fn weighted<T: Copy>(rng: &mut StdRng, choice: &[(T, u32)]) -> T {
    let mut draw = rng.random_range(0..choice.iter().map(|(_, weight)| weight).sum());
    for (value, weight) in choice {
        if draw < *weight {
            return *value;
        }
        draw -= weight;
    }
    choice[0].0
}

/// Draws one of some texts, of which there is one at least.
fn pick<'a>(rng: &mut StdRng, choice: &[&'a str]) -> &'a str {
    choice[rng.random_range(0..choice.len())]
}

#[cfg(test)]
mod tests;
