//! Tables with aligned columns.

/// Rows under columns.
pub(super) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(super) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, label: String, cells: Vec<String>) {
        self.rows.push((label, cells));
    }

    /// The rows under their columns; nothing where there are no rows.
    pub(super) fn print(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let label =
            self.rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default().max(26);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
            widest.max(self.columns.get(column).map_or(0, |c| c.chars().count())).max(6)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |first: &str, cells: &mut dyn Iterator<Item = &str>| {
            let mut line = format!("  {first:label$}");
            for (cell, width) in cells.zip(&widths) {
                line.push_str(&format!("  {cell:width$}"));
            }
            format!("{}\n", line.trim_end())
        };
        let mut text = line("", &mut self.columns.iter().copied());
        for (first, cells) in &self.rows {
            text.push_str(&line(first, &mut cells.iter().map(String::as_str)));
        }
        text
    }
}
