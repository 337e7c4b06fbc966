//! Sums, in the form in which they are kept: texts that occur again and again are numbered.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::contributions::Measure;
use crate::domain::report::amounts::Unit;

/// The sums that were asked for.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Answer {
    /// The values, which sums have by their numbers.
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
    /// The units, which sums have by their numbers.
    #[prost(message, repeated, tag = "2")]
    pub units: Vec<Unit>,
    #[prost(message, repeated, tag = "3")]
    sums: Vec<Sum>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Sum {
    #[prost(uint32, tag = "1")]
    part: u32,
    #[prost(uint32, tag = "2")]
    value: u32,
    #[prost(uint32, tag = "3")]
    unit: u32,
    #[prost(fixed64, tag = "4")]
    owner_begins: u64,
    #[prost(fixed64, tag = "5")]
    owner_ends: u64,
    #[prost(int64, tag = "6")]
    count: i64,
    #[prost(int64, tag = "7")]
    amount_minor: i64,
    #[prost(int64, tag = "8")]
    weighted_amount_minor: i64,
    #[prost(int64, tag = "9")]
    seconds: i64,
}

/// One sum.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The number of the question's part that it answers.
    pub part: usize,
    /// The value; empty where values are not told apart.
    pub value: &'a str,
    /// The owner; nil where owners are not told apart.
    pub owner: Uuid,
    /// The number of the unit.
    pub unit: usize,
    /// How much.
    pub measure: Measure,
}

impl Answer {
    /// The sums; there may be several with the same owner, value and unit.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.sums.iter().map(|sum| Line {
            part: sum.part as usize,
            value: self.values.get(sum.value as usize).map(String::as_str).unwrap_or_default(),
            owner: Uuid::from_u64_pair(sum.owner_begins, sum.owner_ends),
            unit: sum.unit as usize,
            measure: Measure {
                count: sum.count,
                amount_minor: sum.amount_minor,
                weighted_amount_minor: sum.weighted_amount_minor,
                seconds: sum.seconds,
            },
        })
    }

    /// The month of a line.
    pub fn month(&self, line: &Line) -> &str {
        self.units.get(line.unit).map(|unit| unit.month.as_str()).unwrap_or_default()
    }
}

/// An answer in the making.
#[derive(Default)]
pub(super) struct Draft {
    answer: Answer,
    values: HashMap<String, u32>,
    units: HashMap<Unit, u32>,
}

impl Draft {
    pub(super) fn add(&mut self, part: u32, value: String, owner: Uuid, unit: Unit, measure: Measure) {
        let (owner_begins, owner_ends) = owner.as_u64_pair();
        self.answer.sums.push(Sum {
            part,
            value: number(&mut self.values, &mut self.answer.values, value),
            unit: number(&mut self.units, &mut self.answer.units, unit),
            owner_begins,
            owner_ends,
            count: measure.count,
            amount_minor: measure.amount_minor,
            weighted_amount_minor: measure.weighted_amount_minor,
            seconds: measure.seconds,
        });
    }

    pub(super) fn finish(self) -> Answer {
        self.answer
    }
}

fn number<T: Clone + Eq + std::hash::Hash>(
    numbers: &mut HashMap<T, u32>,
    items: &mut Vec<T>,
    item: T,
) -> u32 {
    if let Some(number) = numbers.get(&item) {
        return *number;
    }
    let number = u32::try_from(items.len()).unwrap_or(u32::MAX);
    items.push(item.clone());
    numbers.insert(item, number);
    number
}
