//! What a change does to everybody else: how many gain and lose by each capability, and some of them as examples.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{UnitIx, UserIx};

use super::differ::turns;
use super::region::Region;
use super::rules::Concerned;
use super::{Compared, Comparison, Meter, Turn, Turned, Unfinished, differences};
use crate::check::{Answer, Asking};
use crate::list::ResourceIx;
use crate::scheme::{ClassSet, Resource};

/// The most examples that are told.
pub const MOST_EXAMPLES: usize = 100;

/// What a change touches.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Users who hold something else, or are somebody else.
    pub users: BTreeSet<UserIx>,
    /// Units that are new or have another place.
    pub units: BTreeSet<UnitIx>,
    /// Whether other rules are in force.
    pub rules: bool,
}

/// What everybody else gains and loses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// How many, by capability: those of which nobody gains or loses anything are not told.
    pub counts: Vec<Count>,
    /// Some of them, at most [`MOST_EXAMPLES`]: of each capability as many as there is room for.
    pub examples: Vec<Example>,
    /// Whether something turns besides that may not be told.
    pub has_unseen: bool,
}

/// How many users gain or lose something by a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Which, for [`Comparison::capability`].
    pub capability: usize,
    /// So many may do it to something to which they may not do it now.
    pub gaining: usize,
    /// So many may no longer do it to something.
    pub losing: usize,
}

/// Something that somebody gains or loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Who.
    pub user: UserIx,
    /// What, over what.
    pub turned: Turned<ResourceIx>,
}

/// Whether it may be told that a user gains or loses something over a resource; unset: all of it may.
pub type Tellable<'t> = Option<&'t dyn Fn(UserIx, ResourceIx) -> bool>;

impl Comparison<'_> {
    /// What everybody gains and loses but those named: over them, too, but where a resource is named.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_others(
        &self,
        touched: &Touched,
        named: Named,
        tellable: Tellable<'_>,
        meter: &Meter<'_>,
    ) -> Result<Others, Unfinished> {
        let mut tally =
            Tally { comparison: self, named, tellable, meter, turned: BTreeMap::new(), has_unseen: false };
        tally.users(&touched.users)?;
        tally.units(&touched.units)?;
        if touched.rules {
            tally.rules()?;
        }
        Ok(tally.told())
    }
}

/// Those of whom everything is told elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// What this user gains and loses.
    pub user: Option<UserIx>,
    /// Who gains and loses something over this.
    pub resource: Option<ResourceIx>,
}

/// What has been found so far.
struct Tally<'t, 'w> {
    comparison: &'t Comparison<'w>,
    named: Named,
    tellable: Tellable<'t>,
    meter: &'t Meter<'t>,
    turned: BTreeMap<(usize, Turn), Found>,
    has_unseen: bool,
}

#[derive(Default)]
struct Found {
    users: BTreeSet<UserIx>,
    examples: Vec<Example>,
}

