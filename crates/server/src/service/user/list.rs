//! ListUsers: the users that the reader sees, in one of several orders.
//!
//! Memory knows who is seen and what they hold, tables know names, instants and their orders. Where few come into
//! question, by what they hold or by what tables say of them, those are put into order (`Plan::Among`); where many do,
//! the order is walked and each is looked at (`Plan::Walk`), until the page is full. A page may come short, never
//! without saying where it goes on.

mod place;
mod wanted;

use bailiwick_identity::UserId;
use bailiwick_membership::UserIx;
use bailiwick_proto::parse::{self, ListEnd, UserFilter};
use bailiwick_proto::v1;
use bailiwick_store::{Direction, Period, Place, UserOrder, UserQuery};

use self::place::Mark;
use self::wanted::{Section, Wanted};
use super::view;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;

/// Rows read at a time where an order is walked.
const PORTION: usize = 2_000;
/// Portions walked past for one page at most. Where that fills no page, whoever fits stands far off in the order, all of a
/// site who were entered on one day: then they are put into order however many they are, up to [`MANY`].
const PORTIONS: usize = 20;
/// So many are put into order at most.
const MANY: usize = 250_000;
/// So many that tables find are few: more of them are read sooner in order.
const FEW_BY_TABLE: usize = 1_000;

pub(super) async fn list_users(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListUsersRequest,
) -> Result<v1::ListUsersResponse, Fault> {
    let filter = parse::user_filter(&request)?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListUsersRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging = backend.paging(caller, "ListUsers", &bare, request.page_size, &request.page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let wanted = Wanted::of(&filter, &reader)?;
    let from =
        paging.after().map(|text| Mark::read(text).ok_or(Fault::Internal("a page token is unreadable")));

    let listing = Listing { backend, reader: &reader, filter: &filter, wanted: &wanted, size: paging.size };
    let Found { places, next } = listing.find(from.transpose()?).await?;
    let users = places.iter().map(|place| place.user.clone()).collect();
    let rows = backend.store.users(&reader.state.realm, &users).await?;
    // What they hold may have changed since: who no longer fits is left out.
    let reader = backend.settle(caller, reader, &rows, &request.actor).await?;
    let row = |place: &Place| {
        rows.binary_search_by(|row| row.user.cmp(&place.user)).ok().and_then(|at| rows.get(at))
    };
    let fits = |user: &UserId| {
        reader
            .state
            .world
            .user_ix(user.as_str())
            .is_some_and(|ix| wanted.shows(&reader, ix, Section::Everyone))
    };
    let shown = places.iter().filter_map(row).filter(|row| fits(&row.user));
    let users = shown.filter_map(|row| view::user(&reader, row)).collect();
    let next_page_token = match next {
        Some(mark) => backend.next_page(&paging, revision, mark.write().into_bytes())?,
        None => String::new(),
    };
    Ok(v1::ListUsersResponse { users, next_page_token, revision })
}

/// What a list is made from.
struct Listing<'a> {
    backend: &'a Backend,
    reader: &'a Reader,
    filter: &'a UserFilter,
    wanted: &'a Wanted,
    size: usize,
}

/// The users of a page, and where the next one goes on.
struct Found {
    places: Vec<Place>,
    next: Option<Mark>,
}

/// How the users of a section are found.
enum Plan {
    /// These fit; tables put them into order.
    Among(Vec<UserId>),
    /// Many may fit: the order is walked, and each is looked at.
    Walk,
}

