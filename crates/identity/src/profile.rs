//! What is known of a person beside their access: names, addresses, numbers.
//!
//! Every value is personal data: it is kept in the personal part of an event, never in logs, errors or names.
//! Which fields are compulsory, locked or the user's own to change is the scheme's (`bailiwick-policy`).

use std::collections::BTreeMap;

use crate::compare::folded_name;

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
}

/// Both names as people are found by them: compared without case, punctuation and spaces. None where one is missing.
#[must_use]
pub fn names_form(profile: &Profile) -> Option<String> {
    let name = |field| profile.get(field).map(folded_name).filter(|name| !name.is_empty());
    // No name holds what parts them: a form is of letters and digits.
    Some(format!("{} {}", name(Field::LastName)?, name(Field::FirstName)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
        }
    }
}
