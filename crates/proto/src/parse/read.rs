//! Requests that only read: who asks, for what, and which page.

use bailiwick_identity::{CustomerId, Field, UnitId, UserId, kept, kept_external_id};

use super::form::{Form, Violations, given};
use super::name::{Collection, bare};
use crate::v1;

/// Rows of a page that names no size.
const DEFAULT_PAGE: usize = 100;
/// Most rows of a page.
pub const MAX_PAGE: usize = 1_000;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows.
    pub size: usize,
    /// Where to go on; unset: at the beginning.
    pub token: Option<String>,
}

/// How a GetUser names its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserName {
    /// By id.
    Id(UserId),
    /// By username.
    Username(String),
    /// By an external id: name and value.
    External(String, String),
    /// By the identity provider's subject.
    ProviderSubject(String),
}

/// Which units to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFilter {
    /// Of this kind, in the scheme's word.
    pub kind: Option<String>,
    /// Below this unit.
    pub below: Option<UnitId>,
    /// The name begins so, in any case.
    pub name_prefix: Option<String>,
    /// Whether archived and closed units are shown.
    pub show_closed: bool,
}

/// Which placements to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementFilter {
    /// Of a customer.
    Customer(CustomerId),
    /// At exactly a unit.
    Unit(UnitId),
}

/// Reads the user that an actor field names.
///
/// # Errors
/// When it is no user's name.
pub fn actor(text: &str) -> Result<Option<UserId>, Violations> {
    let mut form = Form::default();
    let actor = form.optional_id("actor", Collection::Users, text, UserId::parse);
    form.finish(actor)
}

/// Reads size and token of a page.
///
/// # Errors
/// When the size is negative or more than 1,000.
pub fn page(size: i32, token: &str) -> Result<Page, Violations> {
    let size = match usize::try_from(size) {
        Ok(0) => DEFAULT_PAGE,
        Ok(size) if size <= MAX_PAGE => size,
        Ok(_) | Err(_) => return Err(Violations::one("page_size", format!("must be 0 to {MAX_PAGE}"))),
    };
    Ok(Page { size, token: given(token.to_owned()) })
}

/// Reads which user a GetUser names.
///
/// # Errors
/// When none is named, or badly.
pub fn user_name(key: Option<v1::get_user_request::Key>) -> Result<UserName, Violations> {
    use v1::get_user_request::Key;
    let mut form = Form::default();
    let name = match key {
        Some(Key::User(user)) => form.id("user", Collection::Users, &user, UserId::parse).map(UserName::Id),
        Some(Key::Username(username)) => form.required("username", username).map(UserName::Username),
        Some(Key::ExternalId(v1::ExternalId { name, value })) => {
            let name = form.required("external_id.name", name);
            let value = form.required("external_id.value", value).and_then(|value| {
                let kept = kept_external_id(&value);
                if let Err(fault) = &kept {
                    form.fault("external_id.value", fault.to_string());
                }
                kept.ok()
            });
            name.zip(value).map(|(name, value)| UserName::External(name, value))
        }
        Some(Key::ProviderSubject(subject)) => {
            let subject = kept(Field::ProviderSubject, &subject);
            if let Err(fault) = &subject {
                form.fault("provider_subject", fault.to_string());
            }
            subject.ok().map(UserName::ProviderSubject)
        }
        None => {
            form.fault("user", "say which user: `user`, `username`, `external_id` or `provider_subject`");
            None
        }
    };
    form.finish(name)
}

/// Reads the filters of a ListUnits.
///
/// # Errors
/// When one cannot be right.
pub fn unit_filter(request: &v1::ListUnitsRequest) -> Result<UnitFilter, Violations> {
    let v1::ListUnitsRequest {
        realm: _,
        actor: _,
        kind,
        below,
        name_prefix,
        show_closed,
        page_size: _,
        page_token: _,
    } = request;
    let mut form = Form::default();
    let below = form.optional_id("below", Collection::Units, below, UnitId::parse);
    let name_prefix = form.title("name_prefix", name_prefix.clone()).map(given);
    let filter = (|| {
        Some(UnitFilter {
            kind: given(kind.clone()),
            below: below?,
            name_prefix: name_prefix?,
            show_closed: *show_closed,
        })
    })();
    form.finish(filter)
}

/// Where roles are to be handed out, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignableFilter {
    /// On whose behalf; unset: an operator's.
    pub actor: Option<UserId>,
    /// Where.
    pub unit: UnitId,
    /// To whom; unset: to somebody new.
    pub user: Option<UserId>,
    /// In place of the role of this assignment; unset: beside what there is.
    pub assignment: Option<u32>,
}

/// Reads a ListAssignableRoles. Realm and page are the server's to read.
///
/// # Errors
/// When a name is malformed, or no unit is named.
pub fn assignable_filter(request: &v1::ListAssignableRolesRequest) -> Result<AssignableFilter, Violations> {
    let v1::ListAssignableRolesRequest {
        realm: _,
        actor,
        unit,
        user,
        assignment,
        page_size: _,
        page_token: _,
    } = request;
    let mut form = Form::default();
    let actor = form.optional_id("actor", Collection::Users, actor, UserId::parse);
    let unit = form.id("unit", Collection::Units, unit, UnitId::parse);
    let user = form.optional_id("user", Collection::Users, user, UserId::parse);
    if !assignment.is_empty() && matches!(user, Some(None)) {
        form.fault("assignment", "is a user's: say whose");
    }
    let assignment = match assignment.is_empty() {
        true => Some(None),
        false => form.assignment_number("assignment", assignment).map(Some),
    };
    let filter =
        (|| Some(AssignableFilter { actor: actor?, unit: unit?, user: user?, assignment: assignment? }))();
    form.finish(filter)
}

/// Reads the filter of a ListPlacements.
///
/// # Errors
/// When none is given, or badly.
pub fn placement_filter(
    filter: Option<&v1::list_placements_request::Filter>,
) -> Result<PlacementFilter, Violations> {
    use v1::list_placements_request::Filter;
    let mut form = Form::default();
    let filter = match filter {
        Some(Filter::Customer(customer)) => form
            .id("customer", Collection::Customers, customer, CustomerId::parse)
            .map(PlacementFilter::Customer),
        Some(Filter::Unit(unit)) => {
            form.id("unit", Collection::Units, unit, UnitId::parse).map(PlacementFilter::Unit)
        }
        None => {
            form.fault("customer", "say which placements: `customer` or `unit`");
            None
        }
    };
    form.finish(filter)
}

/// Reads the id of a user.
///
/// # Errors
/// When it is no user's name.
pub fn user(text: &str) -> Result<UserId, Violations> {
    let mut form = Form::default();
    let user = form.id("user", Collection::Users, text, UserId::parse);
    form.finish(user)
}

/// Reads the id of a unit.
///
/// # Errors
/// When it is no unit's name.
pub fn unit(text: &str) -> Result<UnitId, Violations> {
    let mut form = Form::default();
    let unit = form.id("unit", Collection::Units, text, UnitId::parse);
    form.finish(unit)
}

/// Reads the id of a unit, or nothing.
///
/// # Errors
/// When it is no unit's name.
pub fn optional_unit(text: &str) -> Result<Option<UnitId>, Violations> {
    let mut form = Form::default();
    let unit = form.optional_id("unit", Collection::Units, text, UnitId::parse);
    form.finish(unit)
}

impl Form {
    fn required(&mut self, field: &str, text: String) -> Option<String> {
        match bare(&text) {
            Ok(()) => Some(text),
            Err(fault) => {
                self.fault(field, fault);
                None
            }
        }
    }
}
