//! Many ascending rows read as one: ascending, each member once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Ascending rows read as one.
pub(crate) struct Merged<I: Iterator> {
    rows: Vec<I>,
    /// The next member of each row that has one, and the row.
    heads: BinaryHeap<Reverse<(I::Item, usize)>>,
    last: Option<I::Item>,
}

/// Reads ascending rows as one.
pub(crate) fn merge<I>(rows: impl IntoIterator<Item = I>) -> Merged<I>
where
    I: Iterator,
    I::Item: Copy + Ord,
{
    let mut rows: Vec<I> = rows.into_iter().collect();
    let heads: Vec<_> =
        rows.iter_mut().enumerate().filter_map(|(at, row)| Some(Reverse((row.next()?, at)))).collect();
    Merged { rows, heads: heads.into(), last: None }
}

impl<I> Iterator for Merged<I>
where
    I: Iterator,
    I::Item: Copy + Ord,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        loop {
            let mut head = self.heads.peek_mut()?;
            let Reverse((member, row)) = *head;
            match self.rows.get_mut(row).and_then(Iterator::next) {
                Some(next) => *head = Reverse((next, row)),
                None => drop(PeekMut::pop(head)),
            }
            if self.last.replace(member) != Some(member) {
                return Some(member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_one_and_each_member_once() {
        let rows = [vec![1, 4, 4, 9], vec![], vec![4, 5], vec![1, 2, 10]];
        let merged: Vec<u32> = merge(rows.into_iter().map(Vec::into_iter)).collect();
        assert_eq!(merged, [1, 2, 4, 5, 9, 10]);
        assert_eq!(merge(Vec::<std::vec::IntoIter<u32>>::new()).next(), None);
    }

    #[test]
    fn no_more_is_read_than_is_asked_for() {
        let rows = (0..3_u32).map(|row| (row..).step_by(3));
        assert_eq!(merge(rows).take(7).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    }
}
