//! A long row of things in leaves, shared between worlds until one of them changes.
//!
//! Three levels: a root that grows, branches of 64 leaves, and leaves of 256, 16 or 1 rows. Changing one row
//! copies the root, one branch and one leaf where another world shares them, and nothing where none does.
//! What a leaf keeps in its rows is the leaf's own affair: see [`UserChunk`](super::user_chunk::UserChunk),
//! [`Csr`](super::csr::Csr), [`Few`] and others.

use std::iter;
use std::sync::Arc;

const FAN: usize = 64;

/// What the rows of a radix live in.
pub(super) trait Leaf: Clone + Default {
    /// The last row of a leaf: a power of two, less one.
    const LAST_ROW: u8;
}

/// Leaves in the order of what they hold, copied on write.
#[derive(Debug, Clone)]
pub(super) struct Radix<L> {
    root: Arc<[Arc<Branch<L>>]>,
}

#[derive(Debug, Clone)]
struct Branch<L> {
    leaves: [Option<Arc<L>>; FAN],
}

/// A leaf of sixteen things, each shared by itself: for things that are few and not small.
#[derive(Debug, Clone)]
pub(super) struct Few<T> {
    rows: [Option<Arc<T>>; 16],
}

impl<L> Default for Radix<L> {
    fn default() -> Self {
        Self { root: Arc::from([]) }
    }
}

impl<L> Default for Branch<L> {
    fn default() -> Self {
        Self { leaves: [const { None }; FAN] }
    }
}

impl<L: Leaf> Radix<L> {
    /// The leaf that has this position, and the row in it; none where nothing near it was ever written.
    pub(super) fn leaf(&self, position: u32) -> Option<(&L, u8)> {
        let (branch, leaf, row) = Self::path(position);
        let leaf = self.root.get(branch)?.leaves.get(leaf)?.as_deref()?;
        Some((leaf, row))
    }

    /// The leaf that has this position, to write to, and the row in it. Made where it is missing, copied where
    /// another world shares it. Positions should be dense: the root is as long as the highest one needs.
    pub(super) fn leaf_mut(&mut self, position: u32) -> Option<(&mut L, u8)> {
        let (branch, leaf, row) = Self::path(position);
        if self.root.len() <= branch {
            let empty = iter::repeat(Arc::default());
            self.root = self.root.iter().cloned().chain(empty).take(branch + 1).collect();
        }
        let branch = Arc::make_mut(&mut self.root).get_mut(branch)?;
        let leaf = Arc::make_mut(branch).leaves.get_mut(leaf)?.get_or_insert_default();
        Some((Arc::make_mut(leaf), row))
    }

    fn path(position: u32) -> (usize, usize, u8) {
        let [low, ..] = position.to_le_bytes();
        let leaf = (position >> L::LAST_ROW.count_ones()) as usize;
        (leaf / FAN, leaf % FAN, low & L::LAST_ROW)
    }
}

impl<T: Clone> Leaf for Few<T> {
    const LAST_ROW: u8 = 15;
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { rows: [const { None }; 16] }
    }
}

impl<T: Clone> Radix<Few<T>> {
    /// What stands at this position.
    pub(super) fn get(&self, position: u32) -> Option<&T> {
        let (leaf, row) = self.leaf(position)?;
        leaf.rows.get(usize::from(row))?.as_deref()
    }

    /// What stands at this position, to be changed or replaced.
    pub(super) fn slot(&mut self, position: u32) -> Option<&mut Option<Arc<T>>> {
        let (leaf, row) = self.leaf_mut(position)?;
        leaf.rows.get_mut(usize::from(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_clone_leaves_the_other_as_it_was() {
        let mut numbers: Radix<Few<u32>> = Radix::default();
        for n in 0..5_000 {
            *numbers.slot(n).unwrap() = Some(Arc::new(n));
        }
        let before = numbers.clone();
        for n in (0..5_000).step_by(7) {
            *numbers.slot(n).unwrap() = Some(Arc::new(n + 1));
        }
        for n in 0..5_000 {
            assert_eq!(before.get(n), Some(&n));
            assert_eq!(numbers.get(n), Some(&(n + u32::from(n % 7 == 0))));
        }
        assert_eq!((numbers.get(5_000), numbers.get(u32::MAX)), (None, None));
    }

    #[test]
    fn a_change_copies_one_path_only() {
        let mut numbers: Radix<Few<u32>> = Radix::default();
        for n in 0..5_000 {
            *numbers.slot(n).unwrap() = Some(Arc::new(n));
        }
        let before = numbers.clone();
        *numbers.slot(0).unwrap() = None;
        let same = |n| std::ptr::eq(before.leaf(n).unwrap().0, numbers.leaf(n).unwrap().0);
        assert!(!same(0) && !same(15) && same(16) && same(1_023) && same(1_024) && same(4_999));
    }
}
