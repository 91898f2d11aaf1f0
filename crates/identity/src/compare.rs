//! How what people are known by is compared: two spellings of one name or address are the same.
//!
//! The forms are for comparing and sorting, never for showing. They follow Unicode's NFKC_Casefold: compatibility forms
//! become the plain ones (`ａ` is `a`), case is folded (`STRASSE` is `straße`), and what is invisible is dropped.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;

/// What is not to be seen: the property Default_Ignorable_Code_Point of Unicode 17, in ascending ranges.
const INVISIBLE: [(char, char); 19] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e00ff}'),
    ('\u{e0100}', '\u{e01ef}'),
    ('\u{e01f0}', '\u{e0fff}'),
];

/// The form under which usernames, e-mail addresses and last names are compared and sorted, without the space around
/// them. Folding twice changes nothing.
#[must_use]
pub fn folded(text: &str) -> String {
    // Most are: nothing of them is composed, invisible or folded in more than one way.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    let mut folded = once(text.trim());
    // Folding may leave something to normalise, and that something to fold; a third time there is nothing left.
    for _ in 0..2 {
        folded = once(folded.trim());
    }
    folded
}

fn once(text: &str) -> String {
    let visible: String = text.nfkc().filter(|&c| !is_invisible(c)).collect();
    default_case_fold_str(&visible).nfkc().collect()
}

/// Whether a character is not to be seen.
pub(crate) fn is_invisible(c: char) -> bool {
    let at = INVISIBLE.partition_point(|(_, last)| *last < c);
    INVISIBLE.get(at).is_some_and(|(first, _)| *first <= c)
}

/// The form under which names of people are compared: [`folded`], without punctuation and spaces, so that `O'Brien` is
/// `OBrien` and `Mary Ann` is `Mary-Ann`. A name that has nothing but those is empty.
#[must_use]
pub fn folded_name(text: &str) -> String {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Every character that Unicode has given a meaning, or may, outside the planes that stand empty.
#[cfg(test)]
pub(crate) fn every_character() -> impl Iterator<Item = char> {
    (0..=0x3_ffff).chain(0xe_0000..=0xe_0fff).filter_map(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_the_same() {
        for (one, other) in [
            ("Jo@Example.ORG", " jo@example.org "),
            ("ａｎｎ@example.org", "ann@example.org"),
            ("STRASSE", "straße"),
            ("ﬁona", "Fiona"),
            ("Andre\u{301}", "andr\u{e9}"),
            ("jo\u{200b}hn", "john"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
        for (one, other) in [("O'Brien", "obrien"), ("Mary-Ann", "mary ann"), ("St. John", "StJohn")] {
            assert_eq!(folded_name(one), folded_name(other), "{one} and {other}");
        }
    }

    #[test]
    fn plain_text_is_folded_as_any_other() {
        for one in (0..128_u8).map(char::from) {
            for other in (0..128_u8).map(char::from) {
                let text = format!("{one}{other}A{other}{one}");
                assert_eq!(folded(&text), once(once(&text).trim()).trim(), "{text:?}");
            }
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for (one, other) in [
            ("jo@a.org", "jo@b.org"),
            ("m\u{131}ke@a.org", "mike@a.org"),
            ("muller", "müller"),
            ("a b", "ab"),
            ("o'brien", "obrien"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} and {other}");
        }
        assert_ne!(folded_name("Miller"), folded_name("Müller"));
        assert_eq!((folded(" \u{200b} ").as_str(), folded_name("--").as_str()), ("", ""));
    }

    /// A form of a form is the form: what is stored is found again by what is looked for.
    #[test]
    fn folding_twice_changes_nothing() {
        for c in every_character() {
            let text = format!("a{c}b");
            let form = folded(&text);
            assert_eq!(folded(&form), form, "{c:?} ({:x})", u32::from(c));
        }
    }
}
