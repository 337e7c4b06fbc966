//! Opportunities: from the first talk to the contract, or to the reason why there is none.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use crm_kit::convert::timestamp;
use crm_protos::customers::v1::{AccountGrade, Source};
use crm_protos::sales::v1::{
    ContactRole, ConvertLeadRequest, ForecastCategory, LoseOpportunityRequest, LostReason, Opportunity,
    OpportunityContact, RecurringPeriod,
};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::catalogue::Article;
use super::draw::{Stream, around, generator, normal, pick, round, weighted};
use super::path::{Fate, Path};
use super::rates::{from_yuan, minor};
use super::words::{self, PROJECTS, Project};
use super::year::Year;
use super::{Action, Buyer, Event, Story, offer};

/// How much better or worse than others who sells is, in log odds.
const SKILLS: [f64; 9] = [0.3, 0.55, -0.35, 0.15, -0.55, 0.4, -0.2, 0.25, -0.1];

const SOURCES: &[(Source, u32)] = &[
    (Source::ExistingCustomer, 25),
    (Source::WebSite, 19),
    (Source::Event, 16),
    (Source::Campaign, 12),
    (Source::Call, 11),
    (Source::Partner, 9),
    (Source::SocialMedia, 5),
    (Source::Email, 3),
];

/// The accounts that an opportunity of an index may be about, in the order in which they are to be tried. The later an
/// opportunity, the more accounts there are: two more than twice its index.
pub fn accounts(seed: u64, index: u64) -> impl Iterator<Item = u64> {
    let mut rng = generator(seed, Stream::Account, index);
    std::iter::repeat_with(move || rng.random_range(0..2 * index + 2)).take(20)
}

/// The opportunity of an index with a buyer.
pub fn deal(seed: u64, index: u64, year: &Year, stages: usize, buyer: &Buyer) -> Story {
    let mut rng = generator(seed, Stream::Deal, index);
    let rng = &mut rng;
    let deal = Deal::draw(rng, buyer, None);
    let path = Path::draw(rng, year, stages, deal.fate());
    let (begin, stage) = path.stops[0];
    let opportunity = deal.opened(rng, &path, year.day(begin), stage, stages);
    let created = Event { time: begin, action: Action::Create(Box::new(opportunity), stage) };
    let events = std::iter::once(created).chain(deal.course(rng, year, stages, &path));
    Story { seller: buyer.seller, events: events.collect() }
}

/// What becomes of a lead from a source that is converted at a moment.
pub(super) fn converted(
    rng: &mut StdRng,
    year: &Year,
    stages: usize,
    buyer: &Buyer,
    source: Source,
    time: DateTime<Utc>,
) -> Vec<Event> {
    let deal = Deal::draw(rng, buyer, Some(source));
    let path = Path::from(rng, year, stages, deal.fate(), time);
    let opened = deal.opened(rng, &path, year.day(time), 0, stages);
    let convert = ConvertLeadRequest {
        opportunity_name: opened.name.clone(),
        amount_minor: Some(opened.amount_minor),
        currency: opened.currency.clone(),
        expected_close_date: opened.expected_close_date.clone(),
        ..ConvertLeadRequest::default()
    };
    let known = Event {
        time: time + TimeDelta::minutes(rng.random_range(2..12)),
        action: Action::Update(Box::new(opened), &["contacts", "next_step", "tags"]),
    };
    let first = [Event { time, action: Action::Convert(convert) }, known];
    let events = first.into_iter().chain(deal.course(rng, year, stages, &path));
    events.collect()
}

/// Numbers the opportunities that would have the same name with the same account.
pub fn tell_apart<'a>(stories: impl IntoIterator<Item = (u64, &'a mut Story)>) {
    let mut seen: HashMap<(u64, String), u32> = HashMap::new();
    for (account, story) in stories {
        for event in &mut story.events {
            if let Action::Create(opportunity, _) = &mut event.action {
                let count = seen.entry((account, opportunity.name.clone())).or_default();
                *count += 1;
                if *count > 1 {
                    opportunity.name = format!("{} ({count})", opportunity.name);
                }
            }
        }
    }
}

