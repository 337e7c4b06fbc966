use crm_kit::error::Error;
use proptest::prelude::*;

use super::*;

fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

fn away(start_date: &str, end_date: &str) -> Absence {
    Absence { start_date: start_date.to_owned(), end_date: end_date.to_owned(), note: String::new() }
}

fn found(violations: Violations) -> Vec<(String, &'static str)> {
    match violations.finish() {
        Err(Error::Invalid(list)) => list.into_iter().map(|found| (found.field, found.reason)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn an_absence_is_whole_days_where_somebody_lives() {
    let days = [away("2026-02-16", "2026-02-22"), away("2026-05-01", "2026-05-01")];
    for (place, time, expected) in [
        ("Asia/Shanghai", "2026-02-15T15:59:59Z", false),
        ("Asia/Shanghai", "2026-02-15T16:00:00Z", true),
        ("Asia/Shanghai", "2026-02-22T15:59:59Z", true),
        ("Asia/Shanghai", "2026-02-22T16:00:00Z", false),
        ("America/Los_Angeles", "2026-05-01T06:59:59Z", false),
        ("America/Los_Angeles", "2026-05-01T07:00:00Z", true),
        ("America/Los_Angeles", "2026-05-02T06:59:59Z", true),
        ("Pacific/Kiritimati", "2026-04-30T10:00:00Z", true),
    ] {
        assert_eq!(is_absent(&days, zone(place), moment(time)), expected, "{place} {time}");
    }
}

#[test]
fn everything_wrong_with_absences_is_named() {
    let mut violations = Violations::default();
    let absences = [
        away("2026-02-30", "2026-03-01"),
        away("2026-03-02", "2026-03-01"),
        away("2026-3-2", "20260303"),
        away("2026-02-28", "2026-02-28"),
    ];
    check_absences(&absences, "absences", &mut violations);
    let expected = [
        ("absences[0].start_date", "DATE_INVALID"),
        ("absences[1].end_date", "OUT_OF_ORDER"),
        ("absences[2].start_date", "DATE_INVALID"),
        ("absences[2].end_date", "DATE_INVALID"),
    ];
    assert_eq!(found(violations), expected.map(|(field, reason)| (field.to_owned(), reason)));
}

proptest! {
    #[test]
    fn no_text_at_all_makes_it_panic(start: String, end: String, seconds in 0i64..4_000_000_000) {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        is_absent(&[away(&start, &end)], Tz::UTC, moment);
    }
}
