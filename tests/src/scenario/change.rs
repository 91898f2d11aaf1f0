//! Changes of a user in scenarios.
//!
//! ```text
//! create home north, email 'x@example.org'      set last_name 'Smith'          clear pager
//! assign staff at north, only {n1}              amend staff at north, only {n1 n2}, role intake
//! end staff at north, at now+1d                 remove staff at north
//! suspend staff at north, until now+1d          reinstate staff at north
//! disable at north                              disable                        enable
//! home south      reporting role all-sites      no reporting role
//! own record c1   no own record                 same person as bob             same person as nobody
//! clearance       no clearance                  grant verint, from now+1d      amend grant verint, until now+9d
//! suspend grant verint     reinstate grant verint     end grant verint, at now+1d
//! ```
//!
//! An assignment is named by role and unit, or by its number: `end #2`.

use bailiwick_identity::{CustomerId, Field, Instant, UserId};
use bailiwick_realm::{FieldChange, GrantSpec, NewUser, State, UserChange};

use super::assignment::{self, Span};
use super::moment;
use super::people;
use super::unit_tree::unit_id;
use super::words::{Clause, clauses};

/// Who is changed, in which state, and when.
pub(crate) struct Changing<'a> {
    pub(crate) state: &'a State,
    pub(crate) user: &'a UserId,
    pub(crate) now: Instant,
}

