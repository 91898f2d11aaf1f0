//! The form in which values are kept: one for each field, which anything can be brought into or is refused.
//!
//! Bringing what is kept into its form changes nothing. No fault says anything of the value, which is personal.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::Field;
use crate::compare::{folded_name, is_invisible};
use crate::id::examine_id;
use crate::national::{holds_national_identifier, is_national_identifier};
use crate::username::username_form;

/// The longest value, in bytes.
const MOST_BYTES: usize = 256;
/// The longest external id, in bytes.
const MOST_EXTERNAL_BYTES: usize = 128;
/// Why a national identifier is refused.
const NATIONAL: &str = "national identifiers are not kept";

/// Why a value is refused. Says nothing of the value itself, which is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    /// Longer than 256 bytes; an external id: than 128.
    TooLong,
    /// Holds a control character, one that nobody sees, or one that stands for what could not be read.
    BadCharacter,
    /// Not of the field's form, which is this.
    BadForm(&'static str),
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a value has at most 256 bytes, an external id 128",
            Self::BadCharacter => {
                "a value holds no control characters, nothing invisible and nothing unreadable"
            }
            Self::BadForm(form) => form,
        })
    }
}

/// A value in the form in which its field keeps it: composed (NFC), spaces single and none around it, and as the field
/// has it.
///
/// # Errors
/// When the value is too long, holds a character that no value holds, or is not of the field's form.
pub fn kept(field: Field, value: &str) -> Result<String, FieldFault> {
    let value = tidy(value, MOST_BYTES)?;
    let refused = |form: &'static str| Err(FieldFault::BadForm(form));
    if is_national_identifier(field, &value) {
        return refused(NATIONAL);
    }
    match field {
        Field::FirstName | Field::LastName if folded_name(&value).is_empty() => {
            refused("a name has a letter")
        }
        Field::MiddleInitial => initial(value),
        Field::Email if !is_email(&value) => {
            refused("an address is a name, `@` and a domain, without spaces")
        }
        Field::BirthDate if !is_date(&value) => refused("a date is `YYYY-MM-DD`"),
        Field::WorkPhone | Field::CellPhone | Field::Pager if !is_e164(&value) => {
            refused("a number is `+`, the country and the number, at most 15 digits (E.164)")
        }
        Field::Zip => zip(&value),
        Field::LineManager if examine_id(&value).is_err() => refused("a line manager is a user"),
        Field::ProviderSubject if !value.bytes().all(|b| b.is_ascii_graphic()) => {
            refused("a subject is of visible ASCII characters")
        }
        Field::Prefix
        | Field::FirstName
        | Field::LastName
        | Field::Suffix
        | Field::Email
        | Field::BirthDate
        | Field::WorkPhone
        | Field::CellPhone
        | Field::Pager
        | Field::Location
        | Field::LineManager
        | Field::ProviderSubject => match value.is_empty() {
            true => refused("a value is not empty"),
            false => Ok(value),
        },
    }
}

/// An external id in the form in which it is kept. National identifiers are not: what is written as a social security
/// number is, with something between its digits, is refused. Nine digits in a row are as often a staff number.
///
/// # Errors
/// When the value is empty, longer than 128 bytes, holds a character that no value holds, or is a national identifier.
pub fn kept_external_id(value: &str) -> Result<String, FieldFault> {
    let value = tidy(value, MOST_EXTERNAL_BYTES)?;
    if value.is_empty() {
        return Err(FieldFault::BadForm("a value is not empty"));
    }
    if holds_national_identifier(&value) {
        return Err(FieldFault::BadForm(NATIONAL));
    }
    Ok(value)
}

/// A username that somebody brings along, in the form in which it is kept: one that looks like nothing is none.
///
/// # Errors
/// When it is longer than 128 bytes, holds a character that no value holds, or nothing that can be told from nothing, or
/// is a national identifier.
pub fn kept_username(value: &str) -> Result<String, FieldFault> {
    let value = tidy(value, MOST_EXTERNAL_BYTES)?;
    if holds_national_identifier(&value) {
        return Err(FieldFault::BadForm(NATIONAL));
    }
    match username_form(&value).is_empty() {
        true => Err(FieldFault::BadForm("a username has a letter or a digit")),
        false => Ok(value),
    }
}

