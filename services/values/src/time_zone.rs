//! Time zones by their names in the database of the IANA.

use chrono_tz::Tz;

/// Whether there is a time zone of a name.
pub fn is_known(name: &str) -> bool {
    name.parse::<Tz>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_time_zones_are_known() {
        assert!(["Asia/Shanghai", "America/Argentina/Buenos_Aires", "UTC"].into_iter().all(is_known));
        assert!(!["", "Asia/Beijing", "Asia/Shangai", "+08:00", "CET+1"].into_iter().any(is_known));
    }
}
