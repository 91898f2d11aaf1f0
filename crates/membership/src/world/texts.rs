//! 256 ids, one after another in one string: a leaf of the radix, added to and never changed.

use super::radix::Leaf;

/// Ids in the order in which they were given.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    /// Where each text ends. 256 ids of at most 128 bytes end within 2¹⁵; a longer text, which no id is, would be
    /// cut to nothing and never be found.
    ends: [u16; 256],
    text: String,
}

impl Leaf for Texts {
    const LAST_ROW: u8 = 255;
}

impl Default for Texts {
    fn default() -> Self {
        Self { ends: [0; 256], text: String::new() }
    }
}

impl Texts {
    /// The text of a row that was added.
    pub(super) fn get(&self, row: u8) -> Option<&str> {
        let row = usize::from(row);
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied()?;
        self.text.get(usize::from(start)..usize::from(end))
    }

    /// Adds a text as the next row.
    pub(super) fn add(&mut self, row: u8, text: &str) {
        if self.text.capacity() - self.text.len() < text.len() {
            self.text.reserve_exact(text.len() + self.text.len() / 8);
        }
        let Ok(end) = u16::try_from(self.text.len() + text.len()) else { return };
        self.text.push_str(text);
        if let Some(slot) = self.ends.get_mut(usize::from(row)) {
            *slot = end;
        }
    }
}
