//! National identifiers, which are kept nowhere: whether a text is one, or holds one.
//!
//! What is looked for is a social security number, in every form in which people write one. Nine digits in a row are one in
//! prose, but not where numbers belong: staff numbers, postal codes and subjects have nine digits, too.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::Field;
use crate::compare::is_invisible;

/// How many digits stand together: `123-45-6789`.
const GROUPS: [usize; 3] = [3, 2, 4];
/// Together.
const DIGITS: usize = 9;
/// Into how many digits one character may be taken apart: `⅒` is `1⁄10`.
const MOST_OF_ONE: usize = 3;

/// Whether a text holds something written as a social security number is: three, two and four digits, with hyphens,
/// dashes, dots, strokes or spaces between.
#[must_use]
pub fn holds_national_identifier(text: &str) -> bool {
    let numbers = Numbers::of(text);
    let places = numbers.groups.len().saturating_sub(GROUPS.len() - 1);
    (0..places).any(|first| numbers.stands_apart(first..first + GROUPS.len(), &GROUPS))
}

/// Whether prose holds one, in that form or as nine digits in a row.
#[must_use]
pub fn tells_national_identifier(text: &str) -> bool {
    let numbers = Numbers::of(text);
    let together = (0..numbers.groups.len()).any(|at| numbers.stands_apart(at..at + 1, &[DIGITS]));
    together || holds_national_identifier(text)
}

/// Whether a value of a field is one, or holds one.
#[must_use]
pub fn is_national_identifier(field: Field, value: &str) -> bool {
    match field {
        Field::Prefix
        | Field::FirstName
        | Field::MiddleInitial
        | Field::LastName
        | Field::Suffix
        | Field::Location => tells_national_identifier(value),
        Field::Email | Field::Zip | Field::ProviderSubject => holds_national_identifier(value),
        // These are never prose, and have forms of their own.
        Field::BirthDate | Field::WorkPhone | Field::CellPhone | Field::Pager | Field::LineManager => false,
    }
}

/// The digits of a text, by what stands between.
struct Numbers {
    groups: Vec<Group>,
}

/// Digits in a row.
struct Group {
    digits: usize,
    /// What stands before them: behind the group before, or at the beginning.
    before: Gap,
    /// What stands behind them, before the next group or the end.
    after: Gap,
}

/// What stands beside digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Only what people write between the digits of one number.
    Joint,
    /// The same, and a space among it; or the end of the text: another number may begin.
    Space,
    /// A letter right beside them: they are part of a word.
    Letter,
    /// Anything else.
    Other,
}

/// Whether a text could have so many digits at all: most have not, and are not looked at more closely.
fn may_have_digits(text: &str) -> bool {
    let weight = |c: char| match c {
        '0'..='9' => 1,
        _ if c.is_ascii() => 0,
        _ => MOST_OF_ONE,
    };
    text.chars().map(weight).sum::<usize>() >= DIGITS
}

impl Numbers {
    fn of(text: &str) -> Self {
        if !may_have_digits(text) {
            return Self { groups: Vec::new() };
        }
        let plain: Vec<char> = text.nfkc().filter(|&c| !is_invisible(c)).collect();
        let mut groups: Vec<Group> = Vec::new();
        let (mut from, mut at) = (0, 0);
        while at < plain.len() {
            let digits = plain.iter().skip(at).take_while(|c| c.is_numeric()).count();
            if digits == 0 {
                at += 1;
                continue;
            }
            let between = plain.get(from..at).unwrap_or_default();
            if let Some(last) = groups.last_mut() {
                last.after = gap(between, between.first());
            }
            let before = if groups.is_empty() && between.is_empty() {
                Gap::Space
            } else {
                gap(between, between.last())
            };
            groups.push(Group { digits, before, after: Gap::Space });
            at += digits;
            from = at;
        }
        let rest = plain.get(from..).unwrap_or_default();
        if let Some(last) = groups.last_mut().filter(|_| !rest.is_empty()) {
            last.after = gap(rest, rest.first());
        }
        Self { groups }
    }

    /// Whether these groups are of these lengths, joined to one another and to nothing else.
    fn stands_apart(&self, place: Range<usize>, lengths: &[usize]) -> bool {
        let Some(groups) = self.groups.get(place.clone()) else { return false };
        let fits = groups.iter().map(|group| group.digits).eq(lengths.iter().copied());
        let joined = groups.iter().skip(1).all(|group| matches!(group.before, Gap::Joint | Gap::Space));
        let apart = |gap: Gap, alone: bool| match gap {
            Gap::Space | Gap::Other => true,
            // A hyphen at the end of everything joins nothing.
            Gap::Joint => alone,
            Gap::Letter => false,
        };
        let first = groups.first().is_some_and(|group| apart(group.before, place.start == 0));
        let last = groups.last().is_some_and(|group| apart(group.after, place.end == self.groups.len()));
        fits && joined && first && last
    }
}

/// What stands between digits; `beside` is what is nearest to those asked about.
fn gap(between: &[char], beside: Option<&char>) -> Gap {
    if beside.is_some_and(|c| c.is_alphabetic()) {
        Gap::Letter
    } else if !between.iter().all(|&c| joins(c)) {
        Gap::Other
    } else if between.iter().any(|c| c.is_whitespace()) {
        Gap::Space
    } else {
        Gap::Joint
    }
}

/// What people write between the digits of one number: hyphens and dashes of every kind, dots, strokes, spaces.
fn joins(c: char) -> bool {
    let dash = matches!(
        c,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{301c}'
                | '\u{30fb}'
                | '\u{ff0d}'
    );
    dash || c.is_whitespace()
        || matches!(c, '.' | '/' | '_' | '~' | '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2219}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_one_is_known() {
        for number in [
            "123-45-6789",
            "123 45 6789",
            "123.45.6789",
            "123/45/6789",
            "123_45_6789",
            " 123 - 45 - 6789 ",
            "123\u{2013}45\u{2014}6789",
            "123\u{2011}45\u{2212}6789",
            "123\u{a0}45\u{2009}6789",
            "123\u{200b}-\u{ad}45-6789",
            "１２３－４５－６７８９",
            "١٢٣-٤٥-٦٧٨٩",
            "SSN: 123-45-6789.",
            "(123-45-6789)",
            "room 12, 123-45-6789",
            "room 12 123-45-6789 or so",
            "-123-45-6789-",
        ] {
            assert!(holds_national_identifier(number), "{number}");
            assert!(tells_national_identifier(number), "{number}");
        }
        for number in
            ["123456789", "SSN 123456789", "１２３４５６７８９", "12345\u{200b}6789", "no. 123456789, please"]
        {
            assert!(!holds_national_identifier(number), "{number}");
            assert!(tells_national_identifier(number), "{number}");
        }
    }

    #[test]
    fn no_character_is_more_than_three_digits() {
        for c in crate::compare::every_character() {
            let digits = std::iter::once(c).nfkc().filter(|c| c.is_numeric()).count();
            assert!(digits <= MOST_OF_ONE, "{c:?}");
        }
    }

    #[test]
    fn other_numbers_are_others() {
        for number in [
            "",
            "26262",
            "123-456-789",
            "123-45-678",
            "1123-45-6789",
            "123-45-67890",
            "60601-1234",
            "2024-02-29",
            "312-555-0100",
            "+1 312 555 0100",
            "1-123-45-6789",
            "123-45-6789-1",
            "A123-45-6789",
            "123-45-6789b",
            "123:45:6789",
            "1234567890",
            "12345678",
            "K123456789",
            "192.168.10.1000",
        ] {
            assert!(!tells_national_identifier(number), "{number}");
        }
    }
}
