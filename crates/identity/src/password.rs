//! Passwords: the form in which one is hashed, and which one may be chosen.
//!
//! A few rules instead of a list: long enough, not a run of neighbours or a few characters over and over, and not put
//! together of what is known of its owner. No password is ever made here.

use std::collections::BTreeSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::compare::folded;
use crate::{Field, Profile};

/// The most characters of a password.
pub const MOST_CHARS: usize = 256;
/// Different characters that a password has at least.
const DIFFERENT: usize = 5;
/// How much may stand beside what is known of the owner and be no more than decoration.
const DECORATION: usize = 3;

/// A password as it was typed, normalised (NFKC): a character is the same however a keyboard makes it. Not to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password cannot be one. Says nothing of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Shorter than so many characters.
    TooShort(usize),
    /// Longer than [`MOST_CHARS`].
    TooLong,
    /// Holds a control character.
    BadCharacter,
    /// A few characters over and over, or neighbours in a row.
    TooSimple,
    /// Put together of what is known of its owner.
    OwnersData,
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(least) => write!(f, "has at least {least} characters"),
            Self::TooLong => write!(f, "has at most {MOST_CHARS} characters"),
            Self::BadCharacter => f.write_str("holds no control characters"),
            Self::TooSimple => {
                f.write_str("is not the same few characters over and over, nor neighbours in a row")
            }
            Self::OwnersData => f.write_str(
                "is not put together of the username, the e-mail address, names or the birth date",
            ),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// A password as typed.
    ///
    /// # Errors
    /// When it cannot be anybody's: longer than 256 characters, or with a control character.
    pub fn typed(text: &str) -> Result<Self, PasswordFault> {
        // Normalising may make a text longer, by a bounded factor: what is far too long is not normalised at all.
        if text.chars().nth(MOST_CHARS).is_some() {
            return Err(PasswordFault::TooLong);
        }
        let normal: String = text.nfkc().collect();
        if normal.chars().nth(MOST_CHARS).is_some() {
            return Err(PasswordFault::TooLong);
        }
        if normal.chars().any(char::is_control) {
            return Err(PasswordFault::BadCharacter);
        }
        Ok(Self(normal))
    }

    /// What is hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it may be chosen, whoever chooses it.
    ///
    /// # Errors
    /// When it is too short or too simple.
    pub fn examine(&self, least: usize) -> Result<(), PasswordFault> {
        if self.0.chars().count() < least {
            return Err(PasswordFault::TooShort(least));
        }
        let folded: Vec<char> = folded(&self.0).chars().collect();
        let different: BTreeSet<char> = folded.iter().copied().collect();
        let step = |pair: &[char]| match pair {
            [one, other] => i64::from(u32::from(*other)) - i64::from(u32::from(*one)),
            _ => 0,
        };
        let steps: BTreeSet<i64> = folded.windows(2).map(step).collect();
        // Up or down in a row; `9012` and `zabc` go on from the other end.
        let in_a_row = [[1, -9, -25], [-1, 9, 25]].iter().any(|row| steps.iter().all(|s| row.contains(s)));
        if different.len() < DIFFERENT || in_a_row {
            return Err(PasswordFault::TooSimple);
        }
        Ok(())
    }

    /// Whether its owner may choose it.
    ///
    /// # Errors
    /// When it is put together of what is known of the owner, with no more than a little beside.
    pub fn examine_for(&self, owner: &Profile) -> Result<(), PasswordFault> {
        let text = bare(&self.0);
        // How few characters up to each place are not the owner's.
        let parts = known_parts(owner);
        let mut fewest = vec![0_usize];
        for end in 1..=text.len() {
            let alone = fewest.get(end - 1).map_or(end, |before| before + 1);
            let known = parts.iter().filter_map(|part| {
                let start = end.checked_sub(part.len())?;
                (text.get(start..end)? == part.as_slice()).then(|| fewest.get(start).copied())?
            });
            fewest.push(known.chain([alone]).min().unwrap_or(alone));
        }
        match fewest.last() {
            // With as much beside as there is of it, nothing of the owner's is in it.
            Some(&beside) if beside <= DECORATION && beside < text.len() => Err(PasswordFault::OwnersData),
            Some(_) | None => Ok(()),
        }
    }
}

