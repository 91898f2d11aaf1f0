//! 256 short lists of words in one vector: a leaf of the radix.

use super::growth::make_room;
use super::radix::Leaf;

/// The longest list; 256 of them still count in 32 bits. What goes beyond is not kept, and reads as nothing.
pub(super) const MAX_LIST: usize = (1 << 24) - 1;

/// Lists of words, one after another. A list is replaced as a whole; the others move.
#[derive(Debug, Clone)]
pub(super) struct Csr {
    /// INVARIANT (starts): ascending, none beyond the end of `words`; the list of a row ends where the next one
    /// starts, that of the last row at the end of `words`.
    starts: [u32; 256],
    words: Vec<u32>,
}

impl Leaf for Csr {
    const LAST_ROW: u8 = 255;
}

impl Default for Csr {
    fn default() -> Self {
        Self { starts: [0; 256], words: Vec::new() }
    }
}

impl Csr {
    /// The list of a row; empty where none was written.
    pub(super) fn row(&self, row: u8) -> &[u32] {
        let row = usize::from(row);
        let Some(&start) = self.starts.get(row) else { return &[] };
        let end = self.starts.get(row + 1).map_or(self.words.len(), |&end| end as usize);
        self.words.get(start as usize..end).unwrap_or(&[])
    }

    /// Replaces the list of a row, at most [`MAX_LIST`] words of it.
    pub(super) fn replace(&mut self, row: u8, list: impl ExactSizeIterator<Item = u32>) {
        let Some(&start) = self.starts.get(usize::from(row)) else { return };
        let start = start as usize;
        let old = self.row(row).len();
        let list = list.take(MAX_LIST);
        let new = list.len();
        make_room(&mut self.words, new.saturating_sub(old));
        self.words.splice(start..start + old, list);
        // INVARIANT (starts): every later list moved by as much as this one grew or shrank. 256 lists of at most
        // `MAX_LIST` words end below 2³², so that both numbers and the sum fit.
        let (Ok(old), Ok(new)) = (u32::try_from(old), u32::try_from(new)) else { return };
        for start in self.starts.iter_mut().skip(usize::from(row) + 1) {
            *start = start.wrapping_sub(old).wrapping_add(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_move_with_those_before_them() {
        let mut csr = Csr::default();
        csr.replace(255, [9, 9].into_iter());
        csr.replace(0, [1, 2, 3].into_iter());
        csr.replace(7, [4].into_iter());
        csr.replace(0, [5].into_iter());
        csr.replace(8, [].into_iter());
        assert_eq!(
            (csr.row(0), csr.row(7), csr.row(255)),
            ([5].as_slice(), [4].as_slice(), [9, 9].as_slice())
        );
        assert!(csr.row(1).is_empty() && csr.row(8).is_empty() && csr.row(254).is_empty());
    }
}
