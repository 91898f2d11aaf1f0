//! Finding the users of a page.
//!
//! Where few come into question, by what they hold or by what tables say of them, those are put into order
//! ([`Plan::Among`]). Where many do, the order is walked and each is looked at ([`Plan::Walk`]), a page at first and more
//! and more at a time, until the page is full or enough was walked past: whoever fits then stands far off in the order,
//! like all of a site who were entered on one day, and they are put into order, however many up to a limit. A page may
//! come short, never without saying where it goes on.

use std::collections::BTreeSet;

use bailiwick_identity::UserId;
use bailiwick_membership::UserIx;
use bailiwick_proto::parse::{ListEnd, UserFilter};
use bailiwick_realm::canonical;
use bailiwick_store::{Direction, Period, Place, Placed, UserOrder, UserQuery};

use super::place::Mark;
use super::wanted::{Most, Section, Wanted};
use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::Reader;

/// How much is done for one page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The most rows read at a time where an order is walked.
    pub(super) portion: usize,
    /// Rows walked past.
    pub(super) rows: usize,
    /// So many that a filter of the tables leaves are put into order; so many are walked past before they are asked for.
    pub(super) by_table: usize,
    /// So many that memory leaves are always put into order.
    pub(super) few: usize,
    /// Putting somebody into order costs as much as walking past so many: where that is the shorter way, more are.
    pub(super) walked_for_one: usize,
    /// So many are put into order after walking in vain.
    pub(super) many: usize,
}

impl Limits {
    pub(super) const USUAL: Self =
        Self { portion: 2_000, rows: 40_000, by_table: 5_000, few: 1_000, walked_for_one: 200, many: 50_000 };
}

/// What a list asks of tables, in canonical values.
pub(super) struct Sought {
    last_name_prefix: Option<String>,
    username: Option<String>,
    updated: Period,
    created: Period,
    direction: Direction,
}

impl Sought {
    pub(super) fn of(filter: &UserFilter) -> Self {
        let [updated, created] =
            [filter.updated, filter.created].map(|[from, before]| Period { from, before });
        Self {
            last_name_prefix: filter.last_name_prefix.as_deref().map(canonical),
            username: filter.username.as_deref().map(canonical),
            updated,
            created,
            direction: match filter.end {
                ListEnd::Least => Direction::Ascending,
                ListEnd::Greatest => Direction::Descending,
            },
        }
    }

    /// What bounds an order, and nothing else: an index answers it.
    fn within(&self, order: UserOrder) -> UserQuery {
        let none = UserQuery { order, direction: self.direction, ..UserQuery::default() };
        match order {
            UserOrder::Name => UserQuery { last_name_prefix: self.last_name_prefix.clone(), ..none },
            UserOrder::Username => UserQuery { username: self.username.clone(), ..none },
            UserOrder::Updated => UserQuery { updated: self.updated, ..none },
            UserOrder::Created => UserQuery { created: self.created, ..none },
        }
    }

    /// All that is asked, in an order: for whom few come into question.
    fn whole(&self, order: UserOrder) -> UserQuery {
        UserQuery {
            last_name_prefix: self.last_name_prefix.clone(),
            username: self.username.clone(),
            updated: self.updated,
            created: self.created,
            ..self.within(order)
        }
    }

    /// The orders that are bounded by something, what leaves fewest first.
    fn bounded(&self) -> impl Iterator<Item = UserOrder> {
        let open = Period::default();
        let bounded = [
            (self.username.is_some(), UserOrder::Username),
            (self.last_name_prefix.is_some(), UserOrder::Name),
            (self.updated != open, UserOrder::Updated),
            (self.created != open, UserOrder::Created),
        ];
        bounded.into_iter().filter(|(is_bounded, _)| *is_bounded).map(|(_, order)| order)
    }

    fn fits(&self, placed: &Placed) -> bool {
        self.last_name_prefix.as_ref().is_none_or(|prefix| placed.last_name.starts_with(prefix.as_str()))
            && self.username.as_ref().is_none_or(|username| placed.username.as_ref() == Some(username))
            && self.updated.has(placed.updated_at)
            && self.created.has(placed.created_at)
    }
}

/// What a list is made from.
pub(super) struct Listing<'a> {
    pub(super) backend: &'a Backend,
    pub(super) reader: &'a Reader,
    pub(super) sought: &'a Sought,
    pub(super) wanted: &'a Wanted,
    pub(super) size: usize,
    pub(super) limits: Limits,
}

/// The users of a page, and where the next one goes on.
pub(super) struct Found {
    pub(super) users: Vec<UserId>,
    pub(super) next: Option<Mark>,
}

/// How the users of a section are found.
enum Plan {
    /// Those who fit are among these.
    Among(Vec<UserId>),
    /// Many may fit: the order is walked, and each is looked at.
    Walk,
}

/// A page that is being filled.
struct Filling {
    users: Vec<UserId>,
    /// Who stands in it: somebody who moves in the order while it is walked comes once.
    there: BTreeSet<UserId>,
    /// Who came last.
    last: Option<Mark>,
    size: usize,
}

impl Filling {
    /// Takes somebody in; `false` where the page is full.
    fn take(&mut self, section: Section, place: &Place) -> bool {
        if self.there.contains(&place.user) {
            return true;
        }
        if self.is_full() {
            return false;
        }
        self.there.insert(place.user.clone());
        self.users.push(place.user.clone());
        self.last = Some(Mark { section, place: Some(place.clone()) });
        true
    }

    fn is_full(&self) -> bool {
        self.users.len() == self.size
    }

    /// The page; more may follow whoever came last.
    fn continued(self) -> Found {
        Found { users: self.users, next: self.last }
    }
}

