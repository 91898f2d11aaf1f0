//! The 32-bit words that assignments, placements and homes are kept as, and the limits that follow from them.
//!
//! | bits | assignment | placement | home |
//! |---|---|---|---|
//! | 0 to 22 | unit | unit | unit |
//! | 23 to 30 | role | unused | unused |
//! | 31 | a [`Side`](super::user_chunk::Side) has more | dismissed | the user is active |

use crate::access::Assignment;
use crate::customer::{Enrolment, Placement};
use crate::ix::{RoleIx, UnitIx};

const UNIT: u32 = (1 << 23) - 1;
const ROLE_SHIFT: u32 = 23;
const TOP: u32 = 1 << 31;

/// The unit that no unit is: what a number beyond the limit becomes. It is below, above and beside nothing.
///
/// INVARIANT (nowhere): no unit is ever given this number, so that a word can say "no unit" and reads deny.
pub(super) const NOWHERE: UnitIx = UnitIx(UNIT);

/// How many units a world has room for; their numbers are below [`NOWHERE`].
pub(super) const MAX_UNITS: u32 = UNIT;

fn unit_bits(unit: UnitIx) -> u32 {
    unit.0.min(NOWHERE.0)
}

/// The unit of any of the three words.
pub(super) fn unit(word: u32) -> UnitIx {
    UnitIx(word & UNIT)
}

/// The word of an assignment; `side`: whether a side record has its options or number.
pub(super) fn assignment(assignment: &Assignment, side: bool) -> u32 {
    let role = u32::from(assignment.role.0) << ROLE_SHIFT;
    unit_bits(assignment.unit) | role | if side { TOP } else { 0 }
}

/// The role of an assignment's word.
pub(super) fn role(word: u32) -> RoleIx {
    RoleIx(((word >> ROLE_SHIFT) & 0xff) as u8)
}

/// Whether a side record has the options or the number of this assignment.
pub(super) fn has_side(word: u32) -> bool {
    word & TOP != 0
}

/// The word of a placement.
pub(super) fn placement(placement: Placement) -> u32 {
    let dismissed = match placement.enrolment {
        Enrolment::Enrolled => 0,
        Enrolment::Dismissed => TOP,
    };
    unit_bits(placement.unit) | dismissed
}

/// What a placement's word says.
pub(super) fn read_placement(word: u32) -> Placement {
    let enrolment = if word & TOP == 0 { Enrolment::Enrolled } else { Enrolment::Dismissed };
    Placement { unit: unit(word), enrolment }
}

/// The word of a user's home.
pub(super) fn home(unit: UnitIx, active: bool) -> u32 {
    unit_bits(unit) | if active { TOP } else { 0 }
}

/// Whether a home's word says that the user is active.
pub(super) fn is_active(word: u32) -> bool {
    word & TOP != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Options;

    #[test]
    fn every_part_of_a_word_is_read_back() {
        for role_number in [0, 1, 127, 254, 255] {
            for unit_number in [0, 1, MAX_UNITS - 1] {
                for side in [false, true] {
                    let given = Assignment {
                        number: 1,
                        unit: UnitIx(unit_number),
                        role: RoleIx(role_number),
                        options: Options::default(),
                    };
                    let word = assignment(&given, side);
                    assert_eq!((unit(word), role(word), has_side(word)), (given.unit, given.role, side));
                }
            }
        }
    }

    #[test]
    fn a_unit_beyond_the_limit_is_nowhere() {
        assert!(!is_active(home(UnitIx(0), false)) && is_active(home(UnitIx(0), true)));
        for beyond in [MAX_UNITS, MAX_UNITS + 1, u32::MAX] {
            assert_eq!(unit(home(UnitIx(beyond), true)), NOWHERE);
            let placed = Placement { unit: UnitIx(beyond), enrolment: Enrolment::Enrolled };
            let read = read_placement(placement(placed));
            assert_eq!(read, Placement { unit: NOWHERE, ..placed });
        }
    }
}
