//! Finding the person before making another: how alike what is typed is to somebody who is known.
//!
//! Values are compared as [`compare`](crate::compare) has them: case, punctuation of names and compatibility forms do not
//! matter. Telephone numbers and postal codes are compared and shown, and never decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::{folded, folded_name};
use crate::profile::{Field, Profile};

/// What is typed about a person, each value as it would be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Names, birth date, e-mail, a telephone number (as `work_phone`), postal code.
    pub fields: BTreeMap<Field, String>,
    /// Name and value of an external id.
    pub external_id: Option<(String, String)>,
}

/// How one typed value compares with what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Likeness {
    /// The same.
    Equal,
    /// Another.
    Differs,
    /// Nothing is known to compare it with.
    Missing,
}

/// How all that was typed compares with one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Each field that was typed.
    pub fields: BTreeMap<Field, Likeness>,
    /// The external id, if one was typed.
    pub external_id: Option<Likeness>,
}

/// By what a person was found; earlier ones count more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// By an external id.
    ExternalId,
    /// By the e-mail address.
    Email,
    /// By both names and the birth date.
    NamesAndBirthDate,
    /// By both names alone.
    Names,
}

impl Typed {
    /// A typed value.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.fields.get(&field).map(String::as_str)
    }

    /// Both names as people are found by them; none where one was not typed.
    #[must_use]
    pub fn names(&self) -> Option<String> {
        crate::names_form(&Profile { fields: self.fields.clone(), ..Profile::default() })
    }

    /// Compares each typed value with what is known of a person.
    #[must_use]
    pub fn compare(&self, profile: &Profile) -> Compared {
        let fields = self.fields.iter().map(|(&field, typed)| (field, likeness(field, typed, profile)));
        let external_id =
            self.external_id.as_ref().map(|(name, typed)| match profile.external_ids.get(name) {
                Some(known) if known == typed => Likeness::Equal,
                Some(_) => Likeness::Differs,
                None => Likeness::Missing,
            });
        Compared { fields: fields.collect(), external_id }
    }
}

impl Compared {
    /// By what the person is found. A field that the scheme does not have counts as equal.
    #[must_use]
    pub fn step(&self, absent: &BTreeSet<Field>) -> Option<Step> {
        if self.external_id == Some(Likeness::Equal) {
            return Some(Step::ExternalId);
        }
        if self.is_equal(Field::Email) {
            return Some(Step::Email);
        }
        if !(self.is_equal(Field::FirstName) && self.is_equal(Field::LastName)) {
            return None;
        }
        let born = self.is_equal(Field::BirthDate) || absent.contains(&Field::BirthDate);
        Some(if born { Step::NamesAndBirthDate } else { Step::Names })
    }

    /// Whether e-mail, names and birth date are all the same, where the scheme has them; or the external id is.
    #[must_use]
    pub fn is_exact(&self, absent: &BTreeSet<Field>) -> bool {
        let all = [Field::Email, Field::FirstName, Field::LastName, Field::BirthDate];
        self.external_id == Some(Likeness::Equal)
            || all.into_iter().all(|field| self.is_equal(field) || absent.contains(&field))
    }

    /// Whether a typed value is the same.
    #[must_use]
    pub fn is_equal(&self, field: Field) -> bool {
        self.fields.get(&field) == Some(&Likeness::Equal)
    }

    /// Whether it could be known of somebody who is not to be seen: what was typed has the same e-mail, or both names and
    /// the birth date.
    #[must_use]
    pub fn proves_acquaintance(&self) -> bool {
        let names = self.is_equal(Field::FirstName) && self.is_equal(Field::LastName);
        self.is_equal(Field::Email) || (names && self.is_equal(Field::BirthDate))
    }
}

