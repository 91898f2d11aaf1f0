//! The capabilities that the engine itself knows. Every scheme has them, whether it names them or not.

use super::Core;
use super::ability::{CapIx, Capability, Needs, Resource, UnderCaseload};

/// Where each stands: a scheme's own capabilities come after.
pub(super) const CORE: Core = Core {
    user_view: CapIx(0),
    user_manage: CapIx(1),
    user_identity_edit: CapIx(2),
    clearance_set: CapIx(3),
    unit_manage: CapIx(4),
    customer_view: CapIx(5),
    customer_place: CapIx(6),
    customer_transfer: CapIx(7),
    customer_find: CapIx(8),
    customer_enroll: CapIx(9),
    request_submit: CapIx(10),
    request_approve: CapIx(11),
    system_use: CapIx(12),
    system_approve: CapIx(13),
};

/// Name, title and resource type, in the order of [`CORE`].
const TABLE: [(&str, &str, Resource); 14] = [
    ("user.view", "See a user", Resource::User),
    ("user.manage", "Manage users", Resource::User),
    ("user.identity.edit", "Change who a user is", Resource::User),
    ("clearance.set", "Set a clearance", Resource::User),
    ("unit.manage", "Make, move and archive units", Resource::Unit),
    ("customer.view", "View a customer", Resource::Customer),
    ("customer.place", "Place customers", Resource::Unit),
    ("customer.transfer", "Transfer customers", Resource::Unit),
    ("customer.find", "Find customers", Resource::Unit),
    ("customer.enroll", "Enroll customers", Resource::Unit),
    ("request.submit", "Submit requests", Resource::Unit),
    ("request.approve", "Approve requests", Resource::Unit),
    ("system.use", "Use a system", Resource::System),
    ("system.approve", "Approve grants of a system", Resource::System),
];

/// The engine's capabilities as a scheme has them where it says nothing of them.
pub(super) fn capabilities() -> Vec<Capability> {
    // Who may not see them all may not fetch them all to where there is no restriction, either.
    let refused = [CORE.customer_find, CORE.customer_enroll, CORE.customer_transfer];
    (0..)
        .map(CapIx)
        .zip(TABLE)
        .map(|(ix, (name, title, resource))| Capability {
            name: name.to_owned(),
            title: title.to_owned(),
            resource,
            under_caseload: if refused.contains(&ix) { UnderCaseload::Refused } else { UnderCaseload::Kept },
            needs: if resource == Resource::Customer { Needs::Any } else { Needs::Enrolled },
        })
        .collect()
}

/// Whether a capability is one of the engine's.
pub(super) fn is_core(cap: CapIx) -> bool {
    usize::from(cap.0) < TABLE.len()
}