/// What a deal is like, before anything happens.
struct Deal<'a> {
    buyer: &'a Buyer,
    project: &'static Project,
    source: Source,
    yuan: f64,
    has_next_step: bool,
    contacts: Vec<OpportunityContact>,
    won: bool,
}

impl<'a> Deal<'a> {
    fn draw(rng: &mut StdRng, buyer: &'a Buyer, source: Option<Source>) -> Self {
        let source = source.unwrap_or_else(|| weighted(rng, SOURCES));
        let median = match buyer.grade {
            AccountGrade::A => 380_000.0,
            AccountGrade::B => 180_000.0,
            AccountGrade::C => 75_000.0,
            AccountGrade::D => 36_000.0,
            AccountGrade::Unspecified => 60_000.0,
        };
        let yuan = around(rng, median, 0.65).clamp(3_000.0, 2_500_000.0);
        let affordable = |project: &&Project| {
            Article::of(project.article).is_some_and(|article| {
                // Nobody buys hundreds of what costs little, or one of what costs too much.
                (article.price..article.price * 400.0).contains(&(yuan * 0.65))
            })
        };
        let affordable: Vec<&'static Project> = PROJECTS.iter().filter(affordable).collect();
        let project = affordable.choose(rng).copied().unwrap_or(&PROJECTS[0]);
        let decides = rng.random_bool(0.5);
        let contacts = contacts(rng, buyer, decides);
        let has_next_step = rng.random_bool(0.6);
        let chance = chance(buyer, source, yuan, decides, has_next_step) + 0.3 * normal(rng);
        let won = rng.random_bool(1.0 / (1.0 + (-chance).exp()));
        Self { buyer, project, source, yuan, has_next_step, contacts, won }
    }

    fn fate(&self) -> Fate {
        Fate { won: self.won, yuan: self.yuan }
    }

    fn word(&self, rng: &mut StdRng, texts: &[words::Text]) -> String {
        words::of(pick(rng, texts), self.buyer.is_chinese())
    }

    fn name(&self) -> String {
        match self.buyer.is_chinese() {
            true => format!("{} {}", short(&self.buyer.name), self.project.chinese),
            false => format!("{} – {}", self.buyer.name, self.project.english),
        }
    }

    fn amount_minor(&self) -> i64 {
        let currency = self.buyer.currency();
        round(from_yuan(self.yuan, currency)) * round(minor(currency))
    }

    /// The opportunity as it is entered.
    fn opened(
        &self,
        rng: &mut StdRng,
        path: &Path,
        today: NaiveDate,
        stage: usize,
        stages: usize,
    ) -> Opportunity {
        let error = TimeDelta::days(rng.random_range(-25..12));
        let expected = (path.close + error).max(today + TimeDelta::days(7));
        let tags = if rng.random_bool(0.2) { vec![self.word(rng, words::TAGS)] } else { Vec::new() };
        let mut sometimes = |chance, texts| match rng.random_bool(chance) {
            true => self.word(rng, texts),
            false => String::new(),
        };
        Opportunity {
            name: self.name(),
            contacts: self.contacts.clone(),
            amount_minor: self.amount_minor(),
            currency: self.buyer.currency().to_owned(),
            expected_close_date: expected.to_string(),
            source: self.source.into(),
            needs: sometimes(0.5, words::NEEDS),
            purchase_intention: sometimes(0.35, words::INTENTIONS),
            next_step: match self.has_next_step {
                true => sometimes(1.0, next_steps(stage, stages)),
                false => String::new(),
            },
            tags,
            ..Opportunity::default()
        }
    }

