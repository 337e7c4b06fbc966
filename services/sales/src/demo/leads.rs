//! Leads: where they come from, who takes them up, and what they become.

use chrono::{DateTime, TimeDelta, Utc};
use crm_kit::convert::timestamp;
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{CaptureLeadRequest, CreateLeadRequest, Lead, LeadRating, Utm};
use rand::Rng;
use rand::rngs::StdRng;

use super::deals::{converted, follow_up};
use super::draw::{Stream, around, generator, pick, round, weighted};
use super::rates::{from_yuan, minor};
use super::words::{self, INTENTIONS, NEEDS, UNQUALIFIED};
use super::year::Year;
use super::{Action, Buyer, Event, Story};

const SOURCES: &[(Source, u32)] = &[
    (Source::WebSite, 34),
    (Source::Event, 19),
    (Source::Campaign, 15),
    (Source::SocialMedia, 11),
    (Source::Call, 9),
    (Source::Email, 6),
    (Source::Partner, 6),
];

/// Somebody who may become a customer.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// The person and the company.
    pub lead: Lead,
    /// What the company would buy.
    pub buyer: Buyer,
}

/// The lead of an index about a prospect, with the opportunity that it becomes if it does.
pub fn lead(seed: u64, index: u64, year: &Year, stages: usize, prospect: &Prospect) -> Story {
    let mut rng = generator(seed, Stream::Lead, index);
    let rng = &mut rng;
    let asked = Asked::draw(rng, year, prospect);
    let events = asked.course(rng, year, stages).into_iter().filter(|event| event.time <= year.end());
    Story { seller: prospect.buyer.seller, events: events.collect() }
}

/// A lead, before anything is done about it.
struct Asked<'a> {
    prospect: &'a Prospect,
    source: Source,
    rating: LeadRating,
    time: DateTime<Utc>,
}

impl<'a> Asked<'a> {
    fn draw(rng: &mut StdRng, year: &Year, prospect: &'a Prospect) -> Self {
        let source = weighted(rng, SOURCES);
        let rating = weighted(rng, &[(LeadRating::Hot, 18), (LeadRating::Warm, 45), (LeadRating::Cold, 37)]);
        let day = year.asking_day(rng);
        let time = match source {
            // A web site is open in the evening too.
            Source::WebSite => year.morning(day) + TimeDelta::minutes(rng.random_range(-120..840)),
            _ => year.office_time(rng, day),
        };
        Self { prospect, source, rating, time: time.min(year.end() - TimeDelta::minutes(2)) }
    }

    fn course(&self, rng: &mut StdRng, year: &Year, stages: usize) -> Vec<Event> {
        let is_captured = self.source == Source::WebSite;
        let entered = if is_captured { self.captured(rng) } else { self.created(rng) };
        let mut events = vec![Event { time: self.time, action: entered }];
        // A few of the latest wait until somebody has time.
        let patience = if rng.random_bool(0.25) { 7.0 } else { 0.7 };
        let mut time = self.later(rng, year, self.time, patience);
        events.push(Event { time, action: Action::Work });
        if is_captured {
            time += TimeDelta::minutes(rng.random_range(5..40));
            let rated = Lead { rating: self.rating.into(), score: self.score(rng), ..Lead::default() };
            events.push(Event { time, action: Action::UpdateLead(Box::new(rated), &["rating", "score"]) });
        }
        let becomes_customer = match self.rating {
            LeadRating::Hot => 0.58,
            LeadRating::Warm => 0.28,
            _ => 0.1,
        };
        let fate = if rng.random_bool(becomes_customer) {
            Fate::Converted
        } else if rng.random_bool(0.88) {
            Fate::GivenUp
        } else {
            Fate::Lingering
        };
        if fate == Fate::Converted || rng.random_bool(0.25) {
            time = self.later(rng, year, time, 5.0);
            events.push(Event { time, action: Action::Qualify });
        }
        time = self.later(rng, year, time, 7.0);
        match fate {
            Fate::Converted if time <= year.end() => {
                events.extend(converted(rng, year, stages, &self.prospect.buyer, self.source, time));
            }
            Fate::GivenUp if time <= year.end() => {
                let reason = words::of(weighted(rng, UNQUALIFIED), self.prospect.buyer.is_chinese());
                events.push(Event { time, action: Action::Disqualify(reason) });
            }
            _ => events.extend(self.kept_in_view(rng, year, &events)),
        }
        events
    }

