//! Which users a list wants, as far as memory knows.

use std::collections::BTreeSet;

use bailiwick_identity::UserId;
use bailiwick_membership::{AssignmentRef, RoleIx, UnitIx, UserIx, UserRef, UserTypeIx};
use bailiwick_policy::Reason;
use bailiwick_policy::list::gather;
use bailiwick_policy::scheme::{Rank, Scheme};
use bailiwick_proto::parse::{ListEnd, ListOrder, ShownAt, UserFilter};
use bailiwick_proto::render::Sight;
use bailiwick_store::UserOrder;

use crate::backend::not_found;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::service::scheme_word;

/// The filters that memory answers, and the order.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    role: Option<RoleIx>,
    user_type: Option<UserTypeIx>,
    /// Only those with access to a unit, or who hold something at exactly it.
    access: Option<Access>,
    disabled: Disabled,
    order: Order,
}

/// What somebody must hold.
#[derive(Debug, Clone, Copy)]
enum Access {
    /// Something at, below, or covering a unit.
    To(UnitIx),
    /// Something at exactly a unit.
    At(UnitIx),
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
    /// The highest role at this unit, in this order; of one level, the name.
    Role(UnitIx, Vec<Level>),
}

/// What somebody's highest role at a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// There is none.
    Nothing,
    /// One without a rank.
    Unranked,
    /// One of this rank.
    Ranked(Rank),
}

/// A part of a list within which tables know the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// All of it.
    Everyone,
    /// Those of this level at the unit that is looked at.
    At(Level),
}

/// How many are looked for before an order is rather walked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Most {
    /// As many as are put into order sooner than they are met on the way, where one of them costs as much as walking past
    /// so many; and some always.
    Few { always: usize, walked_for_one: usize },
    /// So many.
    Exactly(usize),
}

impl Level {
    fn of(scheme: &Scheme, role: RoleIx) -> Self {
        scheme.rank(role).map_or(Self::Unranked, Self::Ranked)
    }
}

impl Wanted {
    pub(super) fn of(filter: &UserFilter, reader: &Reader) -> Result<Self, Fault> {
        let scheme = &reader.state.scheme;
        let role = filter.role.as_ref().map(|role| {
            let named = scheme.roles().iter().map(|role| role.name.as_str());
            let valid = named.filter(|name| scheme.role_named(name).is_some());
            scheme_word("role", scheme.role_named(role), valid)
        });
        let user_type = filter.user_type.as_ref().map(|user_type| {
            let named = scheme.user_types().iter().map(String::as_str);
            let valid = named.filter(|name| scheme.user_type_named(name).is_some());
            scheme_word("user_type", scheme.user_type_named(user_type), valid)
        });
        let unit = filter.unit.as_ref().map(|unit| {
            let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
            seen.ok_or_else(|| not_found(Reason::UnknownUnit))
        });
        let unit = unit.transpose()?;
        let order = match (filter.order, unit) {
            (ListOrder::Role, Some(unit)) => Order::Role(unit, levels(scheme, filter.end)),
            (ListOrder::Role | ListOrder::LastName, _) => Order::Table(UserOrder::Name),
            (ListOrder::Username, _) => Order::Table(UserOrder::Username),
            (ListOrder::UpdateTime, _) => Order::Table(UserOrder::Updated),
            (ListOrder::CreateTime, _) => Order::Table(UserOrder::Created),
        };
        Ok(Self {
            role: role.transpose()?,
            user_type: user_type.transpose()?,
            access: match filter.shown {
                ShownAt::Access => unit.map(Access::To),
                ShownAt::Held => unit.map(Access::At),
                ShownAt::All => None,
            },
            disabled: if filter.show_disabled { Disabled::Shown } else { Disabled::Hidden },
            order,
        })
    }

    /// The parts of the list, in order, from one of them on; nothing where that one is not there.
    pub(super) fn sections(&self, from: Option<Section>) -> Option<Vec<Section>> {
        let mut sections = match &self.order {
            Order::Table(_) => vec![Section::Everyone],
            Order::Role(_, levels) => levels.iter().copied().map(Section::At).collect(),
        };
        let first = match from {
            None => 0,
            Some(from) => sections.iter().position(|&section| section == from)?,
        };
        Some(sections.split_off(first))
    }

    /// The order within a part.
    pub(super) fn order(&self) -> UserOrder {
        match &self.order {
            Order::Table(order) => *order,
            Order::Role(..) => UserOrder::Name,
        }
    }