impl Listing<'_> {
    pub(super) async fn find(&self, from: Option<Mark>) -> Result<Found, Fault> {
        let (users, there) = (Vec::new(), BTreeSet::new());
        let mut page = Filling { users, there, last: from.clone(), size: self.size };
        // Those of one page are asked for at once, more only where walking leads nowhere.
        let most_by_table = self.limits.by_table.min(self.size);
        let mut few_by_table = self.few_by_table(most_by_table).await?;
        let (mut walked, mut asked_for) = (0, most_by_table);
        let mut is_tried = self.wanted.is_open();
        let (first, mut after) = from.map_or((None, None), |mark| (Some(mark.section), mark.place));
        let sections = self.wanted.sections(first);
        for section in sections.ok_or_else(sections_changed)? {
            let mut plan = self.plan(section, few_by_table.as_deref()).await?;
            loop {
                // A page was walked to no end: perhaps only few come into question.
                if is_tried && walked > 0 {
                    is_tried = false;
                    plan = self.near(section).await?;
                }
                let is_lost = matches!(plan, Plan::Walk) && walked >= self.limits.by_table;
                if is_lost && asked_for < self.limits.by_table {
                    asked_for = self.limits.by_table;
                    few_by_table = self.few_by_table(asked_for).await?;
                    plan = few_by_table.as_deref().map_or(Plan::Walk, |few| self.among(few, section));
                }
                let is_walking = matches!(plan, Plan::Walk);
                if is_walking && walked >= self.limits.rows {
                    match self.fitting(section, Most::Exactly(self.limits.many)).await? {
                        Some(many) => plan = Plan::Among(many),
                        None => {
                            let next = Some(Mark { section, place: after });
                            return Ok(Found { users: page.users, next });
                        }
                    }
                }
                let (found, is_last) = self.portion(&plan, after.take(), walked).await?;
                walked += if is_walking { found.len() } else { 0 };
                for placed in &found {
                    if self.fits(&plan, section, placed) && !page.take(section, &placed.place) {
                        return Ok(page.continued());
                    }
                }
                if is_last {
                    break;
                }
                if page.is_full() {
                    return Ok(page.continued());
                }
                after = found.into_iter().last().map(|placed| placed.place);
            }
        }
        Ok(Found { users: page.users, next: None })
    }

    /// Some of a section in its order, and whether these are the last. Where everybody fits, those of the page are enough; the
    /// more were walked past, the more are read at a time.
    async fn portion(
        &self,
        plan: &Plan,
        after: Option<Place>,
        walked: usize,
    ) -> Result<(Vec<Placed>, bool), Fault> {
        let order = self.wanted.order();
        let page = self.size.saturating_add(1);
        let query = match plan {
            Plan::Among(users) => {
                UserQuery { among: Some(users.clone()), limit: page, ..self.sought.whole(order) }
            }
            Plan::Walk => UserQuery {
                limit: page.saturating_add(walked).min(self.limits.portion),
                ..self.sought.within(order)
            },
        };
        let query = UserQuery { after, ..query };
        let found = self.backend.store.places(&self.reader.state.realm, &query).await?;
        let is_last = found.len() < query.limit;
        Ok((found, is_last))
    }

    async fn plan(&self, section: Section, by_table: Option<&[UserIx]>) -> Result<Plan, Fault> {
        if let Some(few) = by_table {
            return Ok(self.among(few, section));
        }
        if self.wanted.is_open() { Ok(Plan::Walk) } else { self.near(section).await }
    }

    /// Those who fit as far as memory knows, where they are few.
    async fn near(&self, section: Section) -> Result<Plan, Fault> {
        let Limits { few, walked_for_one, .. } = self.limits;
        let few = self.fitting(section, Most::Few { always: few, walked_for_one }).await?;
        Ok(few.map_or(Plan::Walk, Plan::Among))
    }

    /// Those of these users who fit into a section.
    fn among(&self, users: &[UserIx], section: Section) -> Plan {
        Plan::Among(self.wanted.of_these(self.reader, users.iter().copied(), section))
    }

    /// Those who fit into a section as far as memory knows, where it finds no more who may.
    async fn fitting(&self, section: Section, most: Most) -> Result<Option<Vec<UserId>>, Fault> {
        let wanted = self.wanted.clone();
        self.backend.look(self.reader, move |reader| wanted.fitting(reader, section, most)).await
    }

    /// Those whom one filter of the tables leaves, where they are few.
    async fn few_by_table(&self, most: usize) -> Result<Option<Vec<UserIx>>, Fault> {
        let world = &self.reader.state.world;
        for order in self.sought.bounded() {
            let query = UserQuery { limit: most.saturating_add(1), ..self.sought.within(order) };
            let found = self.backend.store.places(&self.reader.state.realm, &query).await?;
            if found.len() <= most {
                let users = found.iter().filter_map(|placed| world.user_ix(placed.place.user.as_str()));
                return Ok(Some(users.collect()));
            }
        }
        Ok(None)
    }

    /// Whether somebody fits who stands in the order.
    fn fits(&self, plan: &Plan, section: Section, placed: &Placed) -> bool {
        self.sought.fits(placed)
            && match plan {
                Plan::Among(_) => true,
                Plan::Walk => {
                    let user = self.reader.state.world.user_ix(placed.place.user.as_str());
                    user.is_some_and(|user| self.wanted.shows(self.reader, user, section))
                }
            }
    }
}

/// A page token of an order that there is no more: the scheme has another one since.
fn sections_changed() -> Fault {
    Fault::field("page_token", "is of roles that are no more: begin again without a page token")
}