    /// What was noted last of a lead that somebody works on: when to get in touch again.
    fn kept_in_view(&self, rng: &mut StdRng, year: &Year, events: &[Event]) -> Option<Event> {
        let last = events.iter().rfind(|event| event.time <= year.end())?;
        if !matches!(last.action, Action::Work | Action::UpdateLead(..) | Action::Qualify) {
            return None;
        }
        let since = last.time.max(year.end() - TimeDelta::days(10));
        let time = since + (year.end() - since) * rng.random_range(1..10) / 10;
        let next = follow_up(rng, year, time)?;
        let lead = Lead { next_follow_up_time: Some(timestamp(next)), ..Lead::default() };
        Some(Event { time, action: Action::UpdateLead(Box::new(lead), &["next_follow_up_time"]) })
    }

    /// Some days after a moment, in office hours.
    fn later(&self, rng: &mut StdRng, year: &Year, after: DateTime<Utc>, days: f64) -> DateTime<Utc> {
        let minutes = around(rng, days * 24.0 * 60.0, 0.7).min(90.0 * 24.0 * 60.0);
        let time = after + TimeDelta::minutes(minutes as i64);
        let at_work = year.office_time(rng, year.day(time));
        if at_work > after { at_work } else { after + TimeDelta::minutes(rng.random_range(10..180)) }
    }

    /// What a visitor fills in.
    fn captured(&self, rng: &mut StdRng) -> Action {
        let Lead { name, company, title, email, phone, industry, address, .. } = self.prospect.lead.clone();
        let (source, medium) = weighted(
            rng,
            &[
                (("baidu", "cpc"), 30),
                (("baidu", "organic"), 22),
                (("google", "organic"), 18),
                (("bing", "cpc"), 8),
                (("wechat", "social"), 14),
                (("newsletter", "email"), 8),
            ],
        );
        let campaign = if medium == "cpc" { pick(rng, &["mes", "iiot", "traceability"]) } else { "" };
        let utm = Utm {
            source: source.to_owned(),
            medium: medium.to_owned(),
            campaign: campaign.to_owned(),
            ..Utm::default()
        };
        Action::Capture(Box::new(CaptureLeadRequest {
            name,
            company,
            title,
            email,
            phone: if rng.random_bool(0.6) { phone } else { String::new() },
            needs: self.sometimes(rng, 0.8, NEEDS),
            purchase_intention: self.sometimes(rng, 0.3, INTENTIONS),
            industry,
            // Hardly anybody fills in everything.
            address: address.filter(|_| rng.random_bool(0.5)),
            utm: Some(utm),
            ..CaptureLeadRequest::default()
        }))
    }

    /// What somebody enters; most go where the rules say.
    fn created(&self, rng: &mut StdRng) -> Action {
        let currency = self.prospect.buyer.currency();
        let yuan = around(rng, 90_000.0, 0.8);
        let amount = round(from_yuan(yuan, currency)) * round(minor(currency));
        let channels = match self.source {
            Source::Event => words::FAIRS,
            Source::Campaign => words::CAMPAIGNS,
            Source::SocialMedia => words::MEDIA,
            Source::Email => words::LETTERS,
            Source::Partner => words::PARTNERS,
            _ => words::CALLS,
        };
        let lead = Lead {
            source: self.source.into(),
            channel: self.sometimes(rng, 0.8, channels),
            rating: self.rating.into(),
            score: self.score(rng),
            needs: self.sometimes(rng, 0.6, NEEDS),
            purchase_intention: self.sometimes(rng, 0.4, INTENTIONS),
            amount_minor: if rng.random_bool(0.4) { amount } else { 0 },
            currency: currency.to_owned(),
            ..self.prospect.lead.clone()
        };
        let assign = rng.random_bool(0.65);
        Action::CreateLead(Box::new(CreateLeadRequest { lead: Some(lead), assign, ..Default::default() }))
    }

    fn sometimes(&self, rng: &mut StdRng, chance: f64, texts: &[words::Text]) -> String {
        match rng.random_bool(chance) {
            true => words::of(pick(rng, texts), self.prospect.buyer.is_chinese()),
            false => String::new(),
        }
    }

    fn score(&self, rng: &mut StdRng) -> i32 {
        match self.rating {
            LeadRating::Hot => rng.random_range(70..=96),
            LeadRating::Warm => rng.random_range(38..78),
            _ => rng.random_range(5..42),
        }
    }
}

/// What a lead becomes in the end.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Converted,
    GivenUp,
    Lingering,
}