    /// What happens after the beginning, as far as it is within the year.
    fn course(&self, rng: &mut StdRng, year: &Year, stages: usize, path: &Path) -> Vec<Event> {
        let mut events = Vec::new();
        let (begin, first) = path.stops[0];
        let (mut time, mut stage) = (begin + TimeDelta::minutes(15), first);
        let offers = rng.random_bool(0.5);
        let mut offered = false;
        for (index, (enter, to)) in path.stops.iter().enumerate() {
            if *enter > year.end() {
                break;
            }
            if index > 0 {
                (time, stage) = ((*enter).max(time + TimeDelta::minutes(5)), *to);
                events.push(Event { time, action: Action::Move(stage) });
            }
            // Who wants to negotiate has seen an offer.
            if offers && !offered && stage * 2 >= stages {
                offered = true;
                time += TimeDelta::minutes(rng.random_range(5..90));
                events.push(Event { time, action: self.offer(rng, stage, stages) });
            }
        }
        let close = year.office_time(rng, path.close).max(time + TimeDelta::minutes(30));
        let age = (year.end() - close).num_days();
        // What should have closed lately is sometimes still open.
        let drags = (0..30).contains(&age) && rng.random_bool(0.2);
        if close <= year.end() && !drags {
            events.push(Event { time: close, action: self.outcome(rng, stage, stages) });
        } else if rng.random_bool(0.85) {
            events.push(self.touch(rng, year, time, path.close, (stage, stages)));
        }
        events.retain(|event| event.time <= year.end());
        events
    }

    /// Puts down what is offered.
    fn offer(&self, rng: &mut StdRng, stage: usize, stages: usize) -> Action {
        let currency = self.buyer.currency();
        let line_items = offer::lines(rng, self.project, self.amount_minor(), currency);
        let recurring = offer::recurring(&line_items, currency);
        let period = if recurring > 0 { RecurringPeriod::Year } else { RecurringPeriod::Unspecified };
        let has_competitor = rng.random_bool(0.45);
        let opportunity = Opportunity {
            line_items,
            currency: currency.to_owned(),
            recurring_amount_minor: recurring,
            recurring_period: period.into(),
            competitor: if has_competitor { self.word(rng, words::COMPETITORS) } else { String::new() },
            next_step: self.word(rng, next_steps(stage, stages)),
            ..Opportunity::default()
        };
        let fields = &["line_items", "recurring_amount_minor", "recurring_period", "competitor", "next_step"];
        Action::Update(Box::new(opportunity), fields)
    }

    fn outcome(&self, rng: &mut StdRng, stage: usize, stages: usize) -> Action {
        if self.won {
            return Action::Win;
        }
        let reason = lost_reason(rng, stage * 2 >= stages);
        let notes = match reason {
            LostReason::Price => words::PRICE_NOTES,
            LostReason::Competitor => words::COMPETITOR_NOTES,
            LostReason::NoBudget => words::BUDGET_NOTES,
            LostReason::NoDecision => words::DECISION_NOTES,
            LostReason::Timing => words::TIMING_NOTES,
            LostReason::Features => words::FEATURE_NOTES,
            _ => words::CONTACT_NOTES,
        };
        let competes = matches!(reason, LostReason::Competitor | LostReason::Price) && rng.random_bool(0.8);
        Action::Lose(LoseOpportunityRequest {
            lost_reason: reason.into(),
            lost_note: if rng.random_bool(0.6) { self.word(rng, notes) } else { String::new() },
            competitor: if competes { self.word(rng, words::COMPETITORS) } else { String::new() },
            ..LoseOpportunityRequest::default()
        })
    }

    /// What was noted last of an opportunity that is still open: when it will close and what is to be done until then.
    fn touch(
        &self,
        rng: &mut StdRng,
        year: &Year,
        after: DateTime<Utc>,
        close: NaiveDate,
        (stage, stages): (usize, usize),
    ) -> Event {
        let since = after.max(year.end() - TimeDelta::days(12));
        let minutes = (year.end() - since).num_minutes().max(1);
        let day = year.day(since + TimeDelta::minutes(rng.random_range(0..minutes)));
        let at_work = year.office_time(rng, day);
        let fits = at_work > since && at_work < year.end();
        let time = if fits { at_work } else { since + (year.end() - since) / 2 };
        // A date that has passed is left as it is.
        let expected = close + TimeDelta::days(rng.random_range(0..4));
        let is_certain = stage + 1 == stages && rng.random_bool(0.3);
        let category = if is_certain { ForecastCategory::BestCase } else { ForecastCategory::Unspecified };
        let opportunity = Opportunity {
            expected_close_date: expected.to_string(),
            next_step: self.word(rng, next_steps(stage, stages)),
            next_follow_up_time: follow_up(rng, year, time).map(timestamp),
            forecast_category: category.into(),
            ..Opportunity::default()
        };
        let fields: &[&str] = match is_certain {
            true => &["expected_close_date", "next_step", "next_follow_up_time", "forecast_category"],
            false => &["expected_close_date", "next_step", "next_follow_up_time"],
        };
        Event { time, action: Action::Update(Box::new(opportunity), fields) }
    }
}

