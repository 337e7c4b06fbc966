//! What companies and people are called.

use rand::Rng;
use rand::rngs::StdRng;

use super::pick;
use super::places::{Culture, Place};
use super::words::{
    CHINESE_JOBS, ENGLISH_FAMILIES, ENGLISH_MEN, ENGLISH_WOMEN, FAMILIES, FIRST, FOUNDERS, FRENCH_FAMILIES,
    FRENCH_MEN, FRENCH_WOMEN, GERMAN_FAMILIES, GERMAN_MEN, GERMAN_WOMEN, JOBS, Job, MEN, OVERSEAS_FAMILIES,
    SECOND, TRADES, WOMEN,
};

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Company {
    pub name: String,
    pub industry: &'static str,
    /// Its host on the internet, of which no real one can have the name.
    pub host: String,
}

impl Company {
    pub(super) fn generate(rng: &mut StdRng, place: &Place) -> Self {
        let trade = &TRADES[rng.random_range(0..TRADES.len())];
        let legal = pick(rng, place.legal);
        if place.culture == Culture::Chinese {
            let (first, first_sound) = FIRST[rng.random_range(0..FIRST.len())];
            let (second, second_sound) = SECOND[rng.random_range(0..SECOND.len())];
            let city = place.city.trim_end_matches('市');
            let business = pick(rng, trade.chinese);
            let name = if rng.random_bool(0.75) {
                format!("{city}{first}{second}{business}{legal}")
            } else {
                format!("{first}{second}{business}（{city}）{legal}")
            };
            let host = format!("{first_sound}{second_sound}-{}.example", place.slug);
            return Self { name, industry: trade.industry, host };
        }
        let founder = pick(rng, FOUNDERS);
        let partner = pick(rng, FOUNDERS);
        let business = pick(rng, trade.english);
        let joined = rng.random_bool(0.4) && partner != founder;
        let name = if joined {
            format!("{founder} & {partner} {business} {legal}")
        } else {
            format!("{founder} {business} {legal}")
        };
        let host =
            format!("{}-{}.example", founder.to_lowercase(), business.to_lowercase().replace(' ', "-"));
        Self { name, industry: trade.industry, host }
    }

    /// The same company elsewhere.
    pub(super) fn branch(self, place: &Place) -> Self {
        let name = match place.culture {
            Culture::Chinese => format!("{}{}分公司", self.name, place.city.trim_end_matches('市')),
            _ => format!("{}, {}", self.name, place.city),
        };
        Self { name, ..self }
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub salutation: &'static str,
    pub given_name: String,
    pub family_name: String,
    /// What stands before the @ of the e-mail address.
    pub mailbox: String,
}

impl Person {
    pub(super) fn generate(rng: &mut StdRng, place: &Place) -> Self {
        let woman = rng.random_bool(0.5);
        if place.culture == Culture::Chinese {
            return Self::chinese(rng, woman);
        }
        let (women, men, families) = match place.culture {
            Culture::German => (GERMAN_WOMEN, GERMAN_MEN, GERMAN_FAMILIES),
            Culture::French => (FRENCH_WOMEN, FRENCH_MEN, FRENCH_FAMILIES),
            _ if matches!(place.country, "HK" | "SG") => (ENGLISH_WOMEN, ENGLISH_MEN, OVERSEAS_FAMILIES),
            _ => (ENGLISH_WOMEN, ENGLISH_MEN, ENGLISH_FAMILIES),
        };
        let given = pick(rng, if woman { women } else { men });
        let family = pick(rng, families);
        let salutation = match (place.culture, woman) {
            (Culture::German, true) => "Frau",
            (Culture::German, false) => "Herr",
            (Culture::French, true) => "Mme",
            (Culture::French, false) => "M.",
            (_, true) => "Ms",
            (_, false) => "Mr",
        };
        Self {
            salutation,
            given_name: given.to_owned(),
            family_name: family.to_owned(),
            mailbox: format!("{given}.{family}").to_lowercase(),
        }
    }

    fn chinese(rng: &mut StdRng, woman: bool) -> Self {
        let (family, family_sound) = FAMILIES[rng.random_range(0..FAMILIES.len())];
        let characters = if woman { WOMEN } else { MEN };
        let length = if rng.random_bool(0.7) { 2 } else { 1 };
        let given =
            (0..length).map(|_| characters[rng.random_range(0..characters.len())]).collect::<Vec<_>>();
        let given_sound = given.iter().map(|(_, sound)| *sound).collect::<String>();
        Self {
            salutation: if woman { "女士" } else { "先生" },
            given_name: given.iter().map(|(character, _)| *character).collect(),
            family_name: family.to_owned(),
            mailbox: format!("{family_sound}.{given_sound}"),
        }
    }
}

pub(super) fn job(rng: &mut StdRng, place: &Place) -> &'static Job {
    let jobs = if place.culture == Culture::Chinese { CHINESE_JOBS } else { JOBS };
    &jobs[rng.random_range(0..jobs.len())]
}

pub(super) fn preference(rng: &mut StdRng, place: &Place) -> &'static str {
    if place.culture == Culture::Chinese {
        pick(
            rng,
            &[
                "喜欢微信沟通",
                "上午联系较方便",
                "关注售后响应速度",
                "喜欢喝茶，爱好羽毛球",
                "需要详细的技术资料",
            ],
        )
    } else {
        pick(
            rng,
            &[
                "prefers e-mail to calls",
                "best reached in the morning",
                "asks for references",
                "plays golf",
                "vegetarian",
            ],
        )
    }
}