fn likeness(field: Field, typed: &str, profile: &Profile) -> Likeness {
    const NUMBERS: [Field; 3] = [Field::WorkPhone, Field::CellPhone, Field::Pager];
    if NUMBERS.contains(&field) {
        let known: Vec<&str> = NUMBERS.into_iter().filter_map(|number| profile.get(number)).collect();
        return match known.contains(&typed) {
            true => Likeness::Equal,
            false if known.is_empty() => Likeness::Missing,
            false => Likeness::Differs,
        };
    }
    let Some(known) = profile.get(field) else { return Likeness::Missing };
    let same = match field {
        Field::FirstName | Field::LastName => folded_name(known) == folded_name(typed),
        Field::ProviderSubject => known == typed,
        Field::Prefix
        | Field::MiddleInitial
        | Field::Suffix
        | Field::Email
        | Field::BirthDate
        | Field::WorkPhone
        | Field::CellPhone
        | Field::Pager
        | Field::Zip
        | Field::Location
        | Field::LineManager => folded(known) == folded(typed),
    };
    if same { Likeness::Equal } else { Likeness::Differs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(Field, &str)]) -> Typed {
        let fields = fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
        Typed { fields, external_id: None }
    }

    fn joe() -> Profile {
        let fields = [
            (Field::FirstName, "Joe"),
            (Field::LastName, "O'Brien"),
            (Field::Email, "jo@example.org"),
            (Field::BirthDate, "1994-05-06"),
            (Field::CellPhone, "+16546546543"),
        ];
        Profile {
            fields: fields.into_iter().map(|(field, value)| (field, value.to_owned())).collect(),
            external_ids: BTreeMap::from([("staff".to_owned(), "7".to_owned())]),
            ..Profile::default()
        }
    }

    const ALL: [(Field, &str); 4] = [
        (Field::FirstName, "JOE"),
        (Field::LastName, "obrien"),
        (Field::Email, "JO@example.org"),
        (Field::BirthDate, "1994-05-06"),
    ];

    #[test]
    fn the_same_person_is_exact() {
        let nothing = BTreeSet::new();
        let compared = typed(&ALL).compare(&joe());
        assert!(compared.is_exact(&nothing) && compared.proves_acquaintance());
        assert_eq!(compared.step(&nothing), Some(Step::Email));
        // Without the birth date it is not, unless the scheme has none.
        let compared = typed(&ALL[..3]).compare(&joe());
        assert!(!compared.is_exact(&nothing));
        assert!(compared.is_exact(&BTreeSet::from([Field::BirthDate])));
        let by_number = Typed { external_id: Some(("staff".to_owned(), "7".to_owned())), ..Typed::default() };
        let compared = by_number.compare(&joe());
        assert!(compared.is_exact(&nothing) && !compared.proves_acquaintance());
    }

    #[test]
    fn each_step_has_its_measure() {
        let nothing = BTreeSet::new();
        let step = |fields: &[(Field, &str)]| typed(fields).compare(&joe()).step(&nothing);
        assert_eq!(step(&[(Field::Email, "jo@example.org"), (Field::FirstName, "Ann")]), Some(Step::Email));
        assert_eq!(step(&[ALL[0], ALL[1], ALL[3]]), Some(Step::NamesAndBirthDate));
        assert_eq!(step(&[ALL[0], ALL[1]]), Some(Step::Names));
        assert_eq!(step(&[ALL[0], ALL[1], (Field::BirthDate, "1994-05-07")]), Some(Step::Names));
        assert_eq!(step(&[ALL[0], ALL[3]]), None);
        assert_eq!(step(&[(Field::CellPhone, "+16546546543")]), None);
        assert_eq!(step(&[(Field::Email, "j\u{131}@example.org")]), None);
    }

    #[test]
    fn what_is_not_known_is_missing() {
        let nobody = Profile::default();
        let compared = typed(&ALL).compare(&nobody);
        assert!(compared.fields.values().all(|likeness| *likeness == Likeness::Missing));
        // Any of the numbers will do.
        let compared = typed(&[(Field::WorkPhone, "+16546546543")]).compare(&joe());
        assert!(compared.is_equal(Field::WorkPhone));
    }
}