impl Changing<'_> {
    /// Reads a change.
    pub(crate) fn read(&self, phrase: &str) -> Result<UserChange, String> {
        let clauses = clauses(phrase)?;
        let (first, rest) = clauses.split_first().ok_or("a change is wanted")?;
        let rest: Vec<&Clause> = rest.iter().collect();
        let words = first.words();
        let change = match words.as_slice() {
            ["assign", ..] => {
                let first =
                    Clause { words: first.words.iter().skip(1).cloned().collect(), ..Clause::default() };
                UserChange::Assign(assignment::spec(&first, &rest, self.now)?)
            }
            ["amend", "grant", system] => UserChange::AmendGrant(self.grant(system, &rest)?),
            ["amend", which @ ..] => {
                let (roles, options): (Vec<&Clause>, Vec<&Clause>) =
                    rest.iter().copied().partition(|c| c.words.first().is_some_and(|w| w == "role"));
                let role = roles.first().and_then(|c| c.words.get(1).cloned());
                let options = assignment::options(&options, self.now)?;
                UserChange::Amend { number: self.number(which)?, role, options }
            }
            ["grant", system] => UserChange::Grant(self.grant(system, &rest)?),
            ["create", "home", unit] => UserChange::Create(self.create(unit, &rest)?),
            _ => return self.plain(&words, first, &rest).ok_or(format!("unknown change `{phrase}`"))?,
        };
        Ok(change)
    }

    /// A change whose clauses say no more than when.
    fn plain(&self, words: &[&str], first: &Clause, rest: &[&Clause]) -> Option<Result<UserChange, String>> {
        let value = first.text.clone();
        if let ["set" | "clear", what @ ..] = words {
            return Some(field_change(what, value).map(|c| UserChange::UpdateProfile(vec![c])));
        }
        let change = match words {
            ["disable", "at", unit] => unit_id(unit).map(|unit| UserChange::SuspendAt { unit }),
            ["disable"] => Ok(UserChange::Disable),
            ["enable"] => Ok(UserChange::Enable),
            ["home", unit] => unit_id(unit).map(UserChange::SetHome),
            ["reporting", "role", name] => Ok(UserChange::SetReportingRole(Some((*name).to_owned()))),
            ["no", "reporting", "role"] => Ok(UserChange::SetReportingRole(None)),
            ["own", "record", customer] => customer_id(customer).map(|c| UserChange::SetOwnRecord(Some(c))),
            ["no", "own", "record"] => Ok(UserChange::SetOwnRecord(None)),
            ["same", "person", "as", "nobody"] => Ok(UserChange::SetSamePerson(None)),
            ["same", "person", "as", other] => user_id(other).map(|o| UserChange::SetSamePerson(Some(o))),
            ["clearance"] => Ok(UserChange::SetClearance(true)),
            ["no", "clearance"] => Ok(UserChange::SetClearance(false)),
            ["suspend", "grant", system] => self.when(rest).map(|span| UserChange::SuspendGrant {
                system: (*system).to_owned(),
                from: span.from,
                until: span.until,
            }),
            ["reinstate", "grant", system] => Ok(UserChange::ReinstateGrant { system: (*system).to_owned() }),
            ["end", "grant", system] => {
                self.at(rest).map(|at| UserChange::EndGrant { system: (*system).to_owned(), at })
            }
            ["end", which @ ..] => {
                self.about(which, |number| Ok(UserChange::End { number, at: self.at(rest)? }))
            }
            ["remove", which @ ..] => self.about(which, |number| Ok(UserChange::Remove { number })),
            ["suspend", which @ ..] => self.about(which, |number| {
                let span = self.when(rest)?;
                Ok(UserChange::Suspend { number, from: span.from, until: span.until })
            }),
            ["reinstate", which @ ..] => self.about(which, |number| Ok(UserChange::Reinstate { number })),
            _ => return None,
        };
        Some(change)
    }

    fn about(
        &self,
        which: &[&str],
        change: impl FnOnce(u32) -> Result<UserChange, String>,
    ) -> Result<UserChange, String> {
        change(self.number(which)?)
    }

    /// The number of an assignment named `#2` or `staff at north`; of several, the newest still held.
    fn number(&self, which: &[&str]) -> Result<u32, String> {
        let missing = || format!("`{}` holds no `{}`", self.user, which.join(" "));
        match which {
            [number] => number.strip_prefix('#').and_then(|n| n.parse().ok()).ok_or_else(missing),
            [role, "at", unit] => {
                let world = &self.state.world;
                let user =
                    world.user_ix(self.user.as_str()).and_then(|ix| world.user(ix)).ok_or_else(missing)?;
                let role = self.state.scheme.role_named(role).ok_or_else(missing)?;
                let unit = world.unit_ix(unit).ok_or_else(missing)?;
                let fits = |a: &bailiwick_membership::AssignmentRef<'_>| a.role == role && a.unit == unit;
                user.assignments().filter(fits).map(|a| a.number).last().ok_or_else(missing)
            }
            _ => Err(missing()),
        }
    }

    fn create(&self, home: &str, rest: &[&Clause]) -> Result<NewUser, String> {
        let mut new = people::new_user(&self.state.scheme, self.user, unit_id(home)?);
        for clause in rest {
            match (clause.words().as_slice(), &clause.text) {
                (["no", name], None) => people::set(&mut new, name, ""),
                ([name], Some(value)) => people::set(&mut new, name, value),
                _ => return Err(format!("unknown field `{clause:?}`")),
            }
        }
        Ok(new)
    }

    fn grant(&self, system: &str, rest: &[&Clause]) -> Result<GrantSpec, String> {
        let (reasons, times): (Vec<&Clause>, Vec<&Clause>) =
            rest.iter().copied().partition(|c| c.words.first().is_some_and(|w| w == "because"));
        let span = self.when(&times)?;
        let reason = reasons.first().and_then(|c| c.text.clone());
        Ok(GrantSpec { system: system.to_owned(), starts_at: span.from, ends_at: span.until, reason })
    }

    fn when(&self, rest: &[&Clause]) -> Result<Span, String> {
        let words: Vec<&str> = rest.iter().flat_map(|c| c.words()).collect();
        assignment::span(&words, self.now)
    }

    fn at(&self, rest: &[&Clause]) -> Result<Option<Instant>, String> {
        let words: Vec<&str> = rest.iter().flat_map(|c| c.words()).collect();
        match words.as_slice() {
            [] => Ok(None),
            ["at", at] => moment::read(at, self.now).map(Some),
            _ => Err(format!("`{}`: `at T` is wanted", words.join(" "))),
        }
    }
}

fn field_change(what: &[&str], value: Option<String>) -> Result<FieldChange, String> {
    match what {
        [name] => Ok(FieldChange::Field(field(name)?, value)),
        ["external", name] => Ok(FieldChange::ExternalId((*name).to_owned(), value)),
        _ => Err(format!("unknown field `{}`", what.join(" "))),
    }
}

fn field(name: &str) -> Result<Field, String> {
    Field::named(name).ok_or_else(|| format!("unknown field `{name}`"))
}

/// Reads a user's id.
pub(crate) fn user_id(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|fault| format!("`{text}`: {fault}"))
}

/// Reads a customer's id.
pub(crate) fn customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::parse(text).map_err(|fault| format!("`{text}`: {fault}"))
}
