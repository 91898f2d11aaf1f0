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
    let half = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [half(byte >> 4), half(byte & 15)]).collect()
}

/// Values of so many bytes each, from SQLite's `hex` of them, one behind the other; none where that is not what it is.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<Vec<[u8; N]>> {
    let digits = text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let digits = digits.collect::<Option<Vec<u8>>>()?;
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | half)).collect();
    let (values, rest) = bytes.as_chunks();
    (rest.is_empty() && digits.len() % 2 == 0).then(|| values.to_vec())
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
    fn bytes_come_back() {
        assert_eq!(hex(&[0, 0x1f, 0xa0]), "001fa0");
        assert_eq!(unhex::<2>("001FA0ff"), Some(vec![[0, 0x1f], [0xa0, 0xff]]));
        assert_eq!(
            (unhex::<2>(""), unhex::<2>("001fa0"), unhex::<2>("001"), unhex::<1>("zz")),
            (Some(Vec::new()), None, None, None)
        );
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(list(["a\"b", "c\\d", "e\n"]), r#"["a\"b","c\\d","e\u000a"]"#);
        assert_eq!(pairs([("a", "ı")]), r#"[["a","ı"]]"#);
        assert_eq!(lists([("a", vec!["b", "c"]), ("d", vec![])]), r#"[["a",["b","c"]],["d",[]]]"#);
    }
}
