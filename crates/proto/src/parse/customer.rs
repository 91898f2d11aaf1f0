//! Commands about customers: placements and caseloads.

use bailiwick_identity::{CustomerId, UnitId, UserId};
use bailiwick_realm::{Body, CaseloadChange};

use super::form::{Form, Violations};
use super::name::Collection;
use super::write::{Header, MAX_CHANGES, Write};
use crate::v1;

/// Reads a PlaceCustomer.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn place_customer(request: v1::PlaceCustomerRequest) -> Result<Write, Violations> {
    let v1::PlaceCustomerRequest {
        realm,
        actor,
        customer,
        unit,
        request_id,
        validate_only,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let body = form.case("", &customer, &unit).map(|(customer, unit)| Body::PlaceCustomer { customer, unit });
    Header { realm, actor, request_id, validate_only, reason, skip_preview, ..Header::default() }
        .with(form, body)
}

/// Reads a DismissCustomer.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn dismiss_customer(request: v1::DismissCustomerRequest) -> Result<Write, Violations> {
    let v1::DismissCustomerRequest {
        realm,
        actor,
        customer,
        unit,
        request_id,
        validate_only,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let body =
        form.case("", &customer, &unit).map(|(customer, unit)| Body::DismissCustomer { customer, unit });
    Header { realm, actor, request_id, validate_only, reason, skip_preview, ..Header::default() }
        .with(form, body)
}

/// Reads a RemovePlacement.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn remove_placement(request: v1::RemovePlacementRequest) -> Result<Write, Violations> {
    let v1::RemovePlacementRequest {
        realm,
        actor,
        customer,
        unit,
        request_id,
        validate_only,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let body =
        form.case("", &customer, &unit).map(|(customer, unit)| Body::RemovePlacement { customer, unit });
    Header { realm, actor, request_id, validate_only, reason, skip_preview, ..Header::default() }
        .with(form, body)
}

/// Reads an UpdateCaseload: what is taken off comes first.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn update_caseload(request: v1::UpdateCaseloadRequest) -> Result<Write, Violations> {
    let v1::UpdateCaseloadRequest {
        realm,
        actor,
        user,
        add,
        remove,
        request_id,
        validate_only,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let user = form.id("user", Collection::Users, &user, UserId::parse);
    let count = add.len().saturating_add(remove.len());
    if count == 0 || count > MAX_CHANGES {
        form.fault("add", format!("`add` and `remove` together have 1 to {MAX_CHANGES} entries"));
    }
    let removed = form.entries("remove", remove);
    let added = form.entries("add", add);
    let body = (|| {
        let removed = removed?.into_iter().map(|(customer, unit)| CaseloadChange::Remove { customer, unit });
        let added = added?.into_iter().map(|(customer, unit)| CaseloadChange::Add { customer, unit });
        Some(Body::UpdateCaseload { user: user?, changes: removed.chain(added).collect() })
    })();
    Header { realm, actor, request_id, validate_only, reason, skip_preview, ..Header::default() }
        .with(form, body)
}

impl Form {
    /// A customer at a unit; `prefix` stands before the fields' names.
    pub(crate) fn case(&mut self, prefix: &str, customer: &str, unit: &str) -> Option<(CustomerId, UnitId)> {
        let customer =
            self.id(&format!("{prefix}customer"), Collection::Customers, customer, CustomerId::parse);
        let unit = self.id(&format!("{prefix}unit"), Collection::Units, unit, UnitId::parse);
        Some((customer?, unit?))
    }

    fn entries(&mut self, field: &str, entries: Vec<v1::CaseloadEntry>) -> Option<Vec<(CustomerId, UnitId)>> {
        let read: Vec<Option<(CustomerId, UnitId)>> = entries
            .into_iter()
            .enumerate()
            .map(|(index, v1::CaseloadEntry { unit, customer })| {
                self.case(&format!("{field}[{index}]."), &customer, &unit)
            })
            .collect();
        read.into_iter().collect()
    }
}