fn tidy(value: &str, most: usize) -> Result<String, FieldFault> {
    // Before anything is done with it: composing never makes a text longer than three times.
    if value.len() > most {
        return Err(FieldFault::TooLong);
    }
    if value.chars().any(is_bad) {
        return Err(FieldFault::BadCharacter);
    }
    // Nothing of ASCII is composed.
    let composed: Cow<'_, str> =
        if value.is_ascii() { value.into() } else { value.nfc().collect::<String>().into() };
    let tidy = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.len() > most { Err(FieldFault::TooLong) } else { Ok(tidy) }
}

/// Controls, line ends of every kind, what nobody sees (but for the joiners that scripts need), what stands for
/// something unreadable, and what is no character.
fn is_bad(c: char) -> bool {
    if c.is_ascii() {
        return c.is_control();
    }
    let joins = matches!(c, '\u{200c}' | '\u{200d}');
    let unreadable =
        c == '\u{fffd}' || u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
    let line = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || line || unreadable || (is_invisible(c) && !joins)
}

/// `J.` is kept as `J`.
fn initial(value: String) -> Result<String, FieldFault> {
    let value = value.strip_suffix('.').map_or(value.as_str(), str::trim_end);
    let is_short = (1..=2).contains(&value.chars().count()) && value.chars().all(char::is_alphanumeric);
    if is_short { Ok(value.to_owned()) } else { Err(FieldFault::BadForm("an initial is one or two letters")) }
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"' | '(' | ')');
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii());
        !label.is_empty() && label.len() <= 63 && inner
    };
    (1..=64).contains(&local.len())
        && local.chars().chain(domain.chars()).all(plain)
        && domain.split('.').all(label)
}

/// Digits, letters, spaces and hyphens, at most 16; letters are capital.
fn zip(value: &str) -> Result<String, FieldFault> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-');
    let good = (1..=16).contains(&value.len())
        && value.bytes().all(plain)
        && value.bytes().any(|b| b.is_ascii_alphanumeric());
    match good {
        true => Ok(value.to_ascii_uppercase()),
        false => {
            Err(FieldFault::BadForm("a postal code has digits, letters, spaces and hyphens, at most 16"))
        }
    }
}

