//! Which users a list wants, as far as memory knows.

use bailiwick_identity::UserId;
use bailiwick_membership::{AssignmentRef, RoleIx, UnitIx, UserIx, UserRef, UserTypeIx};
use bailiwick_policy::Reason;
use bailiwick_policy::list::gather;
use bailiwick_proto::parse::{ListEnd, ListOrder, UserFilter};
use bailiwick_proto::render::Sight;
use bailiwick_store::UserOrder;

use crate::backend::not_found;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::service::scheme_word;

/// Fewer than so many are always few.
const ALWAYS_FEW: usize = 1_000;
/// Putting somebody into order costs as much as walking past so many.
const WALKED_FOR_ONE: usize = 200;

/// The filters that memory answers, and the order.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    role: Option<RoleIx>,
    user_type: Option<UserTypeIx>,
    /// Only those with access to this unit.
    access: Option<UnitIx>,
    disabled: Disabled,
    order: Order,
}

/// Whether disabled users are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disabled {
    Hidden,
    Shown,
}

#[derive(Debug, Clone)]
enum Order {
    /// One that tables know.
    Table(UserOrder),
    /// The role at this unit; within a role, the name. The roles in their order; none: nothing is held there.
    Role(UnitIx, Vec<Option<RoleIx>>),
}

/// A part of a list within which tables know the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// All of it.
    Everyone,
    /// Those whose highest role at a unit is this one; none: who hold nothing there.
    At(UnitIx, Option<RoleIx>),
}

impl Wanted {
    pub(super) fn of(filter: &UserFilter, reader: &Reader) -> Result<Self, Fault> {
        let scheme = &reader.state.scheme;
        let role = filter.role.as_ref().map(|role| {
            let valid = scheme.roles().iter().map(|role| role.name.as_str());
            scheme_word("role", scheme.role_named(role), valid)
        });
        let user_type = filter.user_type.as_ref().map(|user_type| {
            let valid = scheme.user_types().iter().map(String::as_str);
            scheme_word("user_type", scheme.user_type_named(user_type), valid)
        });
        let unit = filter.unit.as_ref().map(|unit| {
            let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
            seen.ok_or_else(|| not_found(Reason::UnknownUnit))
        });
        let unit = unit.transpose()?;
        let order = match (filter.order, unit) {
            (ListOrder::Role, Some(unit)) => Order::Role(unit, by_rank(reader, filter.end)),
            (ListOrder::Role | ListOrder::LastName, _) => Order::Table(UserOrder::Name),
            (ListOrder::Username, _) => Order::Table(UserOrder::Username),
            (ListOrder::UpdateTime, _) => Order::Table(UserOrder::Updated),
            (ListOrder::CreateTime, _) => Order::Table(UserOrder::Created),
        };
        Ok(Self {
            role: role.transpose()?,
            user_type: user_type.transpose()?,
            access: unit.filter(|_| !filter.show_all_units),
            disabled: if filter.show_disabled { Disabled::Shown } else { Disabled::Hidden },
            order,
        })
    }

    /// The parts of the list, in order.
    pub(super) fn sections(&self) -> Vec<Section> {
        match &self.order {
            Order::Table(_) => vec![Section::Everyone],
            Order::Role(unit, roles) => roles.iter().map(|&role| Section::At(*unit, role)).collect(),
        }
    }

    /// The order within a part.
    pub(super) fn order(&self) -> UserOrder {
        match &self.order {
            Order::Table(order) => *order,
            Order::Role(..) => UserOrder::Name,
        }
    }

