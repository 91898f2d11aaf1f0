//! A small table of numbers found by hash: one shard of an [`Interner`](super::interner::Interner).
//!
//! Open addressing in one slice of eight-byte slots, each the number beside 32 bits of the hash. So a look-up reads
//! one line of memory here before it compares a text, and splitting or growing reads no text at all. That is why
//! this is not `hashbrown::HashTable`, whose header, tags and entries are three reads, one after another.

use std::sync::Arc;

/// A slot without a number. INVARIANT (empty): no number is `u32::MAX`; see `MAX_IDS`.
const EMPTY: Slot = Slot { tag: 0, number: u32::MAX };

/// Numbers and the hashes they are found by.
#[derive(Debug, Clone, Default)]
pub(super) struct HashTable {
    count: usize,
    /// INVARIANT (probing): a number stands at the place of its tag, or behind it with no empty slot between, the
    /// first slot following the last. At least a fifth is empty.
    slots: Arc<[Slot]>,
}

/// A number and 32 bits of its text's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) tag: u32,
    pub(super) number: u32,
}

impl HashTable {
    /// The number with this tag for which `is` holds.
    pub(super) fn find(&self, tag: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let (before, from) = self.slots.split_at_checked(place(tag, self.slots.len()))?;
        let filled = from.iter().chain(before).take_while(|&&slot| slot != EMPTY);
        filled.filter(|slot| slot.tag == tag).map(|slot| slot.number).find(|&number| is(number))
    }

    /// Adds a number that is not there yet.
    pub(super) fn insert(&mut self, added: Slot) {
        self.count += 1;
        if self.count * 5 > self.slots.len() * 4 {
            let longer = vec![EMPTY; self.count + self.count / 2 + 2].into();
            let shorter = std::mem::replace(&mut self.slots, longer);
            shorter.iter().filter(|&&slot| slot != EMPTY).for_each(|&slot| self.place(slot));
        }
        self.place(added);
    }

    /// Everything there is.
    pub(super) fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        self.slots.iter().copied().filter(|&slot| slot != EMPTY)
    }

    /// INVARIANT (probing): into the first empty slot from its place on; there always is one.
    fn place(&mut self, added: Slot) {
        let slots = Arc::make_mut(&mut self.slots);
        let Some((before, from)) = slots.split_at_mut_checked(place(added.tag, slots.len())) else { return };
        if let Some(slot) = from.iter_mut().chain(before).find(|slot| **slot == EMPTY) {
            *slot = added;
        }
    }
}

/// The place of a tag among so many: by its highest bits, since the lowest ones chose the shard.
fn place(tag: u32, len: usize) -> usize {
    ((u64::from(tag) * len as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_tag_are_told_apart() {
        let mut table = HashTable::default();
        assert_eq!(table.find(7, |_| true), None);
        for number in 0..1_000 {
            // Few tags, some at the very end, so that probing goes round.
            table.insert(Slot { tag: u32::MAX - number % 7, number });
        }
        for number in 0..1_000 {
            assert_eq!(table.find(u32::MAX - number % 7, |n| n == number), Some(number));
        }
        assert_eq!(table.find(u32::MAX, |n| n == 1_000), None);
        assert_eq!((table.iter().count(), table.count), (1_000, 1_000));
    }

    #[test]
    fn a_changed_clone_leaves_the_other_as_it_was() {
        let mut table = HashTable::default();
        (0..100).for_each(|number| table.insert(Slot { tag: number << 20, number }));
        let before = table.clone();
        (100..300).for_each(|number| table.insert(Slot { tag: number << 20, number }));
        assert_eq!((before.iter().count(), table.iter().count()), (100, 300));
    }
}
