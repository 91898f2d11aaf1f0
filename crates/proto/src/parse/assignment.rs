//! Assignments as callers describe them: what is given, and which options of a held one change.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::UserManagement;
use bailiwick_realm::{AssignmentSpec, OptionsSpec, Patch, ScopeSpec, Seat, UserChange};

use super::form::{Form, given};
use super::name::Collection;
use crate::v1;

/// The options that an amendment can name.
const OPTIONS: [&str; 11] = [
    "scope",
    "default_unit",
    "user_type",
    "user_management",
    "caseload_only",
    "exempt_units",
    "own_caseload_units",
    "others_caseload_units",
    "starts_at",
    "ends_at",
    "note",
];

/// The options of a message, read.
struct Options {
    scope: Option<ScopeSpec>,
    default_unit: Option<UnitId>,
    user_type: Option<String>,
    user_management: UserManagement,
    caseload_only: bool,
    exempt_units: Vec<UnitId>,
    own_caseload_units: Vec<UnitId>,
    others_caseload_units: Vec<UnitId>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    note: Option<String>,
}

impl Form {
    pub(crate) fn assignment(&mut self, at: &str, assign: v1::Assign) -> Option<AssignmentSpec> {
        let v1::Assign { unit, role, options, lowest_available } = assign;
        let unit = self.id(&format!("{at}.unit"), Collection::Units, &unit, UnitId::parse);
        let role = self.scheme_name(&format!("{at}.role"), &role);
        let options = self.options(&format!("{at}.options"), options.unwrap_or_default());
        let seat = if lowest_available { Seat::LowestAvailable } else { Seat::There };
        Some(AssignmentSpec { unit: unit?, seat, role: role?, options: options?.all() })
    }

    /// An assignment of a list, which is known again by its unit: no position is looked for.
    pub(crate) fn listed_assignment(&mut self, at: &str, assign: v1::Assign) -> Option<AssignmentSpec> {
        if assign.lowest_available {
            self.fault(format!("{at}.lowest_available"), "is for single commands: a list names the position");
        }
        self.assignment(at, assign)
    }

    pub(crate) fn amendment(&mut self, at: &str, amend: v1::AmendAssignment) -> Option<UserChange> {
        let v1::AmendAssignment { assignment, role, options, fields } = amend;
        let number = self.assignment_number(&format!("{at}.assignment"), &assignment);
        let role = given(role);
        if role.is_none() && fields.is_empty() {
            self.fault(format!("{at}.fields"), "is required where no role is given");
        }
        let role = match role {
            Some(role) => Some(self.scheme_name(&format!("{at}.role"), &role)?),
            None => None,
        };
        let options = self.options(&format!("{at}.options"), options.unwrap_or_default());
        for (index, field) in fields.iter().enumerate() {
            if !OPTIONS.contains(&field.as_str()) {
                let valid = OPTIONS.join("`, `");
                self.fault(format!("{at}.fields[{index}]"), format!("is no option; valid are `{valid}`"));
            }
        }
        let options = options?;
        for unnamed in options.set().into_iter().filter(|set| !fields.iter().any(|field| field == set)) {
            self.fault(format!("{at}.options.{unnamed}"), "is set, and `fields` does not name it");
        }
        if fields.iter().any(|field| field == "scope") && options.scope.is_none() {
            self.fault(format!("{at}.options"), "`fields` names `scope`: say `all` or `only`");
        }
        Some(UserChange::Amend { number: number?, role, options: options.only(&fields) })
    }

