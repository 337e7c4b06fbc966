//! Targets: what everybody is to win.

use chrono::{Datelike, Months, NaiveDate};
use crm_protos::sales::v1::{Target, TargetPeriod};

use super::Story;
use super::draw::round;
use super::year::{Year, season};

/// Nobody's month is expected to bring less, in whole CNY.
const LEAST: f64 = 20_000.0;
/// How much more than was won is wanted of each seller, in percent.
const AMBITIONS: [f64; 9] = [12.0, -5.0, 35.0, 8.0, 25.0, -8.0, 18.0, 4.0, 40.0];
/// A department is to win a little less than all of its people together.
const DEPARTMENT: f64 = 0.95;
const QUARTER: Months = Months::new(3);

/// What each seller wins in a usual month, in whole CNY.
#[derive(Clone, Debug)]
pub struct Usual(Vec<f64>);

impl Usual {
    /// What so many sellers usually win, by what they have.
    pub fn of<'a>(sellers: usize, stories: impl IntoIterator<Item = &'a Story>) -> Self {
        let mut usual = vec![0.0; sellers];
        for story in stories {
            if let Some(((_, yuan), usual)) = story.won().zip(usual.get_mut(story.seller)) {
                *usual += yuan / 12.0;
            }
        }
        Self(usual)
    }

    /// What a seller is to win each month.
    pub fn of_seller(&self, year: &Year, seller: usize) -> Vec<Target> {
        let target = |month| target(TargetPeriod::Month, month, self.month(seller, month));
        months(year).into_iter().map(target).collect()
    }

    /// What a department is to win each quarter.
    pub fn of_department(&self, year: &Year, sellers: &[usize]) -> Vec<Target> {
        let months = months(year);
        let quarters = months.iter().filter(|month| month.month0() % 3 == 0);
        let quarter = |first: &NaiveDate| {
            let inside = months.iter().filter(|month| *first <= **month && **month < *first + QUARTER);
            let each = inside.flat_map(|month| sellers.iter().map(|seller| self.month(*seller, *month)));
            target(TargetPeriod::Quarter, *first, each.sum::<f64>() * DEPARTMENT)
        };
        quarters.map(quarter).collect()
    }

    fn month(&self, seller: usize, month: NaiveDate) -> f64 {
        let ambition = 1.0 + AMBITIONS[seller % AMBITIONS.len()] / 100.0;
        // Who plans follows the season half-way.
        let usual = self.0.get(seller).copied().unwrap_or_default() * (1.0 + season(month.month0())) / 2.0;
        (usual * ambition).max(LEAST)
    }
}

fn target(period: TargetPeriod, start: NaiveDate, yuan: f64) -> Target {
    Target {
        period: period.into(),
        start_month: start.format("%Y-%m").to_string(),
        amount_minor: round(yuan) * 100,
        currency: "CNY".to_owned(),
        ..Target::default()
    }
}

/// The months of the year and those after it until the next quarter ends.
fn months(year: &Year) -> Vec<NaiveDate> {
    let mut months: Vec<NaiveDate> = year.months().collect();
    let Some(last) = months.last().copied() else { return months };
    let ahead = 5 - last.month0() % 3;
    months.extend((1..=ahead).filter_map(|ahead| last.checked_add_months(Months::new(ahead))));
    months
}
