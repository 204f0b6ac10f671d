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
    if text.len() == digits { number(text, &LOWER) } else { None }
}

/// What bytes are as digits; above 15, none.
const fn digits(digits: &[u8; 16], mut values: [u8; 256]) -> [u8; 256] {
    let mut digit = 0;
    while digit < 16 {
        values[digits[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
}

static LOWER: [u8; 256] = digits(b"0123456789abcdef", [u8::MAX; 256]);
static EITHER: [u8; 256] = digits(b"0123456789ABCDEF", LOWER);

/// A number of one to so many hexadecimal digits of either case, at most 32.
pub(super) fn hex_up_to(text: &[u8], digits: usize) -> Option<u128> {
    if text.is_empty() || text.len() > digits { None } else { number(text, &EITHER) }
}

/// At most 32 digits.
#[inline]
fn number(text: &[u8], values: &[u8; 256]) -> Option<u128> {
    if text.len() > 32 {
        return None;
    }
    // In halves of 64 bits, and one look at all digits' values, as each request has 50 of them.
    let (mut halves, mut seen) = ([0_u64; 2], 0);
    let (high, low) = text.split_at(text.len().saturating_sub(16));
    for (half, digits) in halves.iter_mut().zip([high, low]) {
        for digit in digits {
            let value = values[usize::from(*digit)];
            seen |= value;
            *half = *half << 4 | u64::from(value & 15);
        }
    }
    (seen < 16).then(|| u128::from(halves[0]) << 64 | u128::from(halves[1]))
}

/// The first so many bytes; what follows stays in `text`.
pub(super) fn take<'a>(text: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (head, tail) = text.split_at_checked(bytes)?;
    *text = tail;
    Some(head)
}
