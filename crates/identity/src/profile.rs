//! What is known of a person beside their access: names, addresses, numbers.
//!
//! Every value is personal data: it is kept in the personal part of an event, never in logs, errors or names.
//! Which fields are compulsory, locked or the user's own to change is the scheme's (`bailiwick-policy`).

use std::collections::BTreeMap;
use std::fmt;

/// A field of a profile. External ids are kept by their own names beside these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A form of address from the scheme's list.
    Prefix,
    /// First name.
    FirstName,
    /// Middle initial.
    MiddleInitial,
    /// Last name.
    LastName,
    /// A suffix from the scheme's list.
    Suffix,
    /// E-mail address.
    Email,
    /// Birth date, `YYYY-MM-DD`.
    BirthDate,
    /// Work telephone number.
    WorkPhone,
    /// Cell telephone number.
    CellPhone,
    /// Pager number.
    Pager,
    /// ZIP code.
    Zip,
    /// Where the person works.
    Location,
    /// The line manager's user id.
    LineManager,
    /// The subject under which an identity provider knows the person.
    ProviderSubject,
}

impl Field {
    /// Every field, in the order of the documents' forms.
    pub const ALL: [Self; 14] = [
        Self::Prefix,
        Self::FirstName,
        Self::MiddleInitial,
        Self::LastName,
        Self::Suffix,
        Self::Email,
        Self::BirthDate,
        Self::WorkPhone,
        Self::CellPhone,
        Self::Pager,
        Self::Zip,
        Self::Location,
        Self::LineManager,
        Self::ProviderSubject,
    ];

    /// The field's name in schemes, the API and error texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::FirstName => "first_name",
            Self::MiddleInitial => "middle_initial",
            Self::LastName => "last_name",
            Self::Suffix => "suffix",
            Self::Email => "email",
            Self::BirthDate => "birth_date",
            Self::WorkPhone => "work_phone",
            Self::CellPhone => "cell_phone",
            Self::Pager => "pager",
            Self::Zip => "zip",
            Self::Location => "location",
            Self::LineManager => "line_manager",
            Self::ProviderSubject => "provider_subject",
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Why a value is refused. Says nothing of the value itself, which is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    /// Longer than 256 bytes.
    TooLong,
    /// Holds a control character.
    ControlCharacter,
    /// Not of the field's form.
    BadForm,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a value has at most 256 bytes",
            Self::ControlCharacter => "a value holds no control characters",
            Self::BadForm => "the value is not of the form that this field has",
        })
    }
}

/// A person's profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name to sign in with: given at creation, unique in the realm, never edited.
    pub username: String,
    /// The fields that have a value.
    pub fields: BTreeMap<Field, String>,
    /// External identifiers by their names (`iwds`, `staff-number`).
    pub external_ids: BTreeMap<String, String>,
}

impl Profile {
    /// The value of a field, if it has one.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.fields.get(&field).map(String::as_str)
    }

    /// Examines a value before it enters a profile: its length, its characters, its form.
    ///
    /// # Errors
    /// When the value is too long, holds a control character or is not of the field's form.
    pub fn examine(field: Field, value: &str) -> Result<(), FieldFault> {
        if value.len() > 256 {
            return Err(FieldFault::TooLong);
        }
        if value.chars().any(char::is_control) {
            return Err(FieldFault::ControlCharacter);
        }
        let good = match field {
            Field::Email => is_email(value),
            Field::BirthDate => is_date(value),
            Field::MiddleInitial => value.chars().count() <= 2,
            Field::Prefix
            | Field::FirstName
            | Field::LastName
            | Field::Suffix
            | Field::WorkPhone
            | Field::CellPhone
            | Field::Pager
            | Field::Zip
            | Field::Location
            | Field::LineManager
            | Field::ProviderSubject => !value.trim().is_empty(),
        };
        if good { Ok(()) } else { Err(FieldFault::BadForm) }
    }
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let no_gap = !value.chars().any(char::is_whitespace);
    !local.is_empty() && !domain.is_empty() && !domain.contains('@') && no_gap
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
    parts.next().is_none() && year >= 1 && (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_examined() {
        assert!(Profile::examine(Field::BirthDate, "2024-02-29").is_ok());
        for bad in ["2023-02-29", "2024-13-01", "24-01-01", "2024-01-01-01", ""] {
            assert_eq!(Profile::examine(Field::BirthDate, bad), Err(FieldFault::BadForm), "{bad}");
        }
        assert!(Profile::examine(Field::Email, "joe@example.org").is_ok());
        assert_eq!(Profile::examine(Field::Email, "joe"), Err(FieldFault::BadForm));
        assert_eq!(Profile::examine(Field::FirstName, "a\u{1b}b"), Err(FieldFault::ControlCharacter));
    }

    #[test]
    fn every_field_is_found_by_its_name() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
        }
    }
}
