//! What only few of the 256 rows of a chunk have.

/// A column that is empty in most rows.
#[derive(Debug, Clone)]
pub(super) struct Sparse<T> {
    /// INVARIANT (rows): ascending by row, one entry per row.
    entries: Vec<(u8, T)>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Sparse<T> {
    /// What the row has.
    pub(super) fn get(&self, row: u8) -> Option<&T> {
        let at = self.entries.binary_search_by_key(&row, |&(row, _)| row).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// What each row has that has anything, ascending.
    pub(super) fn all(&self) -> impl Iterator<Item = (u8, &T)> {
        self.entries.iter().map(|(row, value)| (*row, value))
    }

    /// Replaces what the row has; none takes it away.
    pub(super) fn set(&mut self, row: u8, value: Option<T>) {
        // INVARIANT (rows): the search says where the row stands or would stand.
        match (self.entries.binary_search_by_key(&row, |&(row, _)| row), value) {
            (Ok(at), Some(value)) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.1 = value;
                }
            }
            (Ok(at), None) => {
                self.entries.remove(at);
            }
            (Err(at), Some(value)) => self.entries.insert(at, (row, value)),
            (Err(_), None) => {}
        }
    }
}
