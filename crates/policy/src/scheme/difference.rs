//! In what two documents of schemes differ, key by key.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::value::{Value, ValueInner};

use super::Scheme;

/// A key whose value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which: `roles.staff.rank`.
    pub key: String,
    /// Its value now, as TOML; unset: it is new.
    pub before: Option<String>,
    /// Its value after; unset: it goes.
    pub after: Option<String>,
}

impl Scheme {
    /// In what the documents of two schemes differ, by key. Comments and order are no difference.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let (mut was, mut is) = (keys(&self.source), keys(&after.source));
        let all: BTreeSet<String> = was.keys().chain(is.keys()).cloned().collect();
        all.into_iter()
            .map(|key| Difference { before: was.remove(&key), after: is.remove(&key), key })
            .filter(|difference| difference.before != difference.after)
            .collect()
    }
}

/// Every key that has a value and no keys below it, with that value as TOML.
fn keys(document: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // A scheme's document could be read, or there were no scheme.
    if let Ok(mut value) = toml_span::parse(document) {
        gather("", &mut value, &mut found);
    }
    found
}

fn gather(key: &str, value: &mut Value<'_>, found: &mut BTreeMap<String, String>) {
    match value.take() {
        ValueInner::Table(table) if !table.is_empty() || key.is_empty() => {
            for (name, mut value) in table {
                let name = part(&name.name);
                let key = if key.is_empty() { name } else { format!("{key}.{name}") };
                gather(&key, &mut value, found);
            }
        }
        other @ (ValueInner::String(_)
        | ValueInner::Integer(_)
        | ValueInner::Float(_)
        | ValueInner::Boolean(_)
        | ValueInner::Array(_)
        | ValueInner::Table(_)) => {
            found.insert(key.to_owned(), text(other));
        }
    }
}

/// One part of a key, quoted where it must be.
fn part(name: &str) -> String {
    let is_bare =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_bare { name.to_owned() } else { quoted(name) }
}

/// A value as TOML.
fn text(value: ValueInner<'_>) -> String {
    match value {
        ValueInner::String(value) => quoted(&value),
        ValueInner::Integer(value) => value.to_string(),
        ValueInner::Float(value) => format!("{value:?}"),
        ValueInner::Boolean(value) => value.to_string(),
        ValueInner::Array(values) => {
            let values: Vec<String> = values.into_iter().map(|mut value| text(value.take())).collect();
            format!("[{}]", values.join(", "))
        }
        ValueInner::Table(table) => {
            let pairs = table
                .into_iter()
                .map(|(name, mut value)| format!("{} = {}", part(&name.name), text(value.take())));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use crate::scheme::shipped;

    use super::*;

    #[test]
    fn documents_differ_by_key_and_not_by_comment() {
        let (_, eto) = shipped().iter().find(|(name, _)| *name == "eto").unwrap();
        let before = Scheme::parse(eto).unwrap();
        let same = Scheme::parse(&format!("# Another comment.\n{eto}")).unwrap();
        assert_eq!(before.differences(&same), []);
        let with = format!("{eto}\n[capabilities.\"shelf.dust\"]\ntitle = \"Dust\"\nresource = \"unit\"\n");
        let after = Scheme::parse(&with).unwrap();
        let new = |key: &str, value: &str| Difference {
            key: format!("capabilities.\"shelf.dust\".{key}"),
            before: None,
            after: Some(format!("\"{value}\"")),
        };
        assert_eq!(before.differences(&after), [new("resource", "unit"), new("title", "Dust")]);
        let gone = after.differences(&before);
        assert!(gone.iter().all(|difference| difference.after.is_none()) && gone.len() == 2);
    }

    #[test]
    fn lists_and_tables_are_told_as_toml() {
        let found =
            keys("a = [1, { b = \"x\", c = true }]\n[d]\n\"e.f\" = 2.0\n[g]\n[h]\ni = \"\\u0007\\n\"\n");
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("a", "[1, { b = \"x\", c = true }]"),
                ("d.\"e.f\"", "2.0"),
                ("g", "{  }"),
                ("h.i", "\"\\u0007\\n\"")
            ]
        );
    }
}
