//! Options of an assignment: from names to places, and the limits that hold for each.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::{
    Assignment, KindIx, Options, RoleIx, Scope, UnitIx, UserManagement, UserRef, World,
};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::{Scheme, Switch};

use super::{Judged, as_ref};
use crate::command::{OptionsSpec, Patch, ScopeSpec};
use crate::refusal::{Refusal, Refused};

/// Where names are looked up.
pub(super) struct Names<'d> {
    pub(super) world: &'d World,
    pub(super) scheme: &'d Scheme,
    pub(super) now: Instant,
}

fn invalid(reason: Reason, field: &str) -> Refusal {
    Refusal::new(Refused::Invalid, reason).at_field(field)
}

/// A unit that is not covered, or not there: one answer for both.
fn not_covered(reason: Reason, field: &str) -> Refusal {
    Refusal::precondition(reason).at_field(field)
}

impl Names<'_> {
    pub(super) fn role(&self, name: &str) -> Judged<RoleIx> {
        self.scheme.role_named(name).ok_or_else(|| {
            let known = self.scheme.roles().iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
            invalid(Reason::UnknownName, "role").because(format!("one of: {known}"))
        })
    }

    /// The options that a specification makes of those before it.
    pub(super) fn options(&self, before: &Options, spec: &OptionsSpec) -> Judged<Options> {
        let mut options = before.clone();
        match &spec.scope {
            None => {}
            Some(ScopeSpec::All) => options.scope = Scope::All,
            Some(ScopeSpec::Only(units)) => {
                options.scope = Scope::Only(self.units(units));
            }
        }
        match &spec.default_unit {
            Patch::Keep => {}
            Patch::Clear => options.default_unit = None,
            Patch::Set(unit) => {
                options.default_unit = Some(self.unit(unit));
            }
        }
        match &spec.user_type {
            Patch::Keep => {}
            Patch::Clear => options.user_type = None,
            Patch::Set(name) => {
                let known = self.scheme.user_types().join(", ");
                let found = self.scheme.user_type_named(name);
                options.user_type = Some(found.ok_or_else(|| {
                    invalid(Reason::UnknownName, "user_type").because(format!("one of: {known}"))
                })?);
            }
        }
        set(&mut options.user_management, spec.user_management);
        set(&mut options.caseload.only, spec.caseload_only);
        for (target, units) in [
            (&mut options.caseload.exempt, &spec.exempt_units),
            (&mut options.caseload.own, &spec.own_caseload_units),
            (&mut options.caseload.others, &spec.others_caseload_units),
        ] {
            if let Some(units) = units {
                *target = self.units(units);
            }
        }
        patch(&mut options.starts_at, &spec.starts_at);
        patch(&mut options.ends_at, &spec.ends_at);
        Ok(options)
    }

    /// A unit that is not there becomes one that nobody has: nothing covers it, and the limits refuse it after the
    /// rules, as they do one that is not covered.
    fn unit(&self, id: &UnitId) -> UnitIx {
        self.world.unit_ix(id.as_str()).unwrap_or(UnitIx(u32::MAX))
    }

    fn units(&self, ids: &[UnitId]) -> Vec<UnitIx> {
        let mut units: Vec<UnitIx> = ids.iter().map(|id| self.unit(id)).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// The limits that an assignment itself must keep, whatever else the user holds. `before` is what it was, where
    /// it was anything: what was there already is not refused again.
    pub(super) fn limits(&self, assignment: &Assignment, before: Option<&Assignment>) -> Judged {
        let options = &assignment.options;
        let node = self.world.node(assignment.unit);
        let node = node.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUnit))?;
        let kind = self.scheme.kind(node.unit.kind);
        if !kind.is_some_and(|kind| kind.roles.contains(&assignment.role)) {
            return Err(Refusal::precondition(Reason::KindNotAllowed));
        }
        self.scope_limits(assignment, before)?;
        let changed = |field: fn(&Options) -> Option<Instant>| {
            before.map(|b| field(&b.options)) != Some(field(options))
        };
        if changed(|o| o.ends_at) && options.ends_at.is_some_and(|end| end <= self.now) {
            return Err(invalid(Reason::BadInterval, "ends_at").because("the end is not in the future"));
        }
        if let (Some(start), Some(end)) = (options.starts_at, options.ends_at)
            && end <= start
        {
            return Err(invalid(Reason::BadInterval, "ends_at").because("the end is not after the start"));
        }
        let covered = |unit: &UnitIx| as_ref(assignment).covers(self.world, *unit);
        let kept = before.is_some_and(|b| b.options.default_unit == options.default_unit);
        let open = |unit: &UnitIx| kept || !self.world.is_closed(*unit);
        if !options.default_unit.iter().all(|unit| covered(unit) && open(unit)) {
            return Err(not_covered(Reason::DefaultUnitNotCovered, "default_unit"));
        }
        let caseload = &options.caseload;
        for (units, field) in [
            (&caseload.exempt, "exempt_units"),
            (&caseload.own, "own_caseload_units"),
            (&caseload.others, "others_caseload_units"),
        ] {
            if !units.iter().all(covered) {
                return Err(not_covered(Reason::CaseloadUnitNotCovered, field));
            }
        }
        Ok(())
    }

    /// A chosen unit is of a kind that can be chosen and lies strictly below the assignment's.
    fn scope_limits(&self, assignment: &Assignment, before: Option<&Assignment>) -> Judged {
        let Scope::Only(chosen) = &assignment.options.scope else { return Ok(()) };
        let listed_before = |unit: &UnitIx| match before.map(|b| &b.options.scope) {
            Some(Scope::Only(units)) => units.contains(unit),
            Some(Scope::All) | None => false,
        };
        let fits = |unit: &UnitIx| {
            let Some(node) = self.world.node(*unit) else { return false };
            let selectable = self.scheme.kind(node.unit.kind).is_some_and(|kind| kind.selectable);
            selectable && !node.unit.archived && *unit != assignment.unit && node.is_within(assignment.unit)
        };
        if chosen.iter().all(|unit| listed_before(unit) || fits(unit)) {
            Ok(())
        } else {
            Err(not_covered(Reason::ScopeUnitNotAllowed, "scope.only"))
        }
    }

    /// Whether the scope must be said: some unit of a kind that can be chosen may stand below a unit of this kind.
    pub(super) fn scope_must_be_said(&self, kind: KindIx) -> bool {
        let kinds = self.scheme.kinds();
        let mut below = vec![false; kinds.len()];
        loop {
            let mut grown = false;
            for (ix, candidate) in (0_u8..).map(KindIx).zip(kinds) {
                let stands_below = candidate.may_stand_below(kind)
                    || (0_u8..).map(KindIx).zip(&below).any(|(b, &is)| is && candidate.may_stand_below(b));
                if let Some(flag) = below.get_mut(usize::from(ix.0)).filter(|flag| stands_below && !**flag) {
                    *flag = true;
                    grown = true;
                }
            }
            if !grown {
                break;
            }
        }
        kinds.iter().zip(below).any(|(candidate, is)| is && candidate.selectable)
    }

    /// User management may be on only where the role leaves it to a switch, and beside a ranked role, held, that
    /// carries `user.manage`.
    pub(super) fn user_management(&self, assignment: &Assignment, user: UserRef<'_>) -> Judged {
        if assignment.options.user_management == UserManagement::None {
            return Ok(());
        }
        let manage = self.scheme.core().user_manage;
        let carries = |role: RoleIx| {
            self.scheme.rank(role).is_some() && !self.scheme.abilities(role, manage).is_empty()
        };
        let switchable =
            self.scheme.role(assignment.role).is_some_and(|role| role.user_management == Switch::Switch);
        let beside = carries(assignment.role)
            || user
                .assignments()
                .any(|a| a.held(self.now) && a.number != assignment.number && carries(a.role));
        if switchable && beside { Ok(()) } else { Err(Refusal::precondition(Reason::NoManagementRole)) }
    }
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn patch<T: Clone>(target: &mut Option<T>, patch: &Patch<T>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => *target = None,
        Patch::Set(value) => *target = Some(value.clone()),
    }
}
