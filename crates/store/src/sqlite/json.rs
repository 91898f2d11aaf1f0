//! Lists of texts as JSON, which is how SQLite takes several values at once (`json_each`).

/// A list of texts.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for (place, text) in texts.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(&mut out, text);
    }
    out.push(']');
    out
}

/// A list of pairs.
pub(super) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("[");
    for (place, (first, second)) in pairs.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push('[');
        push(&mut out, first);
        out.push(',');
        push(&mut out, second);
        out.push(']');
    }
    out.push(']');
    out
}

fn push(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The least text that is greater than every text with this beginning; none where there is no such text.
pub(super) fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(list(["a\"b", "c\\d", "e\n"]), r#"["a\"b","c\\d","e\u000a"]"#);
        assert_eq!(pairs([("a", "ı")]), r#"[["a","ı"]]"#);
    }

    #[test]
    fn a_prefix_ends_somewhere() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix(""), None);
    }
}