impl<'w> Tally<'_, 'w> {
    /// Whoever is touched, and who sees and manages them.
    fn users(&mut self, touched: &BTreeSet<UserIx>) -> Result<(), Unfinished> {
        for &user in touched {
            self.everything_of(user)?;
            let resource = ResourceIx::User(user);
            if self.named.resource != Some(resource) {
                for turned in self.comparison.of_resource(resource, self.meter)? {
                    self.note(turned.what, turned.over(resource));
                }
            }
        }
        Ok(())
    }

    /// Whoever could be concerned by units that have another place.
    fn units(&mut self, touched: &BTreeSet<UnitIx>) -> Result<(), Unfinished> {
        if touched.is_empty() {
            return Ok(());
        }
        let region = Region::around(self.comparison.sides, touched);
        for &user in &region.within {
            self.everything_of(user)?;
        }
        for &user in &region.above {
            self.among(user, &region, |_| true)?;
        }
        let sides = self.comparison.sides;
        let by_reports = |of: &Compared| {
            sides
                .zip(of.caps)
                .map(|(side, cap)| cap.is_some_and(|cap| side.scheme.decided_by_reporting(cap)))
                .any()
        };
        for &user in &region.reporting {
            self.among(user, &region, by_reports)?;
        }
        Ok(())
    }

    /// Whoever could be concerned by other rules.
    fn rules(&mut self) -> Result<(), Unfinished> {
        let comparison = self.comparison;
        for (capability, compared) in comparison.capabilities.iter().enumerate() {
            for user in Concerned::by(comparison.sides, compared).users(comparison.sides.after.world) {
                self.everything(user, capability, compared)?;
            }
        }
        Ok(())
    }

    fn everything_of(&mut self, user: UserIx) -> Result<(), Unfinished> {
        if self.named.user == Some(user) {
            return Ok(());
        }
        let comparison = self.comparison;
        for (capability, compared) in comparison.capabilities.iter().enumerate() {
            self.everything(user, capability, compared)?;
        }
        Ok(())
    }

    /// What a user gains and loses by a capability, over whatever it is.
    fn everything(&mut self, user: UserIx, capability: usize, compared: &Compared) -> Result<(), Unfinished> {
        let comparison = self.comparison;
        let asking = comparison.asking(user, comparison.users(user), compared);
        for (what, before, after) in differences(asking) {
            self.meter.spend()?;
            self.compare(user, capability, what, before, after);
            if self.is_known(user, capability) {
                break;
            }
        }
        Ok(())
    }

    /// What a user gains and loses over what lies in a region.
    fn among(
        &mut self,
        user: UserIx,
        region: &Region,
        wanted: impl Fn(&Compared) -> bool,
    ) -> Result<(), Unfinished> {
        let comparison = self.comparison;
        let users = comparison.users(user);
        // A caseload and an own record tell customers apart who are placed alike; and so may whoever is told.
        let by_name =
            self.tellable.is_some() || users.map(|user| user.is_some_and(tells_customers_apart)).any();
        for (capability, compared) in comparison.capabilities.iter().enumerate().filter(|(_, of)| wanted(of))
        {
            let asking = comparison.asking(user, users, compared);
            if !asking.as_ref().map(|asking| asking.as_ref().is_some_and(may_be_allowed)).any() {
                continue;
            }
            for &what in region.resources(compared.resource, by_name) {
                self.meter.spend()?;
                let shown = asking.map(|asking| asking.and_then(|asking| shown(&asking, what)));
                self.compare(user, capability, what, shown.before, shown.after);
                if self.is_known(user, capability) {
                    break;
                }
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        user: UserIx,
        capability: usize,
        what: ResourceIx,
        before: Option<ClassSet>,
        after: Option<ClassSet>,
    ) {
        for (turn, extent, classes) in turns(self.comparison.allowed(before, after)) {
            self.note(user, Turned { turn, capability, extent, classes, what });
        }
    }

    fn note(&mut self, user: UserIx, turned: Turned<ResourceIx>) {
        let is_told = self.named.user == Some(user) || self.named.resource == Some(turned.what);
        if is_told {
            return;
        }
        let found = self.turned.entry((turned.capability, turned.turn)).or_default();
        if found.users.contains(&user) {
            return;
        }
        if !self.tellable.is_none_or(|tellable| tellable(user, turned.what)) {
            self.has_unseen = true;
            return;
        }
        found.users.insert(user);
        if found.examples.len() < MOST_EXAMPLES {
            found.examples.push(Example { user, turned });
        }
    }

    /// Whether it is known of a user that they gain and lose something by a capability: more is not told.
    fn is_known(&self, user: UserIx, capability: usize) -> bool {
        let has =
            |turn| self.turned.get(&(capability, turn)).is_some_and(|found| found.users.contains(&user));
        has(Turn::Gained) && has(Turn::Lost)
    }

    fn told(self) -> Others {
        let count =
            |capability, turn| self.turned.get(&(capability, turn)).map_or(0, |found| found.users.len());
        let counts = (0..self.comparison.capabilities.len())
            .map(|capability| Count {
                capability,
                gaining: count(capability, Turn::Gained),
                losing: count(capability, Turn::Lost),
            })
            .filter(|count| count.gaining + count.losing > 0)
            .collect();
        // The first of each, then the second of each …
        let rounds = (0..MOST_EXAMPLES).flat_map(|round| {
            self.turned.values().filter_map(move |found| found.examples.get(round).copied())
        });
        Others { counts, examples: rounds.take(MOST_EXAMPLES).collect(), has_unseen: self.has_unseen }
    }
}

/// Whether two customers who are placed alike may be answered otherwise.
fn tells_customers_apart(user: bailiwick_membership::UserRef<'_>) -> bool {
    user.own_record().is_some()
        || user.person().is_some()
        || user.assignments().any(|held| held.options.caseload.only)
}

/// Whether anything could be allowed: without a way to the capability, nothing over a unit or a customer is.
fn may_be_allowed(asking: &Asking<'_>) -> bool {
    let resource = asking.scheme.capability(asking.cap).map(|capability| capability.resource);
    let by_ways = matches!(resource, Some(Resource::Unit | Resource::Customer))
        && !asking.scheme.decided_by_reporting(asking.cap);
    !by_ways || asking.ways().next().is_some()
}

/// What is shown of a resource, where it is allowed.
fn shown(asking: &Asking<'_>, what: ResourceIx) -> Option<ClassSet> {
    let answer = asking.about(what.found(None), None, &mut ());
    Some(answer).filter(Answer::is_allowed).map(|answer| answer.visible)
}

impl<T> Turned<T> {
    /// The same over something else.
    fn over<U>(self, what: U) -> Turned<U> {
        let Self { turn, capability, extent, classes, what: _ } = self;
        Turned { turn, capability, extent, classes, what }
    }
}
