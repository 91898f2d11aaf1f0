//! Who stands at a unit, users or customers: assignments and placements read from the other side.

use std::sync::Arc;

use super::growth::make_room;
use super::radix::{Few, Radix};
use super::word::NOWHERE;
use crate::ix::UnitIx;

/// Members per block: a change copies one block and the list of blocks. So blocks are short, which also keeps the
/// memory of growing ones in few sizes that are used again, until there are many of them.
const SHORT: usize = 256;
const LONG: usize = 2048;
const MANY: usize = 64;

/// For every unit, the members that stand there.
#[derive(Debug, Clone)]
pub(super) struct AtUnits<M> {
    units: Radix<Few<Members<M>>>,
}

/// Members in ascending order, in blocks that are copied on write one by one.
#[derive(Debug, Clone)]
struct Members<M> {
    /// INVARIANT (blocks): no block is empty; all members of a block are below all of the next one; within a block
    /// they ascend, each once.
    blocks: Vec<Arc<Vec<M>>>,
}

impl<M> Default for AtUnits<M> {
    fn default() -> Self {
        Self { units: Radix::default() }
    }
}

impl<M> Default for Members<M> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<M: Copy + Ord> AtUnits<M> {
    /// The members at exactly this unit that come after one, ascending. Those before are passed over without being
    /// looked at.
    pub(super) fn after(&self, unit: UnitIx, after: Option<M>) -> impl Iterator<Item = M> + '_ {
        let blocks = self.units.get(unit.0).map_or(&[][..], |members| members.blocks.as_slice());
        let passed = |member: M| after.is_some_and(|after| member <= after);
        let first = blocks.partition_point(|block| block.last().is_some_and(|&last| passed(last)));
        let (head, rest) = blocks.get(first..).and_then(<[_]>::split_first).unzip();
        let head: &[M] = head.map_or(&[], |block: &Arc<Vec<M>>| block);
        let from = head.partition_point(|&member| passed(member));
        let head = head.get(from..).unwrap_or_default();
        let rest: &[Arc<Vec<M>>] = rest.unwrap_or_default();
        head.iter().chain(rest.iter().flat_map(|block| block.iter())).copied()
    }

    /// Replaces the units at which a member stands. Both lists are sorted, each unit once.
    pub(super) fn replace(&mut self, member: M, before: &[UnitIx], after: &[UnitIx]) {
        for unit in before.iter().filter(|unit| after.binary_search(unit).is_err()) {
            self.edit(*unit, |set| set.remove(member));
        }
        for unit in after.iter().filter(|unit| before.binary_search(unit).is_err()) {
            self.edit(*unit, |set| set.insert(member));
        }
    }

    fn edit(&mut self, unit: UnitIx, edit: impl FnOnce(&mut Members<M>)) {
        if unit >= NOWHERE {
            return;
        }
        if let Some(slot) = self.units.slot(unit.0) {
            edit(Arc::make_mut(slot.get_or_insert_default()));
        }
    }
}

impl<M: Copy + Ord> Members<M> {
    /// How long a block may become.
    fn block_len(&self) -> usize {
        if self.blocks.len() < MANY { SHORT } else { LONG }
    }

    /// The block that has the member, or would; none where it is above every other.
    fn block_of(&self, member: M) -> Option<usize> {
        let ends_below = |block: &Arc<Vec<M>>| block.last().is_some_and(|&last| last < member);
        // Most are added in ascending order.
        if self.blocks.last().is_none_or(ends_below) {
            return None;
        }
        Some(self.blocks.partition_point(ends_below))
    }

    fn insert(&mut self, member: M) {
        let Some(at) = self.block_of(member) else { return self.append(member) };
        let longest = self.block_len();
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Err(place) = block.binary_search(&member) else { return };
        let block = Arc::make_mut(block);
        make_room(block, 1);
        block.insert(place, member);
        // INVARIANT (blocks): a block that is too long is halved.
        if block.len() > longest {
            let upper = block.split_off(block.len() / 2);
            self.blocks.insert(at + 1, Arc::new(upper));
        }
    }

    /// INVARIANT (blocks): a member above all others goes into the last block, or after it where that is full.
    fn append(&mut self, member: M) {
        let longest = self.block_len();
        match self.blocks.last_mut().filter(|block| block.len() < longest) {
            Some(block) => {
                let block = Arc::make_mut(block);
                make_room(block, 1);
                block.push(member);
            }
            None => self.blocks.push(Arc::new(vec![member])),
        }
    }

    fn remove(&mut self, member: M) {
        let Some(at) = self.block_of(member) else { return };
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Ok(place) = block.binary_search(&member) else { return };
        // INVARIANT (blocks): the block goes with its last member.
        if block.len() == 1 {
            self.blocks.remove(at);
        } else {
            Arc::make_mut(block).remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ix::UserIx;

    fn all(set: &Members<UserIx>) -> Vec<u32> {
        assert!(set.blocks.iter().all(|b| !b.is_empty() && b.len() <= LONG));
        set.blocks.iter().flat_map(|b| b.iter().map(|u| u.0)).collect()
    }

    #[test]
    fn users_ascend_whatever_the_order_they_come_in() {
        let mut set = Members::default();
        let mut model = BTreeSet::new();
        let mut state = 1_u32;
        for step in 0..200_000_u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let user = (state >> 8) % 60_000;
            if step % 5 == 4 {
                set.remove(UserIx(user));
                model.remove(&user);
            } else {
                set.insert(UserIx(user));
                model.insert(user);
            }
        }
        assert!(set.blocks.len() >= MANY && set.blocks.iter().any(|block| block.len() > SHORT));
        assert_eq!(all(&set), model.iter().copied().collect::<Vec<_>>());
        for user in model {
            set.remove(UserIx(user));
        }
        assert!(set.blocks.is_empty());
    }

    #[test]
    fn ascending_users_fill_their_blocks() {
        let mut set = Members::default();
        (0..20_480).for_each(|user| set.insert(UserIx(user)));
        assert_eq!(set.blocks.len(), MANY + (20_480_usize - MANY * SHORT).div_ceil(LONG));
    }

    #[test]
    fn members_after_one_are_those_beyond_it() {
        let mut sets = AtUnits::default();
        (0..10_000).step_by(2).for_each(|user| sets.replace(UserIx(user), &[], &[UnitIx(3)]));
        for after in
            [None, Some(0), Some(1), Some(509), Some(510), Some(511), Some(9_997), Some(9_998), Some(20_000)]
        {
            let from = after.map_or(0, |after: u32| after + 1);
            let found: Vec<u32> = sets.after(UnitIx(3), after.map(UserIx)).map(|user| user.0).collect();
            assert_eq!(found, (from..10_000).filter(|user| user % 2 == 0).collect::<Vec<_>>(), "{after:?}");
        }
        assert_eq!(sets.after(UnitIx(4), None).count(), 0);
    }
}
