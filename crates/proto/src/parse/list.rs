//! Which users are listed, and in which order.

use bailiwick_identity::compare::folded;
use bailiwick_identity::{Instant, UnitId};

use super::form::{Form, Violations, given};
use super::name::Collection;
use crate::v1;

/// Which users to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// The last name begins so.
    pub last_name_prefix: Option<String>,
    /// The username is this.
    pub username: Option<String>,
    /// They hold this role, in the scheme's word.
    pub role: Option<String>,
    /// An assignment of theirs has this user type, in the scheme's word.
    pub user_type: Option<String>,
    /// The unit that is looked at.
    pub unit: Option<UnitId>,
    /// Who is shown of it.
    pub shown: ShownAt,
    /// Whether disabled users are shown.
    pub show_disabled: bool,
    /// When they last changed: from, and before.
    pub updated: [Option<Instant>; 2],
    /// When they were created: from, and before.
    pub created: [Option<Instant>; 2],
    /// In which order.
    pub order: ListOrder,
    /// From which end.
    pub end: ListEnd,
}

/// Who is shown where a unit is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownAt {
    /// Who has access to it.
    Access,
    /// Who holds something at exactly it.
    Held,
    /// Everybody.
    All,
}

/// In which order users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOrder {
    /// By last name, then first name.
    LastName,
    /// By username.
    Username,
    /// By the role at the unit that is looked at.
    Role,
    /// By when they last changed.
    UpdateTime,
    /// By when they were created.
    CreateTime,
}

/// From which end users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEnd {
    /// The least first.
    Least,
    /// The greatest first.
    Greatest,
}

const ORDERS: [(&str, ListOrder); 5] = [
    ("last_name", ListOrder::LastName),
    ("username", ListOrder::Username),
    ("role", ListOrder::Role),
    ("update_time", ListOrder::UpdateTime),
    ("create_time", ListOrder::CreateTime),
];

/// Reads filters and order of a ListUsers.
///
/// # Errors
/// When one cannot be right.
pub fn user_filter(request: &v1::ListUsersRequest) -> Result<UserFilter, Violations> {
    let v1::ListUsersRequest {
        realm: _,
        actor: _,
        last_name_prefix,
        username,
        role,
        unit,
        show_disabled,
        show_all_units,
        only_at_unit,
        user_type,
        order_by,
        updated_from,
        updated_before,
        created_from,
        created_before,
        page_size: _,
        page_token: _,
    } = request;
    let mut form = Form::default();
    compares(&mut form, "last_name_prefix", last_name_prefix);
    compares(&mut form, "username", username);
    let last_name_prefix = form.title("last_name_prefix", last_name_prefix.clone()).map(given);
    let username = form.title("username", username.clone()).map(given);
    let unit = form.optional_id("unit", Collection::Units, unit, UnitId::parse);
    let updated_from = form.instant("updated_from", *updated_from);
    let updated_before = form.instant("updated_before", *updated_before);
    let created_from = form.instant("created_from", *created_from);
    let created_before = form.instant("created_before", *created_before);
    period(&mut form, ["updated_from", "updated_before"], updated_from, updated_before);
    period(&mut form, ["created_from", "created_before"], created_from, created_before);
    let order = order(&mut form, order_by);
    let shown = match (show_all_units, only_at_unit) {
        (true, true) => {
            form.fault("only_at_unit", "is not for a list of everybody (`show_all_units`)");
            ShownAt::All
        }
        (true, false) => ShownAt::All,
        (false, true) => ShownAt::Held,
        (false, false) => ShownAt::Access,
    };
    if matches!(unit, Some(None)) {
        match shown {
            ShownAt::Access => {}
            ShownAt::Held => form.fault("unit", "say at which unit: `only_at_unit` is of one"),
            ShownAt::All => {
                form.fault("show_all_units", "is for a list of one unit: without `unit`, all are shown");
            }
        }
    }
    if matches!((order, &unit), (Some((ListOrder::Role, _)), Some(None))) {
        form.fault("unit", "say at which unit: the order is by the role there");
    }
    let filter = (|| {
        let (order, end) = order?;
        Some(UserFilter {
            last_name_prefix: last_name_prefix?,
            username: username?,
            role: given(role.clone()),
            user_type: given(user_type.clone()),
            unit: unit?,
            shown,
            show_disabled: *show_disabled,
            updated: [updated_from?, updated_before?],
            created: [created_from?, created_before?],
            order,
            end,
        })
    })();
    form.finish(filter)
}

/// A text of which nothing is left to compare would not filter, but show everybody.
fn compares(form: &mut Form, field: &str, text: &str) {
    if !text.is_empty() && folded(text).is_empty() {
        form.fault(field, "holds nothing that names are compared by");
    }
}

fn period(
    form: &mut Form,
    fields: [&str; 2],
    from: Option<Option<Instant>>,
    before: Option<Option<Instant>>,
) {
    let [first, last] = fields;
    if let (Some(Some(from)), Some(Some(before))) = (from, before)
        && from >= before
    {
        form.fault(last, format!("must be later than `{first}`"));
    }
}

fn order(form: &mut Form, text: &str) -> Option<(ListOrder, ListEnd)> {
    if text.is_empty() {
        return Some((ListOrder::LastName, ListEnd::Least));
    }
    let (name, end) = match text.split_once(' ') {
        None => (text, Some(ListEnd::Least)),
        Some((name, "asc")) => (name, Some(ListEnd::Least)),
        Some((name, "desc")) => (name, Some(ListEnd::Greatest)),
        Some((name, _)) => (name, None),
    };
    let order = ORDERS.iter().find(|(known, _)| *known == name).map(|(_, order)| *order);
    let read = order.zip(end);
    if read.is_none() {
        let known = ORDERS.map(|(name, _)| name).join("`, `");
        form.fault("order_by", format!("is one of `{known}`, with ` desc` behind it for the greatest first"));
    }
    read
}
