//! Which slots are free.

/// Slots that no thread keeps, a bit each. The lowest goes first: where many are open, those of spans that start one after the other lie
/// side by side, however they were given back.
#[derive(Default)]
pub(crate) struct FreeSlots {
    words: Vec<u64>,
    /// All words before this one are zero.
    from: usize,
}

impl FreeSlots {
    pub(crate) fn put(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, number % 64);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << bit;
        self.from = self.from.min(word);
    }

    pub(crate) fn take(&mut self) -> Option<u32> {
        loop {
            let word = self.words.get_mut(self.from)?;
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some(self.from as u32 * 64 + bit);
            }
            self.from += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_that_was_put_is_taken_once_the_lowest_first() {
        let mut free = FreeSlots::default();
        assert_eq!(free.take(), None);
        for number in [700, 3, 64, 63, 5] {
            free.put(number);
        }
        assert_eq!([free.take(), free.take()], [Some(3), Some(5)]);
        free.put(1);
        let rest: Vec<_> = std::iter::from_fn(|| free.take()).collect();
        assert_eq!(rest, [1, 63, 64, 700]);
        free.put(2);
        assert_eq!([free.take(), free.take()], [Some(2), None]);
    }
}
