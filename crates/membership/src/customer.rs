//! Customers: where they are placed, and whose caseload they are on. Never the record itself.

use crate::ix::{CustomerIx, UnitIx};

/// Whether a placed customer is enrolled there still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enrolment {
    /// Taking part.
    Enrolled,
    /// No longer taking part; the placement stays.
    Dismissed,
}

/// One customer at one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placement {
    /// Where.
    pub unit: UnitIx,
    /// Enrolled or dismissed.
    pub enrolment: Enrolment,
}

/// One case of one worker: this customer, in this unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseloadEntry {
    /// Who is cared for.
    pub customer: CustomerIx,
    /// Where.
    pub unit: UnitIx,
}
