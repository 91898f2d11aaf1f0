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

/// A list of texts with a list of texts each.
pub(super) fn lists<'a, L>(lists: impl IntoIterator<Item = (&'a str, L)>) -> String
where
    L: IntoIterator<Item = &'a str>,
{
    let mut out = String::from("[");
    for (place, (text, texts)) in lists.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push('[');
        push(&mut out, text);
        out.push(',');
        out.push_str(&list(texts));
        out.push(']');
    }
    out.push(']');
    out
}

/// Bytes as SQLite's `unhex` takes them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(list(["a\"b", "c\\d", "e\n"]), r#"["a\"b","c\\d","e\u000a"]"#);
        assert_eq!(pairs([("a", "ı")]), r#"[["a","ı"]]"#);
        assert_eq!(lists([("a", vec!["b", "c"]), ("d", vec![])]), r#"[["a",["b","c"]],["d",[]]]"#);
    }
}
