//! Aligned columns, and nothing more.

/// Rows under headings. Columns are as wide as their widest cell; the last one is not padded.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = headings.iter().map(|heading| heading.to_uppercase()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let all = || std::iter::once(&heading).chain(&rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|c| width(c)).max().unwrap_or(0))
        .collect();
    all().map(|row| line(row, &widths)).collect()
}

/// Values with their names before them; empty ones are left out.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let shown: Vec<&(&str, String)> = fields.iter().filter(|(_, value)| !value.is_empty()).collect();
    let wide = shown.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in shown {
        for (number, part) in value.lines().enumerate() {
            let name = if number == 0 { name } else { "" };
            text.push_str(&line(&[name.to_owned(), plain(part)], &[wide]));
        }
    }
    text
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, cell) in row.iter().enumerate() {
        text.push_str(cell);
        if column + 1 < row.len() {
            let pad = widths.get(column).copied().unwrap_or(0).saturating_sub(width(cell)) + 2;
            text.extend(std::iter::repeat_n(' ', pad));
        }
    }
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    text
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text in which nothing can steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The same, with its lines left.
pub(super) fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_trails() {
        let rows = vec![vec!["north".to_owned(), "site".to_owned()], vec!["a".to_owned(), String::new()]];
        assert_eq!(table(&["unit", "kind"], &rows), "UNIT   KIND\nnorth  site\na\n");
    }

    #[test]
    fn empty_fields_are_left_out_and_long_ones_stay_aligned() {
        let text = fields(&[("by", "x\ny".to_owned()), ("none", String::new()), ("until", "z".to_owned())]);
        assert_eq!(text, "by     x\n       y\nuntil  z\n");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
    }
}