/// Letters and digits, folded.
fn bare(text: &str) -> Vec<char> {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What somebody who knows the owner would try: names, addresses and the ways in which a birth date is written.
fn known_parts(owner: &Profile) -> Vec<Vec<char>> {
    let field = |field| owner.get(field).unwrap_or_default();
    let (email, username) = (field(Field::Email), owner.username.as_str());
    let mut parts =
        vec![bare(username), bare(email), bare(field(Field::FirstName)), bare(field(Field::LastName))];
    for address in [email, username] {
        let (name, domain) = address.split_once('@').unwrap_or((address, ""));
        let pieces = name.split(['.', '-', '_', '+']).chain(domain.split('.'));
        parts.extend(pieces.chain([name]).map(bare));
    }
    if let [year, month, day] = field(Field::BirthDate).split('-').collect::<Vec<_>>().as_slice() {
        let short = year.get(2..).unwrap_or_default();
        for year in [*year, short] {
            let orders = [[year, *month, *day], [*month, *day, year], [*day, *month, year]];
            parts.extend(orders.map(|order| bare(&order.concat())));
        }
        parts.extend([bare(year), bare(&format!("{month}{day}")), bare(&format!("{day}{month}"))]);
    }
    // One or two letters are everybody's.
    parts.retain(|part| part.len() > 2);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Profile {
        Profile {
            username: "JMcGoo1".to_owned(),
            fields: [
                (Field::FirstName, "Joe"),
                (Field::LastName, "McGoo"),
                (Field::Email, "joe.mcgoo@example.org"),
                (Field::BirthDate, "1994-05-06"),
            ]
            .map(|(field, value)| (field, value.to_owned()))
            .into(),
            ..Profile::default()
        }
    }

    fn chosen(text: &str) -> Result<(), PasswordFault> {
        let password = Password::typed(text)?;
        password.examine(8)?;
        password.examine_for(&owner())
    }

    /// The first is the one that the document made of name and birth date.
    #[test]
    fn what_is_known_of_the_owner_makes_no_password() {
        for bad in [
            "McGoo050694",
            "JoeMcGoo1994!",
            "mcgoo-joe-06051994",
            "joe.mcgoo@example.org",
            "JMCGOO1jmcgoo1",
            "Ｍｃｇｏｏ０５０６９４",
            "xMcGoo19940506yz",
        ] {
            assert_eq!(chosen(bad), Err(PasswordFault::OwnersData), "{bad}");
        }
        for good in ["McGoo likes rain", "correct horse battery", "Zq7!mcgoo-Zq8!", "øåæ-φω-ёж-08"] {
            assert_eq!(chosen(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_is_short_or_simple_makes_no_password() {
        for (bad, fault) in [
            ("Zq7!kx2", PasswordFault::TooShort(8)),
            ("aaaabbbbcccc", PasswordFault::TooSimple),
            ("123456789012", PasswordFault::TooSimple),
            ("ponmlkjihgfe", PasswordFault::TooSimple),
            ("Zq7!kx2p\u{7}", PasswordFault::BadCharacter),
        ] {
            assert_eq!(chosen(bad), Err(fault), "{bad}");
        }
        assert_eq!(chosen(&"Zq7!kx2p".repeat(33)), Err(PasswordFault::TooLong));
        assert_eq!(chosen(&"\u{fdfa}".repeat(256)), Err(PasswordFault::TooLong));
        assert_eq!(chosen("12345678x1"), Ok(()));
    }

    #[test]
    fn a_character_is_the_same_however_it_is_typed() {
        assert_eq!(Password::typed("e\u{301}"), Password::typed("é"));
        assert_ne!(Password::typed("E"), Password::typed("e"));
        assert_eq!(format!("{:?}", Password::typed("geheim")), "Ok(Password(…))");
    }

    #[test]
    fn of_somebody_of_whom_nothing_is_known_nothing_is_refused() {
        for password in ["correct horse", "!#%&()*+,-./:;", "ß7!$%&()=?+*~"] {
            assert_eq!(
                Password::typed(password).unwrap().examine_for(&Profile::default()),
                Ok(()),
                "{password}"
            );
        }
    }
}
