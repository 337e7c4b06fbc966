use proptest::prelude::*;

use super::*;
use crate::testing::found;

fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

fn span(weekday: i32, start: &str, end: &str) -> WorkingHours {
    WorkingHours { weekday, start: start.to_owned(), end: end.to_owned() }
}

#[test]
fn working_hours_are_those_of_the_clock_on_the_wall() {
    // 2026-01-05 is a Monday.
    for (hours, place, time, expected) in [
        (&[span(1, "09:00", "18:00")][..], "Asia/Shanghai", "2026-01-05T00:59:59Z", false),
        (&[span(1, "09:00", "18:00")], "Asia/Shanghai", "2026-01-05T01:00:00Z", true),
        (&[span(1, "09:00", "18:00")], "Asia/Shanghai", "2026-01-05T09:59:59Z", true),
        (&[span(1, "09:00", "18:00")], "Asia/Shanghai", "2026-01-05T10:00:00Z", false),
        (&[span(2, "09:00", "18:00")], "Asia/Shanghai", "2026-01-05T02:00:00Z", false),
        // A break in the middle of the day.
        (&[span(1, "09:00", "12:00"), span(1, "13:30", "18:00")], "UTC", "2026-01-05T12:00:00Z", false),
        (&[span(1, "09:00", "12:00"), span(1, "13:30", "18:00")], "UTC", "2026-01-05T13:30:00Z", true),
        // Through the night: to the end of one day and from the beginning of the next.
        (&[span(1, "22:00", "24:00"), span(2, "00:00", "06:00")], "UTC", "2026-01-05T23:59:59Z", true),
        (&[span(1, "22:00", "24:00"), span(2, "00:00", "06:00")], "UTC", "2026-01-06T00:00:00Z", true),
        (&[span(1, "22:00", "24:00"), span(2, "00:00", "06:00")], "UTC", "2026-01-06T06:00:00Z", false),
        // Far from UTC it is another day.
        (&[span(1, "00:00", "06:00")], "Pacific/Kiritimati", "2026-01-04T15:00:00Z", true),
        (&[span(7, "00:00", "24:00")], "Pacific/Pago_Pago", "2026-01-05T10:59:00Z", true),
        (&[span(7, "00:00", "24:00")], "Pacific/Pago_Pago", "2026-01-05T11:00:00Z", false),
        (&[span(1, "05:45", "06:00")], "Asia/Kathmandu", "2026-01-05T00:00:00Z", true),
        // Summer and winter in New York, on two Mondays.
        (&[span(1, "09:00", "17:00")], "America/New_York", "2026-03-02T13:30:00Z", false),
        (&[span(1, "09:00", "17:00")], "America/New_York", "2026-03-09T13:30:00Z", true),
        // The hour that there is not, and the hour that there is twice, on Sundays in Berlin.
        (&[span(7, "02:00", "03:00")], "Europe/Berlin", "2026-03-29T00:59:59Z", false),
        (&[span(7, "02:00", "03:00")], "Europe/Berlin", "2026-03-29T01:00:00Z", false),
        (&[span(7, "02:00", "03:00")], "Europe/Berlin", "2026-10-25T00:30:00Z", true),
        (&[span(7, "02:00", "03:00")], "Europe/Berlin", "2026-10-25T01:30:00Z", true),
        (&[], "Asia/Shanghai", "2026-01-05T19:00:00Z", true),
    ] {
        assert_eq!(is_within(hours, zone(place), moment(time)), expected, "{hours:?} {place} {time}");
    }
}

#[test]
fn everything_wrong_with_hours_is_named() {
    let mut violations = Violations::default();
    let hours = [
        span(0, "09:00", "18:00"),
        span(8, "9:00", "25:00"),
        span(3, "12:60", "24:01"),
        span(4, "18:00", "18:00"),
        span(5, "00:00", "24:00"),
        span(6, "+1:00", "1２:00"),
    ];
    check(&hours, "hours", &mut violations);
    let expected = [
        ("hours[0].weekday", "OUT_OF_RANGE"),
        ("hours[1].weekday", "OUT_OF_RANGE"),
        ("hours[1].start", "TIME_MALFORMED"),
        ("hours[1].end", "TIME_MALFORMED"),
        ("hours[2].start", "TIME_MALFORMED"),
        ("hours[2].end", "TIME_MALFORMED"),
        ("hours[3].end", "OUT_OF_ORDER"),
        ("hours[5].start", "TIME_MALFORMED"),
        ("hours[5].end", "TIME_MALFORMED"),
    ];
    assert_eq!(found(violations), expected.map(|(field, reason)| (field.to_owned(), reason)));
}

proptest! {
    #[test]
    fn every_minute_of_the_week_is_in_exactly_one_of_the_spans_that_part_it(
        seconds in 0i64..4_000_000_000,
        cuts in proptest::collection::btree_set(1u32..1440, 0..4),
        index in 0..chrono_tz::TZ_VARIANTS.len(),
    ) {
        let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let edges: Vec<u32> = std::iter::once(0).chain(cuts).chain([1440]).collect();
        let spans: Vec<WorkingHours> = (1..=7)
            .flat_map(|weekday| edges.windows(2).map(move |edge| span(weekday, &clock(edge[0]), &clock(edge[1]))))
            .collect();
        let (zone, moment) = (chrono_tz::TZ_VARIANTS[index], DateTime::from_timestamp(seconds, 0).unwrap());
        let within = spans.iter().filter(|one| is_within(std::slice::from_ref(one), zone, moment));
        prop_assert_eq!(within.count(), 1);
    }

    #[test]
    fn no_text_at_all_makes_it_panic(start: String, end: String, seconds in 0i64..4_000_000_000) {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        is_within(&[span(1, &start, &end)], Tz::UTC, moment);
        check(&[span(1, &start, &end)], "hours", &mut Violations::default());
    }
}
