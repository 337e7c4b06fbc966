//! The year that is told: its working days, its seasons and its office hours.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use rand::Rng;
use rand::rngs::StdRng;

/// So many days pass from the first moment to the last.
const DAYS: i64 = 365;
/// So many days after the year deals are closed that are still open in it.
const AHEAD: usize = 150;
/// How much is closed in each month: most before the half-year and the year end, little in the summer and around the
/// Chinese New Year.
const SEASON: [f64; 12] = [0.85, 0.55, 1.05, 0.95, 1.0, 1.45, 0.8, 0.6, 1.05, 0.85, 1.35, 1.75];
/// On the last days of a month more is closed.
const LAST_DAYS: u32 = 24;
const LAST_DAYS_FACTOR: f64 = 1.7;
/// How long after somebody asks for the first time it is decided, usually.
const DEMAND: Days = Days::new(60);
/// When the Chinese New Year is.
const NEW_YEARS: [(i32, u32, u32); 20] = [
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
    (2028, 1, 26),
    (2029, 2, 13),
    (2030, 2, 3),
    (2031, 1, 23),
    (2032, 2, 11),
    (2033, 1, 31),
    (2034, 2, 19),
    (2035, 2, 8),
    (2036, 1, 28),
    (2037, 2, 15),
    (2038, 2, 4),
    (2039, 1, 24),
    (2040, 2, 12),
    (2041, 2, 1),
    (2042, 1, 22),
    (2043, 2, 10),
];

/// A year that ends at a moment.
#[derive(Clone, Debug)]
pub struct Year {
    zone: Tz,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// The days on which deals close, with the sum of the weights up to each.
    closing: Vec<(NaiveDate, f64)>,
    /// The days on which people ask, with the sum of the weights up to each.
    asking: Vec<(NaiveDate, f64)>,
}

impl Year {
    /// The year before a moment, in a time zone.
    pub fn ending(end: DateTime<Utc>, zone: Tz) -> Self {
        let start = end - TimeDelta::days(DAYS);
        let first = start.with_timezone(&zone).date_naive();
        let last = end.with_timezone(&zone).date_naive();
        let days = || first.iter_days().skip(1).filter(|day| is_working(*day));
        let closing = days().take_while(|day| *day <= last + Days::new(AHEAD as u64));
        let asking = days().take_while(|day| *day <= last);
        Self {
            zone,
            start,
            end,
            closing: sums(closing.map(|day| (day, closings(day)))),
            asking: sums(asking.map(|day| (day, closings(day + DEMAND)))),
        }
    }

    /// The first moment.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The last moment.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// The day that a moment is part of.
    pub fn day(&self, time: DateTime<Utc>) -> NaiveDate {
        time.with_timezone(&self.zone).date_naive()
    }

    /// The first days of the months of the year, also of those of which only a part belongs to it.
    pub fn months(&self) -> impl Iterator<Item = NaiveDate> {
        let last = self.day(self.end);
        let next = |month: &NaiveDate| month.checked_add_months(Months::new(1));
        std::iter::successors(self.day(self.start).with_day(1), next).take_while(move |day| *day <= last)
    }

    /// The last working day that has passed as a whole.
    pub fn last_working_day(&self) -> NaiveDate {
        working_day(self.day(self.end) - Days::new(1))
    }

    /// The beginning of office hours on a day.
    pub fn morning(&self, day: NaiveDate) -> DateTime<Utc> {
        self.at(day, 9 * 60)
    }

    /// A working day, also after the year, on which a deal may close.
    pub(super) fn closing_day(&self, rng: &mut StdRng) -> NaiveDate {
        by_weight(rng, &self.closing)
    }

    /// A working day on which somebody may ask for the first time.
    pub(super) fn asking_day(&self, rng: &mut StdRng) -> NaiveDate {
        by_weight(rng, &self.asking)
    }

    /// A moment in the office hours of a day, or of the last working day before it.
    pub(super) fn office_time(&self, rng: &mut StdRng, day: NaiveDate) -> DateTime<Utc> {
        let day = working_day(day);
        let minute = match rng.random_range(0..450) {
            morning @ 0..180 => 9 * 60 + morning,
            afternoon => 13 * 60 + 30 + (afternoon - 180),
        };
        self.at(day, minute) + TimeDelta::seconds(rng.random_range(0..60))
    }

    /// A full or half hour in the office hours some days from the end on, among which working days are sought. What has
    /// passed was for the morning.
    pub(super) fn appointment(&self, rng: &mut StdRng, days: RangeInclusive<i64>) -> DateTime<Utc> {
        let day = working_day(self.day(self.end) + TimeDelta::days(rng.random_range(days)));
        let half_hour = match rng.random_range(0..15) {
            morning @ 0..6 => 18 + morning,
            afternoon => 27 + (afternoon - 6),
        };
        let time = self.at(day, half_hour * 30);
        if time > self.end { time } else { self.morning(day) }
    }

    fn at(&self, day: NaiveDate, minute: i64) -> DateTime<Utc> {
        let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
        // No clock is changed during office hours.
        self.zone.from_local_datetime(&local).earliest().map_or(local.and_utc(), |time| time.to_utc())
    }
}

/// How much is asked for or closed in a month compared with others, from half as much to nearly twice as much.
pub(super) fn season(month0: u32) -> f64 {
    SEASON.get(month0 as usize).copied().unwrap_or(1.0)
}

/// The last working day up to a day.
pub(super) fn working_day(day: NaiveDate) -> NaiveDate {
    std::iter::successors(Some(day), NaiveDate::pred_opt).find(|day| is_working(*day)).unwrap_or(day)
}

fn is_working(day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let holiday = matches!((day.month(), day.day()), (1, 1) | (5, 1..=3) | (10, 1..=7));
    !weekend && !holiday && !(-1..=6).contains(&since_new_year(day))
}

/// How many days a day is after the Chinese New Year of its year.
fn since_new_year(day: NaiveDate) -> i64 {
    let known = NEW_YEARS.iter().find(|(year, ..)| *year == day.year());
    let (month, date) = known.map_or((2, 5), |(_, month, date)| (*month, *date));
    NaiveDate::from_ymd_opt(day.year(), month, date).map_or(i64::MAX, |new_year| (day - new_year).num_days())
}

fn closings(day: NaiveDate) -> f64 {
    let last_days = if day.day() >= LAST_DAYS { LAST_DAYS_FACTOR } else { 1.0 };
    let holidays_near = if (-8..=12).contains(&since_new_year(day)) { 0.4 } else { 1.0 };
    season(day.month0()) * last_days * holidays_near
}

fn sums(days: impl Iterator<Item = (NaiveDate, f64)>) -> Vec<(NaiveDate, f64)> {
    let add = |sum: &mut f64, (day, weight)| {
        *sum += weight;
        Some((day, *sum))
    };
    days.scan(0.0, add).collect()
}

fn by_weight(rng: &mut StdRng, days: &[(NaiveDate, f64)]) -> NaiveDate {
    let total = days.last().map_or(0.0, |(_, sum)| *sum);
    let draw = rng.random::<f64>() * total;
    days[days.partition_point(|(_, sum)| *sum <= draw).min(days.len() - 1)].0
}
