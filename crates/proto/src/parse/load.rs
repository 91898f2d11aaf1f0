//! LoadWorld: many items at once.

use bailiwick_identity::{CustomerId, UnitId, UserId};
use bailiwick_realm::{Body, LoadItem, ManageUser, NewUser, UserChange};

use super::form::{Form, Violations, given};
use super::name::Collection;
use super::phone::PhoneCountry;
use super::write::{Header, MAX_CHANGES, Write};
use crate::v1::{self, load_item::Item};

/// Reads a LoadWorld. `country` is that of telephone numbers that name none.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn load_world(request: v1::LoadWorldRequest, country: PhoneCountry) -> Result<Write, Violations> {
    let v1::LoadWorldRequest { realm, items, request_id, validate_only, reason, override_last_manager } =
        request;
    let mut form = Form::of_country(country);
    let body = form.items(items).map(Body::Load);
    Header { realm, request_id, validate_only, reason, override_last_manager, ..Header::default() }
        .with(form, body)
}

impl Form {
    fn items(&mut self, items: Vec<v1::LoadItem>) -> Option<Vec<LoadItem>> {
        if items.is_empty() || items.len() > MAX_CHANGES {
            self.fault("items", format!("needs 1 to {MAX_CHANGES} items"));
            return None;
        }
        let read: Vec<Option<LoadItem>> = items
            .into_iter()
            .enumerate()
            .map(|(index, v1::LoadItem { item })| match item {
                Some(item) => self.item(index, item),
                None => {
                    self.fault(format!("items[{index}]"), "names no item that this version knows");
                    None
                }
            })
            .collect();
        read.into_iter().collect()
    }

    fn item(&mut self, index: usize, item: Item) -> Option<LoadItem> {
        let at = |name: &str| format!("items[{index}].{name}");
        Some(match item {
            Item::Unit(v1::LoadUnit { unit, kind, display_name, description, parents, archived }) => {
                let id = self.id(&at("unit.unit"), Collection::Units, &unit, UnitId::parse);
                let unit = self.new_unit(&at("unit."), id, &kind, display_name, description, &parents);
                LoadItem::Unit { unit: unit?, archived }
            }
            Item::User(user) => LoadItem::User(self.loaded_user(&at("user"), user)?),
            Item::Placement(v1::LoadPlacement { customer, unit, state }) => {
                let dismissed = self.dismissed(&at("placement.state"), state);
                let (customer, unit) = self.case(&at("placement."), &customer, &unit)?;
                LoadItem::Placement { customer, unit, dismissed: dismissed? }
            }
            Item::CaseloadEntry(v1::LoadCaseloadEntry { user, entry }) => {
                let user = self.id(&at("caseload_entry.user"), Collection::Users, &user, UserId::parse);
                let v1::CaseloadEntry { unit, customer } = entry.unwrap_or_default();
                let (customer, unit) = self.case(&at("caseload_entry.entry."), &customer, &unit)?;
                LoadItem::Case { user: user?, customer, unit }
            }
            Item::Grant(v1::LoadGrant { user, grant }) => {
                let user = self.id(&at("grant.user"), Collection::Users, &user, UserId::parse);
                let grant = self.grant(&at("grant.grant"), grant.unwrap_or_default());
                LoadItem::User(ManageUser {
                    user: user?,
                    etag: None,
                    handles: Vec::new(),
                    changes: vec![UserChange::Grant(grant?)],
                })
            }
        })
    }

    /// A user as changes: created, given what it holds, disabled last.
    fn loaded_user(&mut self, at: &str, user: v1::LoadUser) -> Option<ManageUser> {
        let v1::LoadUser {
            user,
            username,
            home_unit,
            profile,
            assignments,
            reporting_role,
            own_record,
            same_person,
            clearance,
            disabled,
        } = user;
        let user = self.id(&format!("{at}.user"), Collection::Users, &user, UserId::parse);
        let home = self.id(&format!("{at}.home_unit"), Collection::Units, &home_unit, UnitId::parse);
        let username = self.title(&format!("{at}.username"), username).map(given);
        let profile = self.profile(&format!("{at}.profile"), profile.unwrap_or_default());
        let assignments: Vec<Option<UserChange>> = assignments
            .into_iter()
            .enumerate()
            .map(|(i, assign)| {
                self.listed_assignment(&format!("{at}.assignments[{i}]"), assign).map(UserChange::Assign)
            })
            .collect();
        let reporting_role = self.title(&format!("{at}.reporting_role"), reporting_role).map(given);
        let own_record = self.optional_id(
            &format!("{at}.own_record"),
            Collection::Customers,
            &own_record,
            CustomerId::parse,
        );
        let same_person =
            self.optional_id(&format!("{at}.same_person"), Collection::Users, &same_person, UserId::parse);
        let profile = profile?;
        let mut changes = vec![UserChange::Create(NewUser {
            home: home?,
            username: username?,
            fields: profile.fields,
            external_ids: profile.external_ids,
        })];
        changes.extend(assignments.into_iter().collect::<Option<Vec<UserChange>>>()?);
        changes.extend(reporting_role?.map(|role| UserChange::SetReportingRole(Some(role))));
        changes.extend(own_record?.map(|customer| UserChange::SetOwnRecord(Some(customer))));
        changes.extend(same_person?.map(|other| UserChange::SetSamePerson(Some(other))));
        changes.extend(clearance.then_some(UserChange::SetClearance(true)));
        changes.extend(disabled.then_some(UserChange::Disable));
        Some(ManageUser { user: user?, etag: None, handles: Vec::new(), changes })
    }

    fn dismissed(&mut self, field: &str, state: i32) -> Option<bool> {
        match v1::PlacementState::try_from(state) {
            Ok(v1::PlacementState::Unspecified | v1::PlacementState::Enrolled) => Some(false),
            Ok(v1::PlacementState::Dismissed) => Some(true),
            Err(_) => {
                self.fault(field, "must be PLACEMENT_STATE_ENROLLED or PLACEMENT_STATE_DISMISSED");
                None
            }
        }
    }
}