    /// Everybody who may fit, and some who do not, where they are at most so many; or few: then putting them into order
    /// is the shorter way.
    pub(super) fn few(&self, reader: &Reader, section: Section, most: Option<usize>) -> Option<Vec<UserIx>> {
        let world = &reader.state.world;
        let most = most.unwrap_or_else(|| few_of(world.user_count()));
        let wanted = |user: UserIx| world.user(user).is_some_and(|user| self.may_fit(user, section));
        let around = match section {
            Section::At(unit, Some(_)) => {
                return gather(world.holders(unit).filter(|&user| wanted(user)), most);
            }
            Section::At(..) | Section::Everyone => self.access,
        };
        let Some(unit) = around else { return reader.who_may_be_seen(most, wanted) };
        let above = world.node(unit).into_iter().flat_map(|node| node.with_ancestors()).copied();
        let near = world.subtrees([unit]).chain(above).flat_map(|unit| world.holders(unit));
        gather(near.filter(|&user| wanted(user)), most)
    }

    /// Those of these users who fit.
    pub(super) fn fitting(&self, reader: &Reader, users: Vec<UserIx>, section: Section) -> Vec<UserId> {
        let fit = users.into_iter().filter(|&user| self.shows(reader, user, section));
        fit.filter_map(|user| reader.state.world.user_id(user)).collect()
    }

    /// Whether a user may fit, by what is quickly seen.
    fn may_fit(&self, user: UserRef<'_>, section: Section) -> bool {
        let there = |a: &AssignmentRef<'_>| match section {
            Section::At(unit, Some(role)) => a.unit == unit && a.role == role,
            Section::At(_, None) | Section::Everyone => true,
        };
        let holds = |test: &dyn Fn(&AssignmentRef<'_>) -> bool| user.assignments().any(|a| test(&a));
        (self.disabled == Disabled::Shown || user.is_active())
            && (self.is_for_anybody() || holds(&|a| self.is_label(a)))
            && (matches!(section, Section::At(_, None) | Section::Everyone) || holds(&there))
    }

    /// Whether a user fits, as far as the reader sees them.
    pub(super) fn shows(&self, reader: &Reader, ix: UserIx, section: Section) -> bool {
        let world = &reader.state.world;
        let Some(user) = world.user(ix) else { return false };
        if self.disabled == Disabled::Hidden && !user.is_active() {
            return false;
        }
        // What is not seen is not found either.
        let Some(sees) = reader.sees(ix) else { return false };
        let seen = || user.assignments().filter(|a| a.held(reader.now) && sees.assignment(a.number));
        let has_access = |a: &AssignmentRef<'_>| {
            self.access.is_none_or(|unit| world.is_within(a.unit, unit) || a.covers(world, unit))
        };
        let fits = (self.is_for_anybody() && self.access.is_none())
            || seen().any(|a| self.is_label(&a) && has_access(&a));
        fits && match section {
            Section::Everyone => true,
            Section::At(unit, role) => {
                let there = seen().filter(|a| a.unit == unit).map(|a| a.role);
                there.max_by_key(|&role| (reader.state.scheme.rank(role), role)) == role
            }
        }
    }

    /// Whether any assignment will do, or none.
    fn is_for_anybody(&self) -> bool {
        self.role.is_none() && self.user_type.is_none()
    }

    fn is_label(&self, assignment: &AssignmentRef<'_>) -> bool {
        self.role.is_none_or(|role| assignment.role == role)
            && self.user_type.is_none_or(|user_type| assignment.options.user_type == Some(user_type))
    }
}

/// Where ordering some and walking past all cost the same.
fn few_of(users: usize) -> usize {
    users.saturating_mul(WALKED_FOR_ONE).isqrt().max(ALWAYS_FEW)
}

/// Who holds nothing, then unranked roles, then the ranks; or the other way round.
fn by_rank(reader: &Reader, end: ListEnd) -> Vec<Option<RoleIx>> {
    let scheme = &reader.state.scheme;
    let mut roles: Vec<RoleIx> = (0..).map(RoleIx).zip(scheme.roles()).map(|(role, _)| role).collect();
    roles.sort_by_key(|&role| (scheme.rank(role), role));
    let mut all: Vec<Option<RoleIx>> = std::iter::once(None).chain(roles.into_iter().map(Some)).collect();
    if end == ListEnd::Greatest {
        all.reverse();
    }
    all
}