    /// Those who fit, where no more come into question: by what stands around the unit that is looked at, by who has the
    /// role, or by what stands around what the reader holds.
    pub(super) fn fitting(&self, reader: &Reader, section: Section, most: Most) -> Option<Vec<UserId>> {
        let (world, scheme) = (&reader.state.world, &reader.state.scheme);
        let most = match most {
            Most::Few { always, walked_for_one } => {
                world.user_count().saturating_mul(walked_for_one).isqrt().max(always)
            }
            Most::Exactly(most) => most,
        };
        let may_fit = |user: UserIx| world.user(user).is_some_and(|user| self.may_fit(scheme, user, section));
        let near = match (section, &self.order, self.access) {
            (Section::At(Level::Unranked | Level::Ranked(_)), Order::Role(unit, _), _) => {
                gather(world.holders(*unit).filter(|&user| may_fit(user)), most)
            }
            (_, _, Some(Access::At(unit))) => gather(world.holders(unit).filter(|&user| may_fit(user)), most),
            (_, _, Some(Access::To(unit))) => {
                let above = world.node(unit).into_iter().flat_map(|node| node.with_ancestors()).copied();
                let around = world.subtrees([unit]).chain(above).flat_map(|unit| world.holders(unit));
                gather(around.filter(|&user| may_fit(user)), most)
            }
            (Section::At(_) | Section::Everyone, _, None) => None,
        };
        let near =
            near.or_else(|| gather(world.having(self.role?, None).filter(|&user| may_fit(user)), most));
        let near = near.or_else(|| reader.who_may_be_seen(most, may_fit));
        near.map(|near| self.of_these(reader, near, section))
    }

    /// Those of these users who fit.
    pub(super) fn of_these(
        &self,
        reader: &Reader,
        users: impl IntoIterator<Item = UserIx>,
        section: Section,
    ) -> Vec<UserId> {
        let fit = users.into_iter().filter(|&user| self.shows(reader, user, section));
        fit.filter_map(|user| reader.state.world.user_id(user)).collect()
    }

    /// Whether a user may fit, by what is quickly seen.
    fn may_fit(&self, scheme: &Scheme, user: UserRef<'_>, section: Section) -> bool {
        let is_there = match (section, &self.order) {
            (Section::At(level @ (Level::Unranked | Level::Ranked(_))), Order::Role(unit, _)) => {
                user.assignments().any(|a| a.unit == *unit && Level::of(scheme, a.role) == level)
            }
            (Section::At(_) | Section::Everyone, _) => true,
        };
        is_there
            && (self.disabled == Disabled::Shown || user.is_active())
            && (self.is_for_anybody() || user.assignments().any(|a| self.is_labelled(&a)))
    }

    /// Whether a user fits, as far as the reader sees them.
    pub(super) fn shows(&self, reader: &Reader, ix: UserIx, section: Section) -> bool {
        let (world, scheme) = (&reader.state.world, &reader.state.scheme);
        let Some(user) = world.user(ix) else { return false };
        if self.disabled == Disabled::Hidden && !user.is_active() {
            return false;
        }
        // What is not seen is not found either.
        let Some(sees) = reader.sees(ix) else { return false };
        let seen = || user.assignments().filter(|a| a.held(reader.now) && sees.assignment(a.number));
        let has_access = |a: &AssignmentRef<'_>| match self.access {
            None => true,
            Some(Access::To(unit)) => world.is_within(a.unit, unit) || a.covers(world, unit),
            Some(Access::At(unit)) => a.unit == unit,
        };
        let fits = (self.is_for_anybody() && self.access.is_none())
            || seen().any(|a| self.is_labelled(&a) && has_access(&a));
        fits && match (section, &self.order) {
            (Section::At(level), Order::Role(unit, _)) => {
                let there = seen().filter(|a| a.unit == *unit).map(|a| Level::of(scheme, a.role));
                there.max().unwrap_or(Level::Nothing) == level
            }
            (Section::Everyone, _) | (Section::At(_), Order::Table(_)) => true,
        }
    }

    /// Whether anybody who is seen may fit: where many are seen, a page is soon full.
    pub(super) fn is_open(&self) -> bool {
        self.is_for_anybody() && self.access.is_none() && matches!(self.order, Order::Table(_))
    }

    /// Whether any assignment will do, or none.
    fn is_for_anybody(&self) -> bool {
        self.role.is_none() && self.user_type.is_none()
    }

    fn is_labelled(&self, assignment: &AssignmentRef<'_>) -> bool {
        self.role.is_none_or(|role| assignment.role == role)
            && self.user_type.is_none_or(|user_type| assignment.options.user_type == Some(user_type))
    }
}

/// Who holds nothing, then unranked roles, then the ranks; or the other way round.
fn levels(scheme: &Scheme, end: ListEnd) -> Vec<Level> {
    let roles = (0..).map(RoleIx).zip(scheme.roles()).map(|(role, _)| Level::of(scheme, role));
    let levels: BTreeSet<Level> = roles.chain([Level::Nothing, Level::Unranked]).collect();
    match end {
        ListEnd::Least => levels.into_iter().collect(),
        ListEnd::Greatest => levels.into_iter().rev().collect(),
    }
}
