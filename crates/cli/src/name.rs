//! Resource names: `users/dana` may be typed as `dana` wherever only a user can be meant.

use prost_types::Timestamp;

fn within(collection: &str, text: &str) -> Result<String, String> {
    match text.split_once('/') {
        None if !text.is_empty() => Ok(format!("{collection}/{text}")),
        Some((found, id)) if found == collection && !id.is_empty() => Ok(text.to_owned()),
        Some(_) | None => Err(format!("expected `{collection}/ID` or `ID`")),
    }
}

/// `realms/eto`, or `eto`.
pub(crate) fn realm(text: &str) -> Result<String, String> {
    within("realms", text)
}

/// `users/dana`, or `dana`.
pub(crate) fn user(text: &str) -> Result<String, String> {
    within("users", text)
}

/// As [`user`]; or `-`, for the one whom a handle is about.
pub(crate) fn user_or_found(text: &str) -> Result<String, String> {
    if text == "-" { Ok(String::new()) } else { user(text) }
}

/// `units/north`, or `north`.
pub(crate) fn unit(text: &str) -> Result<String, String> {
    within("units", text)
}

/// `customers/p-1001`, or `p-1001`.
pub(crate) fn customer(text: &str) -> Result<String, String> {
    within("customers", text)
}

/// `systems/verint`, or `verint`.
pub(crate) fn system(text: &str) -> Result<String, String> {
    within("systems", text)
}

/// `assignments/3`, or `3`.
pub(crate) fn assignment(text: &str) -> Result<String, String> {
    within("assignments", text)
}

/// `requests/r-17`, or `r-17`.
pub(crate) fn request(text: &str) -> Result<String, String> {
    within("requests", text)
}

/// `reviews/2026-q4`, or `2026-q4`.
pub(crate) fn review(text: &str) -> Result<String, String> {
    within("reviews", text)
}

/// An assignment of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// `users/sam`.
    pub(crate) user: String,
    /// `assignments/3`.
    pub(crate) assignment: String,
}

/// `sam/3`: a user and the number of an assignment of theirs.
pub(crate) fn held(text: &str) -> Result<Held, String> {
    let named = text.split_once('/').filter(|(_, number)| number.parse::<u32>().is_ok());
    let (name, number) = named.ok_or("expected `USER/NUMBER`")?;
    Ok(Held { user: user(name)?, assignment: assignment(number)? })
}

/// The digest of what was read, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) Vec<u8>);

/// 64 hexadecimal digits.
pub(crate) fn digest(text: &str) -> Result<Digest, String> {
    let is_one = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs = text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    bytes
        .filter(|_| is_one)
        .map(Digest)
        .ok_or_else(|| "expected the 64 digits that `request show` tells as `content`".to_owned())
}

/// `keys/k-3`, or `k-3`.
pub(crate) fn key(text: &str) -> Result<String, String> {
    within("keys", text)
}

/// A resource of any type: `customers/…`, `units/…`, `users/…` or `systems/…`.
pub(crate) fn resource(text: &str) -> Result<String, String> {
    let known = ["customers", "units", "users", "systems"];
    match text.split_once('/') {
        Some((collection, id)) if known.contains(&collection) && !id.is_empty() => Ok(text.to_owned()),
        Some(_) | None => Err("expected `customers/ID`, `units/ID`, `users/ID` or `systems/ID`".to_owned()),
    }
}

/// An instant: `2031-05-06T09:00:00Z`.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let read = text.parse().ok().filter(|_| text.contains('T'));
    read.ok_or_else(|| "expected an instant such as `2031-05-06T09:00:00Z`".to_owned())
}

/// `name=value`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `FIELD=VALUE`")?;
    if name.is_empty() {
        return Err("expected `FIELD=VALUE`".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collection_may_be_left_out_but_not_be_another() {
        assert_eq!(user("dana").as_deref(), Ok("users/dana"));
        assert_eq!(user("users/dana").as_deref(), Ok("users/dana"));
        assert!(user("units/north").is_err());
        assert!(user("users/").is_err());
        assert!(user("").is_err());
    }

    #[test]
    fn a_resource_says_of_what_type_it_is() {
        assert_eq!(resource("customers/1001").as_deref(), Ok("customers/1001"));
        assert!(resource("1001").is_err());
        assert!(resource("realms/eto").is_err());
    }

    #[test]
    fn an_instant_has_a_time() {
        assert!(instant("2031-05-06T09:00:00Z").is_ok());
        assert!(instant("2031-05-06").is_err());
        assert!(instant("tomorrow").is_err());
    }
}