/// When somebody gets in touch again: mostly soon, sometimes it was forgotten.
pub(super) fn follow_up(rng: &mut StdRng, year: &Year, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = weighted(rng, &[((-5, -1), 18), ((0, 0), 17), ((1, 4), 30), ((5, 16), 35)]);
    let time = year.appointment(rng, days.0..=days.1);
    Some(time).filter(|time| *time > after)
}

/// The log odds of winning.
fn chance(buyer: &Buyer, source: Source, yuan: f64, decides: bool, has_next_step: bool) -> f64 {
    let source = match source {
        Source::ExistingCustomer => 0.9,
        Source::Partner => 0.5,
        Source::Event => 0.1,
        Source::WebSite => -0.1,
        Source::Campaign => -0.5,
        Source::SocialMedia | Source::Email => -0.6,
        _ => -0.9,
    };
    let people = if decides { 0.7 } else { -0.5 };
    let plan = if has_next_step { 0.2 } else { -0.3 };
    let size = -0.28 * (yuan / 100_000.0).ln();
    -0.85 + source + people + plan + size + SKILLS[buyer.seller % SKILLS.len()]
}

/// The people who are known at the beginning. If somebody decides, it is whoever can if there is one.
fn contacts(rng: &mut StdRng, buyer: &Buyer, decides: bool) -> Vec<OpportunityContact> {
    if buyer.people.is_empty() {
        return Vec::new();
    }
    let count = rng.random_range(1..=buyer.people.len().min(3));
    let chief = buyer.people.iter().position(|part| *part == ContactRole::DecisionMaker).unwrap_or_default();
    let mut people: Vec<usize> = (0..buyer.people.len()).collect();
    if decides {
        people.swap(0, chief);
    } else if buyer.people.len() > 1 {
        people.retain(|person| *person != chief || buyer.people[chief] != ContactRole::DecisionMaker);
    }
    let contact = |(place, person): (usize, usize)| {
        let role = match (place, decides, buyer.people[person]) {
            (0, true, _) => ContactRole::DecisionMaker,
            (_, _, ContactRole::DecisionMaker) => ContactRole::Influencer,
            (_, _, role) => role,
        };
        OpportunityContact { contact_id: person.to_string(), role: role.into(), ..Default::default() }
    };
    people.into_iter().take(count).enumerate().map(contact).collect()
}

/// Why a deal was lost; late ones fail for other reasons than early ones.
fn lost_reason(rng: &mut StdRng, late: bool) -> LostReason {
    use LostReason::{Competitor, Features, NoBudget, NoContact, NoDecision, Other, Price, Timing};
    let early = [
        (NoBudget, 20),
        (NoContact, 18),
        (Price, 15),
        (Timing, 15),
        (NoDecision, 14),
        (Competitor, 9),
        (Features, 7),
        (Other, 2),
    ];
    let later = [
        (Price, 35),
        (Competitor, 30),
        (NoDecision, 13),
        (Features, 8),
        (Timing, 6),
        (NoBudget, 6),
        (Other, 2),
        (NoContact, 0),
    ];
    weighted(rng, if late { &later } else { &early })
}

fn next_steps(stage: usize, stages: usize) -> &'static [words::Text] {
    words::NEXT_STEPS[(stage * words::NEXT_STEPS.len() / stages).min(words::NEXT_STEPS.len() - 1)]
}

/// The name of a Chinese company without its legal form.
fn short(name: &str) -> String {
    ["股份有限公司", "集团有限公司", "有限责任公司", "有限公司"]
        .iter()
        .fold(name.to_owned(), |name, form| name.replace(form, ""))
}
