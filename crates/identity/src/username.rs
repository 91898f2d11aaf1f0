//! Usernames: when two are one, and how it is remembered that one was ever used.
//!
//! A username is never used again, not even after its owner is erased. So it is remembered by a digest under a key of
//! the database's own, from which nobody reads the name.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use unicode_security::skeleton;

use crate::compare::folded;

/// The form under which usernames are one: NFKC, case folded, and what looks the same (`rn` and `m`, `0` and `O`) is the
/// same. For comparing only. The form of a form is the form.
#[must_use]
pub fn username_form(name: &str) -> String {
    let form = folded(name);
    // Most are: each character looks like something by itself, whatever stands beside it.
    if form.is_ascii() { plain_form(&form) } else { settled_form(form) }
}

/// The form of folded ASCII.
fn plain_form(folded: &str) -> String {
    let mut form = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            '0' => form.push('o'),
            '1' | '|' => form.push('l'),
            'm' => form.push_str("rn"),
            '`' => form.push('\''),
            '"' => form.push_str("''"),
            '%' => form.push_str("°/o"),
            _ => form.push(c),
        }
    }
    form
}

/// The form of anything that is folded.
fn settled_form(mut form: String) -> String {
    // A look-alike may be of the other case, and that may have look-alikes; after a few rounds nothing changes.
    for _ in 0..4 {
        let next = folded(&skeleton(&form).collect::<String>());
        if next == form {
            break;
        }
        form = next;
    }
    form
}

/// What all numbered names of one stem have in common in their forms: what is left before the last letter that looks
/// like no digit. Others may have it, too.
#[must_use]
pub fn username_family(form: &str) -> &str {
    // In forms, `0` has become `o` and `1` has become `l`.
    form.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, 'o' | 'l'))
}

/// The key under which usernames are remembered. Not to be shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct UsernameKey(pub [u8; 32]);

/// What a username, or a family of them, is remembered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsernameDigest(pub [u8; 16]);

impl std::fmt::Debug for UsernameKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UsernameKey(…)")
    }
}

impl UsernameKey {
    /// The digest of a form: half of HMAC-SHA-256.
    #[must_use]
    pub fn digest(&self, form: &str) -> UsernameDigest {
        let mut digest = [0; 16];
        // A key of any length will do.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(form.as_bytes());
            let whole = mac.finalize().into_bytes();
            for (to, from) in digest.iter_mut().zip(whole) {
                *to = from;
            }
        }
        UsernameDigest(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::every_character;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (one, other) in [
            ("JMcGoo", "jmcgoo"),
            ("JMcGoo1", "JMcGool"),
            ("JMcGo0", "JMcGoo"),
            ("mike", "ｍｉｋｅ"),
            ("paypal", "p\u{430}ypal"),
            ("clark", "dark_".trim_end_matches('_').replace('d', "cl").as_str()),
            ("modern", "rnodern"),
        ] {
            assert_eq!(username_form(one), username_form(other), "{one} and {other}");
        }
        for (one, other) in [("JMcGoo", "JMcGoo2"), ("JMcGoo", "KMcGoo"), ("a.b", "ab"), ("anna", "anne")] {
            assert_ne!(username_form(one), username_form(other), "{one} and {other}");
        }
    }

    #[test]
    fn plain_names_have_the_form_of_any_other() {
        for one in (0..128_u8).map(char::from) {
            for other in (0..128_u8).map(char::from) {
                let text = format!("{one}{other}A{other}{one}");
                assert_eq!(username_form(&text), settled_form(folded(&text)), "{text:?}");
            }
        }
    }

    #[test]
    fn numbered_names_are_of_one_family() {
        for stem in ["JMcGoo", "Bill", "jo@example.org", "X", "lol", "Smith"] {
            let family = username_family(&username_form(stem)).to_owned();
            for number in [0_u64, 1, 2, 10, 101, 999_999] {
                assert_eq!(
                    username_family(&username_form(&format!("{stem}{number}"))),
                    family,
                    "{stem}{number}"
                );
            }
        }
    }

    #[test]
    fn the_form_of_a_form_is_the_form() {
        for c in every_character() {
            let form = username_form(&format!("a{c}b"));
            assert_eq!(username_form(&form), form, "{c:?} ({:x})", u32::from(c));
        }
    }

    #[test]
    fn digests_are_of_the_key() {
        let (one, other) = (UsernameKey([1; 32]), UsernameKey([2; 32]));
        assert_eq!(one.digest("a"), one.digest("a"));
        assert_ne!(one.digest("a"), one.digest("b"));
        assert_ne!(one.digest("a"), other.digest("a"));
        assert!(!format!("{one:?}").contains('1'));
    }
}
