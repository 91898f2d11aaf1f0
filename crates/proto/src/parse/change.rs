//! ManageUser: ordered changes of one user.

use bailiwick_identity::{CustomerId, Instant, UnitId, UserId};
use bailiwick_realm::{Body, GrantSpec, Handle, ManageUser, NewUser, Revision, UserChange};
use prost_types::Timestamp;

use super::form::{Form, Violations, given};
use super::name::{Collection, named};
use super::phone::PhoneCountry;
use super::write::{Header, MAX_CHANGES, Write};
use crate::v1::{self, user_change::Change};

/// Reads a ManageUser, whose handles were opened before. `fresh` is the id of a user that is created without a name,
/// `country` that of telephone numbers that name none.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn manage_user(
    request: v1::ManageUserRequest,
    fresh: UserId,
    country: PhoneCountry,
    opened: Vec<Handle>,
) -> Result<Write, Violations> {
    let v1::ManageUserRequest {
        realm,
        actor,
        user,
        changes,
        handles: _,
        request_id,
        validate_only,
        etag,
        reason,
        override_last_manager,
        skip_preview,
    } = request;
    let mut form = Form::of_country(country);
    let creates = matches!(changes.first(), Some(v1::UserChange { change: Some(Change::Create(_)) }));
    let user = if creates && user.is_empty() {
        Some(fresh)
    } else {
        match opened.first() {
            Some(handle) if user.is_empty() => Some(handle.user.clone()),
            Some(_) | None => form.id("user", Collection::Users, &user, UserId::parse),
        }
    };
    let etag = form.user_etag(&etag);
    let changes = form.user_changes("", changes);
    let body = (|| {
        Some(Body::ManageUser(ManageUser { user: user?, etag: etag?, handles: opened, changes: changes? }))
    })();
    let header = Header {
        realm,
        actor,
        request_id,
        validate_only,
        reason,
        override_last_manager,
        skip_preview,
        ..Header::default()
    };
    header.with(form, body)
}

/// Reads an EraseUser.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn erase_user(request: v1::EraseUserRequest) -> Result<Write, Violations> {
    let v1::EraseUserRequest { realm, user, request_id, validate_only, reason, override_last_manager } =
        request;
    let mut form = Form::default();
    let user = form.id("user", Collection::Users, &user, UserId::parse);
    Header { realm, request_id, validate_only, reason, override_last_manager, ..Header::default() }
        .with(form, user.map(Body::EraseUser))
}

/// The etag of an entity that was last changed at a revision.
#[must_use]
pub fn etag_of(revision: Revision) -> String {
    format!("r{}", revision.0)
}

impl Form {
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    pub(super) fn user_etag(&mut self, text: &str) -> Option<Option<Revision>> {
        if text.is_empty() {
            return Some(None);
        }
        let revision = text.strip_prefix('r').and_then(|digits| digits.parse().ok()).map(Revision);
        if revision.is_none() {
            self.fault("etag", "is no etag: send the one that was read");
        }
        revision.map(Some)
    }

    /// The changes of one user, which stand in `within` (`content.users[0].`).
    pub(super) fn user_changes(
        &mut self,
        within: &str,
        changes: Vec<v1::UserChange>,
    ) -> Option<Vec<UserChange>> {
        if changes.is_empty() || changes.len() > MAX_CHANGES {
            self.fault(format!("{within}changes"), format!("needs 1 to {MAX_CHANGES} changes"));
            return None;
        }
        let read: Vec<Option<UserChange>> = changes
            .into_iter()
            .enumerate()
            .map(|(index, v1::UserChange { change })| match change {
                Some(Change::Create(_)) if index > 0 => {
                    self.fault(format!("{within}changes[{index}].create"), "stands first or not at all");
                    None
                }
                Some(change) => self.user_change(&format!("{within}changes[{index}]"), change),
                None => {
                    self.fault(
                        format!("{within}changes[{index}]"),
                        "names no change that this version knows",
                    );
                    None
                }
            })
            .collect();
        read.into_iter().collect()
    }