impl Listing<'_> {
    async fn find(&self, from: Option<Mark>) -> Result<Found, Fault> {
        let mut places: Vec<Place> = Vec::new();
        let mut last: Option<Mark> = None;
        let mut portions = 0;
        let first = from.as_ref().map_or(0, |mark| mark.section);
        let mut after = from.and_then(|mark| mark.place);
        for (number, section) in self.wanted.sections().into_iter().enumerate().skip(first) {
            let mut plan = self.plan(section).await?;
            loop {
                if portions == PORTIONS && matches!(plan, Plan::Walk) {
                    let Some(many) = self.fitting(section, Some(MANY)).await? else {
                        return Ok(Found { places, next: Some(Mark { section: number, place: after }) });
                    };
                    plan = Plan::Among(many);
                } else if matches!(plan, Plan::Walk) {
                    portions += 1;
                }
                let (found, is_last) = self.portion(&plan, after.take()).await?;
                for place in found {
                    let mark = Mark { section: number, place: Some(place.clone()) };
                    after = Some(place.clone());
                    if !self.fits(&plan, section, &place) {
                        continue;
                    }
                    if places.len() == self.size {
                        return Ok(Found { places, next: last });
                    }
                    places.push(place);
                    last = Some(mark);
                }
                if is_last {
                    break;
                }
            }
            after = None;
        }
        Ok(Found { places, next: None })
    }

    /// Some of a section in its order, and whether these are the last.
    async fn portion(&self, plan: &Plan, after: Option<Place>) -> Result<(Vec<Place>, bool), Fault> {
        let (among, limit) = match plan {
            Plan::Among(users) => (Some(users.clone()), self.size.saturating_add(1)),
            Plan::Walk => (None, PORTION),
        };
        let query = UserQuery { among, after, limit, ..self.query(self.wanted.order()) };
        let found = self.backend.store.places(&self.reader.state.realm, &query).await?;
        let is_last = found.len() < limit;
        Ok((found, is_last))
    }

    /// What tables are asked, whoever else is asked.
    fn query(&self, order: UserOrder) -> UserQuery {
        let [updated, created] =
            [self.filter.updated, self.filter.created].map(|[from, before]| Period { from, before });
        UserQuery {
            among: None,
            last_name_prefix: self.filter.last_name_prefix.clone(),
            username: self.filter.username.clone(),
            updated,
            created,
            order,
            direction: match self.filter.end {
                ListEnd::Least => Direction::Ascending,
                ListEnd::Greatest => Direction::Descending,
            },
            after: None,
            limit: 0,
        }
    }

    async fn plan(&self, section: Section) -> Result<Plan, Fault> {
        if let Some(few) = self.fitting(section, None).await? {
            return Ok(Plan::Among(few));
        }
        let few = self.few_by_table().await?;
        Ok(few.map_or(Plan::Walk, |few| Plan::Among(self.wanted.fitting(self.reader, few, section))))
    }

    /// Those who fit into a section, where memory finds at most so many that may; or few.
    async fn fitting(&self, section: Section, most: Option<usize>) -> Result<Option<Vec<UserId>>, Fault> {
        let wanted = self.wanted.clone();
        let look = move |reader: &Reader| {
            wanted.few(reader, section, most).map(|users| wanted.fitting(reader, users, section))
        };
        self.backend.look(self.reader, look).await
    }

    /// Those whom a filter of the tables leaves, where they are few.
    async fn few_by_table(&self) -> Result<Option<Vec<UserIx>>, Fault> {
        let UserFilter { last_name_prefix, username, updated, created, .. } = self.filter;
        let narrow = [
            (username.is_some(), UserOrder::Username),
            (last_name_prefix.is_some(), UserOrder::Name),
            (updated.iter().any(Option::is_some), UserOrder::Updated),
            (created.iter().any(Option::is_some), UserOrder::Created),
        ];
        for (_, order) in narrow.into_iter().filter(|(given, _)| *given) {
            let query = UserQuery { limit: FEW_BY_TABLE + 1, ..self.query(order) };
            let found = self.backend.store.places(&self.reader.state.realm, &query).await?;
            if found.len() <= FEW_BY_TABLE {
                let world = &self.reader.state.world;
                return Ok(Some(
                    found.iter().filter_map(|place| world.user_ix(place.user.as_str())).collect(),
                ));
            }
        }
        Ok(None)
    }

    /// Whether somebody fits who stands in the order.
    fn fits(&self, plan: &Plan, section: Section, place: &Place) -> bool {
        match plan {
            Plan::Among(_) => true,
            Plan::Walk => {
                let user = self.reader.state.world.user_ix(place.user.as_str());
                user.is_some_and(|user| self.wanted.shows(self.reader, user, section))
            }
        }
    }
}