fn is_e164(value: &str) -> bool {
    let Some(digits) = value.strip_prefix('+') else { return false };
    (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

fn is_date(value: &str) -> bool {
    let mut parts = value.split('-');
    let mut number = |len: usize| {
        parts
            .next()
            .filter(|p| p.len() == len && p.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|p| p.parse::<u32>().ok())
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    parts.next().is_none() && year >= 1850 && (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::every_character;

    fn refused(field: Field, values: &[&str]) {
        for value in values {
            assert!(kept(field, value).is_err(), "{field:?} {value:?}");
        }
    }

    fn keeps(field: Field, values: &[(&str, &str)]) {
        for (given, wanted) in values {
            assert_eq!(kept(field, given).as_deref(), Ok(*wanted), "{field:?}");
        }
    }

    #[test]
    fn each_field_has_its_form() {
        keeps(
            Field::FirstName,
            &[("  Mary   Ann ", "Mary Ann"), ("Andre\u{301}", "Andr\u{e9}"), ("O'Brien", "O'Brien")],
        );
        refused(
            Field::LastName,
            &["", " ", "--", "a\u{1b}b", "a\u{202e}b", "a\u{200b}b", "a\u{fffd}", "a\nb", "a\u{2028}b"],
        );
        keeps(Field::LastName, &[("می\u{200c}خواهم", "می\u{200c}خواهم")]);
        keeps(Field::MiddleInitial, &[("J.", "J"), ("j", "j"), ("Th", "Th")]);
        refused(Field::MiddleInitial, &["", ".", "Joe", "J B"]);
        keeps(
            Field::Email,
            &[
                (" Jo@Example.org ", "Jo@Example.org"),
                ("info@train25_illinoisworknet.com", "info@train25_illinoisworknet.com"),
            ],
        );
        refused(Field::Email, &["joe", "@a.org", "a@", "a@b@c", "a b@c", "a@b..c", "<a@b.c>", "a@b c"]);
        keeps(Field::BirthDate, &[("2024-02-29", "2024-02-29")]);
        refused(
            Field::BirthDate,
            &["2023-02-29", "2024-13-01", "24-01-01", "2024-01-01-01", "", "0001-01-01", "+024-01-01"],
        );
        keeps(Field::CellPhone, &[("+16546546543", "+16546546543")]);
        refused(Field::CellPhone, &["6546546543", "+0123456", "+1 654", "+1234567890123456", "+", "+١٢٣٤٥"]);
        keeps(Field::Zip, &[("60124", "60124"), ("sw1a 1aa", "SW1A 1AA")]);
        refused(Field::Zip, &["", "-", "12345678901234567", "６０１２４"]);
        keeps(Field::ProviderSubject, &[("auth0|5f7c", "auth0|5f7c")]);
        refused(Field::ProviderSubject, &["", "a b", "ä"]);
        refused(Field::LineManager, &["", "a b", "u/1"]);
        refused(Field::Location, &["", "  "]);
        let long = "a".repeat(257);
        refused(Field::Location, &[&long]);
    }

    #[test]
    fn a_username_can_be_told_from_nothing() {
        assert_eq!(kept_username(" Jo  Doe ").as_deref(), Ok("Jo Doe"));
        for bad in ["", " ", "\u{200b}", "jo\u{202e}e", "jo\u{7}", &"x".repeat(129)] {
            assert!(kept_username(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn national_identifiers_are_not_kept() {
        let written = [
            "123-45-6789",
            "123 45 6789",
            "123\u{2013}45\u{2013}6789",
            "１２３-４５-６７８９",
            "123.45.6789",
        ];
        for bad in written.into_iter().chain([" ", "a\u{7}", &"x".repeat(129)]) {
            assert!(kept_external_id(bad).is_err(), "{bad}");
        }
        for bad in written {
            assert!(kept_username(bad).is_err(), "{bad}");
            refused(Field::Zip, &[bad]);
            refused(Field::ProviderSubject, &[bad]);
            refused(Field::Email, &[&format!("{bad}@example.org")]);
        }
        for bad in written.into_iter().chain(["123456789", "room 1, 123456789", "12345\u{200c}6789"]) {
            for field in [Field::Location, Field::FirstName, Field::LastName, Field::Prefix, Field::Suffix] {
                refused(field, &[bad, &format!("Ann {bad}")]);
            }
        }
        for good in ["26262", "123-456-789", "A-1", "123456789"] {
            assert_eq!(kept_external_id(good).as_deref(), Ok(good));
        }
        keeps(Field::Zip, &[("60601-1234", "60601-1234"), ("606011234", "606011234")]);
        keeps(Field::Location, &[("Suite 1200, 60601-1234", "Suite 1200, 60601-1234")]);
        keeps(Field::CellPhone, &[("+123456789", "+123456789")]);
    }

    /// What is kept is kept again, whatever stands between digits: no form hides a number that the next one shows.
    #[test]
    fn a_national_identifier_is_in_no_form() {
        for c in every_character() {
            let Ok(form) = kept_external_id(&format!("123{c}45{c}6789")) else { continue };
            assert_eq!(kept_external_id(&form).as_ref(), Ok(&form), "{c:?} ({:x})", u32::from(c));
        }
    }

    /// What is kept is in the form in which it is kept, whatever it was made from.
    #[test]
    fn the_form_of_a_form_is_the_form() {
        for c in every_character() {
            for text in [format!("a{c}b"), format!("{c}a"), format!("a {c}\u{301}")] {
                for field in [Field::LastName, Field::Email, Field::MiddleInitial] {
                    if let Ok(form) = kept(field, &text) {
                        assert_eq!(
                            kept(field, &form).as_ref(),
                            Ok(&form),
                            "{field:?} {c:?} ({:x})",
                            u32::from(c)
                        );
                    }
                }
            }
        }
    }
}
