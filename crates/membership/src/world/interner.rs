//! Ids as small numbers: 0, 1, 2 … in the order in which they were first seen.
//!
//! The texts stand in an arena that is only added to. They are found by hash, in shards of some 256 numbers;
//! with the ids grows the number of shards, one at a time (linear hashing), so that adding an id copies a few
//! KB where another world shares the interner, and never moves more than one shard. The hash is seeded anew in
//! every process; it decides where a number is kept and nothing that anybody sees.

use std::hash::BuildHasher as _;
use std::mem;

use hashbrown::DefaultHashBuilder;

use super::hash_table::{HashTable, Slot};
use super::radix::{Leaf, Radix};
use super::texts::Texts;

/// Ids per shard, on average.
const SHARD: u32 = 256;

/// How many ids an interner has room for: numbers are below `u32::MAX` − 1.
pub(super) const MAX_IDS: u32 = u32::MAX - 1;

/// Texts and their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner {
    texts: Radix<Texts>,
    len: u32,
    /// INVARIANT (found once): every number below `len` stands in exactly one shard, the one that `shard_of` names
    /// for its tag.
    shards: Radix<Shards>,
    shard_count: u32,
    hasher: DefaultHashBuilder,
}

/// Sixteen shards: a leaf of the radix.
#[derive(Debug, Clone, Default)]
struct Shards {
    rows: [HashTable; 16],
}

impl Leaf for Shards {
    const LAST_ROW: u8 = 15;
}

impl Interner {
    /// How many ids there are.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// The number of a text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.find_tagged(self.tag(text), text)
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        if number >= self.len {
            return None;
        }
        let (texts, row) = self.texts.leaf(number)?;
        texts.get(row)
    }

    /// The number of a text, a new one where it has none yet. None where there is no room.
    pub(super) fn intern(&mut self, text: &str) -> Option<u32> {
        let tag = self.tag(text);
        if let Some(number) = self.find_tagged(tag, text) {
            return Some(number);
        }
        let number = self.len;
        if number >= MAX_IDS {
            return None;
        }
        let (texts, row) = self.texts.leaf_mut(number)?;
        texts.add(row, text);
        self.len += 1;
        if number >= self.shard_count.saturating_mul(SHARD) {
            self.split();
        }
        self.enter(Slot { tag, number });
        Some(number)
    }

    fn find_tagged(&self, tag: u32, text: &str) -> Option<u32> {
        let (shards, row) = self.shards.leaf(shard_of(tag, self.shard_count))?;
        shards.rows.get(usize::from(row))?.find(tag, |number| self.text(number) == Some(text))
    }

    /// INVARIANT (found once): the one place that puts a number into a shard.
    fn enter(&mut self, slot: Slot) {
        if let Some(shard) = self.shard_mut(shard_of(slot.tag, self.shard_count)) {
            shard.insert(slot);
        }
    }

    /// Adds a shard, and moves there what belongs there now: some of what one other shard had.
    fn split(&mut self) {
        let added = self.shard_count;
        self.shard_count += 1;
        // The first shard splits from none; any other one from the shard that has its number without the top bit.
        let Some(top) = added.checked_ilog2() else { return };
        let Some(parent) = self.shard_mut(added ^ (1 << top)) else { return };
        mem::take(parent).iter().for_each(|slot| self.enter(slot));
    }

    fn shard_mut(&mut self, shard: u32) -> Option<&mut HashTable> {
        let (shards, row) = self.shards.leaf_mut(shard)?;
        shards.rows.get_mut(usize::from(row))
    }

    fn tag(&self, text: &str) -> u32 {
        (self.hasher.hash_one(text) >> 32) as u32
    }
}

/// Which of so many shards has a tag: by as many of its lowest bits as tell them apart, one bit less where that
/// shard is not there yet.
fn shard_of(tag: u32, shard_count: u32) -> u32 {
    let all = shard_count.next_power_of_two();
    let shard = tag & (all - 1);
    if shard < shard_count { shard } else { shard & (all / 2).saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_keeps_its_number_while_shards_split() {
        let mut ids = Interner::default();
        assert_eq!((ids.find("u-0"), ids.text(0)), (None, None));
        for n in 0..20_000 {
            assert_eq!(ids.intern(&format!("u-{n}")), Some(n));
        }
        for n in 0..20_000 {
            let text = format!("u-{n}");
            assert_eq!((ids.find(&text), ids.text(n)), (Some(n), Some(text.as_str())));
            assert_eq!(ids.intern(&text), Some(n));
        }
        assert_eq!(
            (ids.len(), ids.find("u-20000"), ids.find(""), ids.text(20_000)),
            (20_000, None, None, None)
        );
        assert_eq!(ids.shard_count, 20_000_u32.div_ceil(SHARD));
        let entries = |shard| {
            let (shards, row) = ids.shards.leaf(shard).unwrap();
            shards.rows[usize::from(row)].iter().count()
        };
        assert_eq!((0..ids.shard_count).map(entries).sum::<usize>(), 20_000);
    }

    #[test]
    fn a_clone_knows_only_its_own() {
        let mut ids = Interner::default();
        for n in 0..1_000 {
            ids.intern(&format!("u-{n}"));
        }
        let mut other = ids.clone();
        for n in 1_000..2_000 {
            assert_eq!(ids.intern(&format!("a-{n}")), Some(n));
            assert_eq!(other.intern(&format!("b-{n}")), Some(n));
        }
        assert_eq!((ids.find("b-1500"), other.find("a-1500")), (None, None));
        assert_eq!((ids.text(1_500), other.text(1_500)), (Some("a-1500"), Some("b-1500")));
    }

    #[test]
    fn shards_are_about_even() {
        let ids = Interner::default();
        let mut sizes = vec![0_u32; 48];
        for n in 0..48_000 {
            sizes[shard_of(ids.tag(&format!("u-{n}")), 48) as usize] += 1;
        }
        // 16 to 31 are not split yet, and have twice as many.
        assert!(sizes.iter().all(|size| (500..2_500).contains(size)), "{sizes:?}");
    }
}
