//! What the formats have in common.

/// Without the optional white space around a field's value (RFC 9110, "OWS").
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// A number of exactly this many lower-case hexadecimal digits, at most 32.
pub(super) fn hex(text: &[u8], digits: usize) -> Option<u128> {
    let exact = text.len() == digits && !text.iter().any(u8::is_ascii_uppercase);
    exact.then(|| hex_up_to(text, digits)).flatten()
}

/// A number of one to so many hexadecimal digits of either case, at most 32.
pub(super) fn hex_up_to(text: &[u8], digits: usize) -> Option<u128> {
    if text.is_empty() || text.len() > digits.min(32) {
        return None;
    }
    text.iter().try_fold(0, |number, digit| Some(number << 4 | u128::from(char::from(*digit).to_digit(16)?)))
}

/// The first so many bytes; what follows stays in `text`.
pub(super) fn take<'a>(text: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (head, tail) = text.split_at_checked(bytes)?;
    *text = tail;
    Some(head)
}
