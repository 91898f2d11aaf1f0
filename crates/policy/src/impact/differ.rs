//! What is answered otherwise, and how much may be asked to find it.

use std::cell::Cell;
use std::cmp::Ordering;
use std::iter::Peekable;

use super::{Pair, Turned};
use crate::scheme::ClassSet;

/// After so many questions somebody is asked whether to go on.
const ASK_EVERY: u64 = 1_024;
/// So many rows are kept of one comparison at a time: some 40 MB.
const MOST_KEPT: usize = 4_000_000;

/// Whether something is gained or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// It is allowed, or shown, from now on.
    Gained,
    /// It is no longer.
    Lost,
}

/// How much of an access turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// The access as such.
    Access,
    /// Some record classes; the access is there before and after.
    Classes,
}

/// Record classes of two schemes: at most 64 of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Classes(u128);

impl Classes {
    pub(super) fn of(places: impl Iterator<Item = usize>) -> Self {
        Self(places.fold(0, |all, place| all | bit(place)))
    }

    /// Whether the class at a place is one of them.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }

    fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

fn bit(place: usize) -> u128 {
    u32::try_from(place).ok().and_then(|place| 1_u128.checked_shl(place)).unwrap_or(0)
}

/// Why a comparison has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// It takes more questions than it may.
    TooMuch,
    /// Nobody waits for it any more.
    Stopped,
}

/// How many questions a comparison may ask, and whether anybody still waits for it.
pub struct Meter<'m> {
    left: Cell<u64>,
    is_wanted: &'m dyn Fn() -> bool,
}

impl<'m> Meter<'m> {
    /// So many questions, as long as the result is wanted.
    #[must_use]
    pub fn new(most: u64, is_wanted: &'m dyn Fn() -> bool) -> Self {
        Self { left: Cell::new(most), is_wanted }
    }

    /// Counts one question.
    pub(crate) fn spend(&self) -> Result<(), Unfinished> {
        let left = self.left.get().checked_sub(1).ok_or(Unfinished::TooMuch)?;
        self.left.set(left);
        if left % ASK_EVERY == 0 && !(self.is_wanted)() {
            return Err(Unfinished::Stopped);
        }
        Ok(())
    }

    /// Ends where more is found than may be kept.
    pub(super) fn keeps(&self, rows: usize) -> Result<(), Unfinished> {
        if rows > MOST_KEPT { Err(Unfinished::TooMuch) } else { Ok(()) }
    }
}

/// What turns from one answer to the other: each is what is shown, where it is allowed.
pub(super) fn turns(shown: Pair<Option<Classes>>) -> impl Iterator<Item = Turned> {
    let whole = |turn, classes| Some(Turned { turn, extent: Extent::Access, classes });
    let some = |turn, classes: Classes| {
        (classes != Classes::default()).then_some(Turned { turn, extent: Extent::Classes, classes })
    };
    let found = match (shown.before, shown.after) {
        (None, None) => [None, None],
        (None, Some(after)) => [whole(Turn::Gained, after), None],
        (Some(before), None) => [whole(Turn::Lost, before), None],
        (Some(before), Some(after)) => {
            [some(Turn::Gained, after.minus(before)), some(Turn::Lost, before.minus(after))]
        }
    };
    found.into_iter().flatten()
}

/// What is shown of something on one side, where it is allowed.
type Shown = Option<ClassSet>;

/// Two ascending rows of answers, read side by side. What comes into question on one side only is refused on the other.
pub(super) struct SideBySide<B: Iterator, A: Iterator> {
    before: Peekable<B>,
    after: Peekable<A>,
}

impl<T, B, A> SideBySide<B, A>
where
    T: Ord + Copy,
    B: Iterator<Item = (T, Shown)>,
    A: Iterator<Item = (T, Shown)>,
{
    pub(super) fn new(before: B, after: A) -> Self {
        Self { before: before.peekable(), after: after.peekable() }
    }
}

impl<T, B, A> Iterator for SideBySide<B, A>
where
    T: Ord + Copy,
    B: Iterator<Item = (T, Shown)>,
    A: Iterator<Item = (T, Shown)>,
{
    type Item = (T, Shown, Shown);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.before.peek(), self.after.peek()) {
            (Some((before, _)), Some((after, _))) => before.cmp(after),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        match order {
            Ordering::Less => self.before.next().map(|(what, before)| (what, before, None)),
            Ordering::Greater => self.after.next().map(|(what, after)| (what, None, after)),
            Ordering::Equal => {
                let ((what, before), (_, after)) = (self.before.next()?, self.after.next()?);
                Some((what, before, after))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(places: &[usize]) -> Classes {
        Classes::of(places.iter().copied())
    }

    #[test]
    fn what_is_on_one_side_only_is_told_as_such() {
        let (all, none) = (Some(ClassSet(3)), None);
        let before = [(1, all), (2, none), (4, all)];
        let after = [(2, all), (3, none), (4, all)];
        let found: Vec<_> = SideBySide::new(before.into_iter(), after.into_iter()).collect();
        assert_eq!(found, [(1, all, none), (2, none, all), (3, none, none), (4, all, all)]);
    }

    #[test]
    fn classes_turn_by_themselves_where_the_access_stays() {
        let turn = |before, after| {
            let turned = turns(Pair { before, after });
            turned.map(|one| (one.turn, one.extent, one.classes)).collect::<Vec<_>>()
        };
        let (one, two) = (classes(&[0, 70]), classes(&[0, 1]));
        assert_eq!(turn(None, Some(one)), [(Turn::Gained, Extent::Access, one)]);
        assert_eq!(turn(Some(one), None), [(Turn::Lost, Extent::Access, one)]);
        assert_eq!(
            turn(Some(one), Some(two)),
            [(Turn::Gained, Extent::Classes, classes(&[1])), (Turn::Lost, Extent::Classes, classes(&[70]))]
        );
        assert_eq!(turn(Some(one), Some(one)), []);
        assert_eq!(turn(None, None), []);
    }

    #[test]
    fn a_meter_ends_after_so_many_or_when_nobody_waits() {
        let always = || true;
        let meter = Meter::new(2, &always);
        assert_eq!([meter.spend(), meter.spend(), meter.spend()], [Ok(()), Ok(()), Err(Unfinished::TooMuch)]);
        let never = || false;
        let meter = Meter::new(ASK_EVERY * 2, &never);
        let spent = (0..ASK_EVERY * 2).take_while(|_| meter.spend().is_ok()).count();
        assert!(spent < 1_024, "{spent}");
    }
}
