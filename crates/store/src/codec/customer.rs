//! Placements and caseloads, as bytes and back.

use bailiwick_identity::CustomerId;
use bailiwick_membership::{CaseloadEntry, Enrolment, Placement, UserIx};
use bailiwick_proto::log::v1 as log;

use super::names::{Names, customer_id};
use crate::log::Damage;

pub(super) fn write_placements(
    names: &Names<'_>,
    customer: &CustomerId,
    placements: &[Placement],
) -> Result<log::Placements, Damage> {
    let mut written = Vec::with_capacity(placements.len());
    for &Placement { unit, enrolment } in placements {
        let state = match enrolment {
            Enrolment::Enrolled => log::PlacementState::Enrolled,
            Enrolment::Dismissed => log::PlacementState::Dismissed,
        };
        written.push(log::Placement { unit: names.unit_id(unit)?, state: state.into() });
    }
    written.sort_unstable_by(|a, b| a.unit.cmp(&b.unit));
    Ok(log::Placements { customer: customer.to_string(), placements: written })
}

pub(super) fn read_placements(
    names: &Names<'_>,
    message: log::Placements,
) -> Result<(CustomerId, Vec<Placement>), Damage> {
    let log::Placements { customer, placements } = message;
    let mut read = Vec::with_capacity(placements.len());
    for log::Placement { unit, state } in placements {
        let enrolment = match log::PlacementState::try_from(state) {
            Ok(log::PlacementState::Enrolled) => Enrolment::Enrolled,
            Ok(log::PlacementState::Dismissed) => Enrolment::Dismissed,
            Ok(log::PlacementState::Unspecified) | Err(_) => {
                return Err(Damage("a placement is in no state that this version knows"));
            }
        };
        read.push(Placement { unit: names.unit(&unit)?, enrolment });
    }
    read.sort_unstable();
    Ok((customer_id(&customer)?, read))
}

pub(super) fn write_caseload(
    names: &Names<'_>,
    user: UserIx,
    entries: &[CaseloadEntry],
) -> Result<log::Caseload, Damage> {
    let mut written = Vec::with_capacity(entries.len());
    for &CaseloadEntry { customer, unit } in entries {
        written
            .push(log::CaseloadEntry { unit: names.unit_id(unit)?, customer: names.customer_id(customer)? });
    }
    written.sort_unstable_by(|a, b| (&a.unit, &a.customer).cmp(&(&b.unit, &b.customer)));
    Ok(log::Caseload { user: names.user_id(user)?, entries: written })
}

pub(super) fn read_caseload(
    names: &Names<'_>,
    message: log::Caseload,
) -> Result<(UserIx, Vec<CaseloadEntry>), Damage> {
    let log::Caseload { user, entries } = message;
    let mut read = Vec::with_capacity(entries.len());
    for log::CaseloadEntry { unit, customer } in entries {
        read.push(CaseloadEntry { customer: names.customer(&customer)?, unit: names.unit(&unit)? });
    }
    read.sort_unstable();
    Ok((names.user(&user)?, read))
}
