//! Which keys a span has so far, roughly: so that nobody compares each with all others where all differ.

/// Of a dozen keys two rarely share one bit of so many.
const BITS: usize = 1024;

/// A bit for each key that was seen.
#[derive(Debug)]
pub(crate) struct Keys([u64; BITS / 64]);

impl Default for Keys {
    fn default() -> Self {
        Self([0; BITS / 64])
    }
}

impl Keys {
    /// `true`: it was not seen before. `false`: it may have been. From now on it was.
    pub(crate) fn is_new(&mut self, key: &[u8]) -> bool {
        let nth = place(key);
        let (word, bit) = (&mut self.0[nth / 64], 1 << (nth % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// Both ends of a key and its length, mixed.
fn place(key: &[u8]) -> usize {
    let mixed = match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        _ => key.iter().fold(0, |mixed, byte| mixed << 8 | u64::from(*byte)),
    };
    let spread = (mixed ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> 32) as usize % BITS
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_key_is_new_once_at_most() {
        let mut keys = Keys::default();
        for length in 0..200 {
            let key = vec![b'k'; length];
            keys.is_new(&key);
            assert!(!keys.is_new(&key), "{length}");
        }
    }

    #[test]
    fn the_keys_of_a_request_are_all_new() {
        let keys = "http.request.method http.route url.path url.scheme url.query user_agent.original server.address server.port \
            network.protocol.version client.address network.peer.address network.peer.port http.response.status_code";
        let mut seen = Keys::default();
        for key in keys.split_whitespace() {
            assert!(seen.is_new(key.as_bytes()), "{key}");
        }
    }
}
