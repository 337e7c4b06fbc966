//! The rules of who may come in and what they may do: pure functions.

mod common_passwords;
pub mod department;
pub mod grants;
pub mod notification;
pub mod password;
pub mod roles;
pub mod second_factor;
pub mod token;

/// Letters and digits that nobody confuses when reading them aloud or typing them from paper; 32, so that a random
/// byte falls on each equally often.
const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Draws legible characters, five bits each, in groups joined by hyphens.
fn legible<const N: usize>(group: usize) -> String {
    let characters = crm_kit::crypto::random::<N>().map(|byte| char::from(LEGIBLE[usize::from(byte % 32)]));
    let groups = characters.chunks(group).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}
