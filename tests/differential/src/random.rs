//! Random numbers that are the same everywhere for the same seed and case.

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64, case: u64) -> Self {
        let mut random =
            Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Whether something that happens `percent` times in a hundred does.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    pub fn octet(&mut self) -> u8 {
        self.next() as u8
    }

    /// Changes `text` in one place: an octet lost, doubled, replaced, put in, or two of them exchanged. New octets are
    /// among `alphabet`.
    pub fn mutate(&mut self, text: &mut Vec<u8>, alphabet: &[u8]) {
        let new = alphabet[self.below(alphabet.len())];
        if text.is_empty() {
            text.push(new);
            return;
        }
        let at = self.below(text.len());
        match self.below(5) {
            0 => drop(text.remove(at)),
            1 => text.insert(at, text[at]),
            2 => text[at] = new,
            3 => text.insert(at, new),
            _ => {
                let other = self.below(text.len());
                text.swap(at, other);
            }
        }
    }
}
