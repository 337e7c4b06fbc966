//! The order of a board: each opportunity has a place, a text that sorts between those of its neighbours.
//!
//! A place is a fraction written in digits and small letters, which every collation sorts alike, without zeros at its
//! end, so there is always another one between two.

use uuid::Uuid;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The place of an opportunity that has just come into a stage: above those that came before it.
pub fn newest() -> String {
    place_of(crm_kit::id::new())
}

/// Ids grow with time, so their complements put the newest on top, and no two are the same.
fn place_of(id: Uuid) -> String {
    format!("{:032x}1", !id.as_u128())
}

/// A place between two others, either of which may be missing; `None` if the first is not above the second.
pub fn between(above: Option<&str>, below: Option<&str>) -> Option<String> {
    let read = |text: &str| text.bytes().map(|byte| DIGITS.iter().position(|digit| *digit == byte)).collect();
    let above: Vec<usize> = above.map_or(Some(Vec::new()), read)?;
    let below: Option<Vec<usize>> = match below {
        Some(text) => Some(read(text)?),
        None => None,
    };
    if below.as_ref().is_some_and(|below| above >= *below) {
        return None;
    }
    let mut place = Vec::new();
    // Once the place is below its upper neighbour's lower one at some digit, nothing limits the digits after it.
    let mut limit = below.as_deref();
    loop {
        let at = place.len();
        // Only a text that is no place, with zeros at its end, has no room above it.
        if limit.is_some_and(|below| at > below.len()) {
            return None;
        }
        let from = above.get(at).copied().unwrap_or(0);
        let to = limit.map_or(DIGITS.len(), |below| below.get(at).copied().unwrap_or(0));
        if from + 1 < to {
            place.push(usize::midpoint(from, to));
            break;
        }
        if from < to {
            limit = None;
        }
        place.push(from);
    }
    Some(place.into_iter().map(|digit| char::from(DIGITS[digit])).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_is_on_top() {
        let (older, newer) = (place_of(Uuid::from_u128(5)), place_of(Uuid::from_u128(6)));
        assert!(newer < older, "{newer} {older}");
    }

    proptest! {
        #[test]
        fn whatever_is_moved_where_the_order_is_that_of_the_moves(
            moves in proptest::collection::vec((0usize..20, 0usize..20), 0..200),
        ) {
            let mut board: Vec<String> = (0..20).rev().map(|id| place_of(Uuid::from_u128(id))).collect();
            for (from, to) in moves {
                board.remove(from);
                let above = to.checked_sub(1).map(|index| board[index].as_str());
                let place = between(above, board.get(to).map(String::as_str)).unwrap();
                board.insert(to, place);
                prop_assert!(board.is_sorted_by(|one, other| one < other), "{board:?}");
            }
        }

        #[test]
        fn there_is_always_room_at_the_same_place(count in 1usize..300) {
            let (above, mut below) = (place_of(Uuid::from_u128(2)), place_of(Uuid::from_u128(1)));
            for _ in 0..count {
                let place = between(Some(&above), Some(&below)).unwrap();
                prop_assert!(above < place && place < below);
                below = place;
            }
        }
    }
}
