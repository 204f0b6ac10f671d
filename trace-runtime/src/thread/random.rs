//! Random numbers for ids, one generator a thread.

use super::Thread;
use crate::sys;

impl Thread {
    /// 64 random bits. `xoroshiro128++`, seeded by the operating system.
    #[inline]
    fn random(&self) -> u64 {
        let [mut a, mut b] = self.random.get();
        if a | b == 0 {
            [a, b] = seed();
        }
        let result = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        b ^= a;
        self.random.set([a.rotate_left(49) ^ b ^ (b << 21), b.rotate_left(28)]);
        result
    }

    #[inline]
    pub(crate) fn new_span_id(&self) -> u64 {
        loop {
            let id = self.random();
            if id != 0 {
                return id;
            }
        }
    }

    #[inline]
    pub(crate) fn new_trace_id(&self) -> [u64; 2] {
        [self.new_span_id(), self.new_span_id()]
    }
}

#[cold]
fn seed() -> [u64; 2] {
    let [a, b] = sys::entropy();
    if a | b == 0 { [1, 1] } else { [a, b] }
}
