//! Which users hold something at a unit: the assignments read from the other side.

use std::sync::Arc;

use super::growth::make_room;
use super::radix::{Few, Radix};
use super::word::NOWHERE;
use crate::ix::{UnitIx, UserIx};

/// Users per block: a change copies one block and the list of blocks. So blocks are short, which also keeps the
/// memory of growing ones in few sizes that are used again, until there are many of them.
const SHORT: usize = 256;
const LONG: usize = 2048;
const MANY: usize = 64;

/// For every unit, the users with an assignment there.
#[derive(Debug, Clone, Default)]
pub(super) struct Holders {
    units: Radix<Few<UserSet>>,
}

/// Users in ascending order, in blocks that are copied on write one by one.
#[derive(Debug, Clone, Default)]
struct UserSet {
    /// INVARIANT (blocks): no block is empty; all users of a block are below all of the next one; within a block
    /// they ascend, each once.
    blocks: Vec<Arc<Vec<UserIx>>>,
}

impl Holders {
    /// The users at exactly this unit, ascending.
    pub(super) fn at(&self, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        self.units
            .get(unit.0)
            .into_iter()
            .flat_map(|set| set.blocks.iter().flat_map(|block| block.iter().copied()))
    }

    /// Replaces the units at which a user holds something. Both lists are sorted, each unit once.
    pub(super) fn replace(&mut self, user: UserIx, before: &[UnitIx], after: &[UnitIx]) {
        for unit in before.iter().filter(|unit| after.binary_search(unit).is_err()) {
            self.edit(*unit, |set| set.remove(user));
        }
        for unit in after.iter().filter(|unit| before.binary_search(unit).is_err()) {
            self.edit(*unit, |set| set.insert(user));
        }
    }

    fn edit(&mut self, unit: UnitIx, edit: impl FnOnce(&mut UserSet)) {
        if unit >= NOWHERE {
            return;
        }
        if let Some(slot) = self.units.slot(unit.0) {
            edit(Arc::make_mut(slot.get_or_insert_default()));
        }
    }
}

impl UserSet {
    /// How long a block may become.
    fn block_len(&self) -> usize {
        if self.blocks.len() < MANY { SHORT } else { LONG }
    }

    /// The block that has the user, or would; none where the user is above everybody.
    fn block_of(&self, user: UserIx) -> Option<usize> {
        let ends_below = |block: &Arc<Vec<UserIx>>| block.last().is_some_and(|&last| last < user);
        // Most users are added in ascending order.
        if self.blocks.last().is_none_or(ends_below) {
            return None;
        }
        Some(self.blocks.partition_point(ends_below))
    }

    fn insert(&mut self, user: UserIx) {
        let Some(at) = self.block_of(user) else { return self.append(user) };
        let longest = self.block_len();
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Err(place) = block.binary_search(&user) else { return };
        let block = Arc::make_mut(block);
        make_room(block, 1);
        block.insert(place, user);
        // INVARIANT (blocks): a block that is too long is halved.
        if block.len() > longest {
            let upper = block.split_off(block.len() / 2);
            self.blocks.insert(at + 1, Arc::new(upper));
        }
    }

    /// INVARIANT (blocks): a user above everybody goes into the last block, or after it where that is full.
    fn append(&mut self, user: UserIx) {
        let longest = self.block_len();
        match self.blocks.last_mut().filter(|block| block.len() < longest) {
            Some(block) => {
                let block = Arc::make_mut(block);
                make_room(block, 1);
                block.push(user);
            }
            None => self.blocks.push(Arc::new(vec![user])),
        }
    }

    fn remove(&mut self, user: UserIx) {
        let Some(at) = self.block_of(user) else { return };
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Ok(place) = block.binary_search(&user) else { return };
        // INVARIANT (blocks): the block goes with its last user.
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

    fn all(set: &UserSet) -> Vec<u32> {
        assert!(set.blocks.iter().all(|b| !b.is_empty() && b.len() <= LONG));
        set.blocks.iter().flat_map(|b| b.iter().map(|u| u.0)).collect()
    }

    #[test]
    fn users_ascend_whatever_the_order_they_come_in() {
        let mut set = UserSet::default();
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
        let mut set = UserSet::default();
        (0..20_480).for_each(|user| set.insert(UserIx(user)));
        assert_eq!(set.blocks.len(), MANY + (20_480_usize - MANY * SHORT).div_ceil(LONG));
    }
}
