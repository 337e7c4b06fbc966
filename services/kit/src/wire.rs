//! Encoded messages, read in place: what every call needs to know of its messages, whatever their types.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The fields of an encoded message, each with its bytes if it is a text, a message or the like. It is our own encoding,
/// so the walk ends at anything odd.
pub(crate) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u32, Option<&[u8]>)> {
    std::iter::from_fn(move || {
        let (number, wire) = decode_key(&mut bytes).ok()?;
        if wire != WireType::LengthDelimited {
            skip_field(wire, number, &mut bytes, DecodeContext::default()).ok()?;
            return Some((number, None));
        }
        let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
        let (field, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        Some((number, Some(field)))
    })
}

/// The texts or messages of one field.
pub(crate) fn all(bytes: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(bytes).filter(move |(found, _)| *found == number).filter_map(|(_, field)| field)
}

/// The text of a field.
pub(crate) fn text(bytes: &[u8], number: u32) -> Option<&str> {
    all(bytes, number).next().and_then(|text| std::str::from_utf8(text).ok())
}
