//! What a scheme says of people: their fields, finding them, their credentials; and what is shown of customers.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_identity::Field;

/// What the scheme says of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserRules {
    /// Fields without which nobody is created.
    pub compulsory: BTreeSet<Field>,
    /// Fields that only `user.identity.edit` changes once they are set.
    pub locked: BTreeSet<Field>,
    /// Fields that a user may change on itself.
    pub own: BTreeSet<Field>,
    /// Fields whose values come from a list.
    pub value_lists: Vec<(Field, Vec<String>)>,
    /// Fields that the scheme does not have.
    pub absent: BTreeSet<Field>,
    /// Names of external ids.
    pub external_ids: BTreeSet<String>,
    /// Names of external ids without which nobody is created.
    pub compulsory_external_ids: BTreeSet<String>,
    /// The country of telephone numbers that name none: two capital letters (ISO 3166). Unset: every number names its own.
    pub phone_country: Option<String>,
    /// How usernames are made.
    pub username: UsernameRule,
    /// Whether all assignments of a visible person are shown, not only those in reach.
    pub shows_all_assignments: bool,
    /// Whether adding a disabled person to a unit enables them.
    pub enabled_by_add: bool,
}

/// How usernames are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsernameRule {
    /// The first letter of the first name and the last name, then a number.
    #[default]
    InitialAndLastName,
    /// The e-mail address.
    Email,
}

/// How people are found before they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingRules {
    /// The external ids that decide alone: an equal one is the same person.
    pub external_ids: BTreeSet<String>,
    /// How many questions about people out of sight one actor may ask in an hour.
    pub per_hour: u32,
}

impl Default for MatchingRules {
    fn default() -> Self {
        Self { external_ids: BTreeSet::new(), per_hour: 60 }
    }
}

/// Whether the service keeps passwords, and how they come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passwords {
    /// No: an identity provider knows the people.
    #[default]
    Elsewhere,
    /// Yes.
    Kept,
}

/// What a scheme says of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRules {
    /// Whether the service keeps passwords.
    pub passwords: Passwords,
    /// Whether a manager may be shown a one-time secret of a person they manage.
    pub shown_to_manager: bool,
    /// Whether whoever is created with an e-mail address is mailed an activation.
    pub activation_mailed: bool,
    /// How long an activation is good for.
    pub activation_valid: Duration,
    /// How long a reset link is good for.
    pub reset_valid: Duration,
    /// The shortest password, in characters; at least 8.
    pub minimum_length: u32,
    /// Whether people sign in with a second factor.
    pub second_factor: bool,
    /// Fields that are compulsory where there is a second factor.
    pub second_factor_fields: BTreeSet<Field>,
}

impl Default for CredentialRules {
    fn default() -> Self {
        Self {
            passwords: Passwords::Elsewhere,
            shown_to_manager: false,
            activation_mailed: false,
            activation_valid: Duration::from_secs(3 * 86_400),
            reset_valid: Duration::from_secs(3_600),
            minimum_length: 12,
            second_factor: false,
            second_factor_fields: BTreeSet::new(),
        }
    }
}

/// What who may view a customer sees of the customer's other placements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherPlacements {
    /// Only those in reach.
    #[default]
    Hidden,
    /// The names of all.
    Named,
}