    /// The number in `assignments/3`.
    pub(crate) fn assignment_number(&mut self, field: &str, text: &str) -> Option<u32> {
        let number = text
            .strip_prefix(Collection::Assignments.prefix())
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok());
        if number.is_none() {
            self.fault(field, "must be `assignments/` and a number");
        }
        number
    }

    fn options(&mut self, at: &str, options: v1::AssignmentOptions) -> Option<Options> {
        let v1::AssignmentOptions {
            scope,
            default_unit,
            user_type,
            user_management,
            caseload_only,
            exempt_units,
            own_caseload_units,
            others_caseload_units,
            starts_at,
            ends_at,
            note,
        } = options;
        let scope = self.scope(at, scope);
        let unit = |form: &mut Self, name: &str, text: &str| {
            form.optional_id(&format!("{at}.{name}"), Collection::Units, text, UnitId::parse)
        };
        let units = |form: &mut Self, name: &str, texts: &[String]| {
            form.ids(&format!("{at}.{name}"), Collection::Units, texts, UnitId::parse)
        };
        let default_unit = unit(self, "default_unit", &default_unit);
        let user_type = self.title(&format!("{at}.user_type"), user_type);
        let user_management = self.user_management(&format!("{at}.user_management"), user_management);
        let exempt_units = units(self, "exempt_units", &exempt_units);
        let own_caseload_units = units(self, "own_caseload_units", &own_caseload_units);
        let others_caseload_units = units(self, "others_caseload_units", &others_caseload_units);
        let starts_at = self.instant(&format!("{at}.starts_at"), starts_at);
        let ends_at = self.instant(&format!("{at}.ends_at"), ends_at);
        let note = self.text(&format!("{at}.note"), note);
        Some(Options {
            scope: scope?,
            default_unit: default_unit?,
            user_type: given(user_type?),
            user_management: user_management?,
            caseload_only,
            exempt_units: exempt_units?,
            own_caseload_units: own_caseload_units?,
            others_caseload_units: others_caseload_units?,
            starts_at: starts_at?,
            ends_at: ends_at?,
            note: given(note?),
        })
    }

    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn scope(&mut self, at: &str, scope: Option<v1::assignment_options::Scope>) -> Option<Option<ScopeSpec>> {
        use v1::assignment_options::Scope;
        Some(match scope {
            None => None,
            Some(Scope::All(v1::AllUnits {})) => Some(ScopeSpec::All),
            Some(Scope::Only(v1::OnlyUnits { units })) => Some(ScopeSpec::Only(self.ids(
                &format!("{at}.only.units"),
                Collection::Units,
                &units,
                UnitId::parse,
            )?)),
        })
    }

    fn user_management(&mut self, field: &str, value: i32) -> Option<UserManagement> {
        let Ok(value) = v1::UserManagement::try_from(value) else {
            self.fault(field, "must be USER_MANAGEMENT_NONE, USER_MANAGEMENT_VIEW or USER_MANAGEMENT_MANAGE");
            return None;
        };
        Some(match value {
            v1::UserManagement::Unspecified | v1::UserManagement::None => UserManagement::None,
            v1::UserManagement::View => UserManagement::View,
            v1::UserManagement::Manage => UserManagement::Manage,
        })
    }
}

impl Options {
    /// All options: what is left out takes the default.
    fn all(self) -> OptionsSpec {
        OptionsSpec {
            scope: self.scope,
            default_unit: or_keep(self.default_unit),
            user_type: or_keep(self.user_type),
            user_management: Some(self.user_management),
            caseload_only: Some(self.caseload_only),
            exempt_units: Some(self.exempt_units),
            own_caseload_units: Some(self.own_caseload_units),
            others_caseload_units: Some(self.others_caseload_units),
            starts_at: or_keep(self.starts_at),
            ends_at: or_keep(self.ends_at),
            note: or_keep(self.note),
        }
    }

    /// The options that are named; one that is named and empty is cleared.
    fn only(self, fields: &[String]) -> OptionsSpec {
        let named = |name: &str| fields.iter().any(|field| field == name);
        OptionsSpec {
            scope: self.scope.filter(|_| named("scope")),
            default_unit: patch(named("default_unit"), self.default_unit),
            user_type: patch(named("user_type"), self.user_type),
            user_management: named("user_management").then_some(self.user_management),
            caseload_only: named("caseload_only").then_some(self.caseload_only),
            exempt_units: named("exempt_units").then_some(self.exempt_units),
            own_caseload_units: named("own_caseload_units").then_some(self.own_caseload_units),
            others_caseload_units: named("others_caseload_units").then_some(self.others_caseload_units),
            starts_at: patch(named("starts_at"), self.starts_at),
            ends_at: patch(named("ends_at"), self.ends_at),
            note: patch(named("note"), self.note),
        }
    }

    /// The options that have a value.
    fn set(&self) -> Vec<&'static str> {
        let set = [
            self.scope.is_some(),
            self.default_unit.is_some(),
            self.user_type.is_some(),
            self.user_management != UserManagement::None,
            self.caseload_only,
            !self.exempt_units.is_empty(),
            !self.own_caseload_units.is_empty(),
            !self.others_caseload_units.is_empty(),
            self.starts_at.is_some(),
            self.ends_at.is_some(),
            self.note.is_some(),
        ];
        OPTIONS.into_iter().zip(set).filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}

fn or_keep<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Keep, Patch::Set)
}

fn patch<T>(named: bool, value: Option<T>) -> Patch<T> {
    if named { value.map_or(Patch::Clear, Patch::Set) } else { Patch::Keep }
}