    fn user_change(&mut self, place: &str, change: Change) -> Option<UserChange> {
        let at = |name: &str| format!("{place}.{name}");
        Some(match change {
            Change::Create(create) => UserChange::Create(self.new_user(&at("create"), create)?),
            Change::UpdateProfile(update) => {
                UserChange::UpdateProfile(self.profile_changes(&at("update_profile"), update)?)
            }
            Change::Assign(assign) => UserChange::Assign(self.assignment(&at("assign"), assign)?),
            Change::AmendAssignment(amend) => self.amendment(&at("amend_assignment"), amend)?,
            Change::EndAssignment(v1::EndAssignment { assignment, at: when }) => {
                let number = self.assignment_number(&at("end_assignment.assignment"), &assignment);
                let when = self.instant(&at("end_assignment.at"), when)?;
                UserChange::End { number: number?, at: when }
            }
            Change::RemoveAssignment(v1::RemoveAssignment { assignment }) => UserChange::Remove {
                number: self.assignment_number(&at("remove_assignment.assignment"), &assignment)?,
            },
            Change::SuspendAssignment(v1::SuspendAssignment { assignment, starts_at, ends_at }) => {
                let number = self.assignment_number(&at("suspend_assignment.assignment"), &assignment);
                let (from, until) = self.interval(&at("suspend_assignment"), starts_at, ends_at)?;
                UserChange::Suspend { number: number?, from, until }
            }
            Change::ReinstateAssignment(v1::ReinstateAssignment { assignment }) => UserChange::Reinstate {
                number: self.assignment_number(&at("reinstate_assignment.assignment"), &assignment)?,
            },
            Change::SuspendAtUnit(v1::SuspendAtUnit { unit }) => UserChange::SuspendAt {
                unit: self.id(&at("suspend_at_unit.unit"), Collection::Units, &unit, UnitId::parse)?,
            },
            Change::Disable(v1::DisableUser {}) => UserChange::Disable,
            Change::Enable(v1::EnableUser {}) => UserChange::Enable,
            Change::SetHomeUnit(v1::SetHomeUnit { home_unit }) => UserChange::SetHome(self.id(
                &at("set_home_unit.home_unit"),
                Collection::Units,
                &home_unit,
                UnitId::parse,
            )?),
            Change::SetReportingRole(v1::SetReportingRole { reporting_role }) => {
                UserChange::SetReportingRole(given(
                    self.title(&at("set_reporting_role.reporting_role"), reporting_role)?,
                ))
            }
            Change::SetOwnRecord(v1::SetOwnRecord { customer }) => {
                UserChange::SetOwnRecord(self.optional_id(
                    &at("set_own_record.customer"),
                    Collection::Customers,
                    &customer,
                    CustomerId::parse,
                )?)
            }
            Change::SetSamePerson(v1::SetSamePerson { other }) => UserChange::SetSamePerson(
                self.optional_id(&at("set_same_person.other"), Collection::Users, &other, UserId::parse)?,
            ),
            Change::SetClearance(v1::SetClearance { cleared }) => UserChange::SetClearance(cleared),
            Change::GrantSystem(grant) => UserChange::Grant(self.grant(&at("grant_system"), grant)?),
            Change::AmendGrant(v1::AmendGrant { system, starts_at, ends_at, reason }) => {
                let grant = v1::GrantSystem { system, starts_at, ends_at, reason };
                UserChange::AmendGrant(self.grant(&at("amend_grant"), grant)?)
            }
            Change::SuspendGrant(v1::SuspendGrant { system, starts_at, ends_at }) => {
                let system = self.system(&at("suspend_grant.system"), &system);
                let (from, until) = self.interval(&at("suspend_grant"), starts_at, ends_at)?;
                UserChange::SuspendGrant { system: system?, from, until }
            }
            Change::ReinstateGrant(v1::ReinstateGrant { system }) => {
                UserChange::ReinstateGrant { system: self.system(&at("reinstate_grant.system"), &system)? }
            }
            Change::EndGrant(v1::EndGrant { system, at: when }) => {
                let system = self.system(&at("end_grant.system"), &system);
                let when = self.instant(&at("end_grant.at"), when)?;
                UserChange::EndGrant { system: system?, at: when }
            }
        })
    }

    fn new_user(&mut self, at: &str, create: v1::CreateUser) -> Option<NewUser> {
        let v1::CreateUser { home_unit, profile, username } = create;
        let home = self.id(&format!("{at}.home_unit"), Collection::Units, &home_unit, UnitId::parse);
        let username = self.title(&format!("{at}.username"), username).map(given);
        let profile = self.profile(&format!("{at}.profile"), profile.unwrap_or_default())?;
        Some(NewUser {
            home: home?,
            username: username?,
            fields: profile.fields,
            external_ids: profile.external_ids,
        })
    }

    pub(crate) fn grant(&mut self, at: &str, grant: v1::GrantSystem) -> Option<GrantSpec> {
        let v1::GrantSystem { system, starts_at, ends_at, reason } = grant;
        let system = self.system(&format!("{at}.system"), &system);
        let interval = self.interval(at, starts_at, ends_at);
        let reason = self.text(&format!("{at}.reason"), reason).map(given);
        let (starts_at, ends_at) = interval?;
        Some(GrantSpec { system: system?, starts_at, ends_at, reason: reason? })
    }

    fn system(&mut self, field: &str, text: &str) -> Option<String> {
        self.id(field, Collection::Systems, text, |id| {
            named(Collection::Systems, text).map(|_| id.to_owned())
        })
    }

    fn interval(
        &mut self,
        at: &str,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
    ) -> Option<(Option<Instant>, Option<Instant>)> {
        let starts_at = self.instant(&format!("{at}.starts_at"), starts_at);
        let ends_at = self.instant(&format!("{at}.ends_at"), ends_at);
        Some((starts_at?, ends_at?))
    }
}
