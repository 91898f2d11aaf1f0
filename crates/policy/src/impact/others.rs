//! What a change does to everybody else: how many gain and lose by each capability, and some of them as examples.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{UnitIx, UserIx, UserRef};

use super::differ::turns;
use super::region::Region;
use super::rules::Concerned;
use super::{Compared, Comparison, Holdings, Meter, Turn, Turned, Unfinished, differences, shown};
use crate::check::Asking;
use crate::list::{ResourceIx, ToUser};
use crate::manage::Actor;
use crate::onlooker::Onlooker;
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

/// Those of whom everything is told elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// What this user gains and loses.
    pub user: Option<UserIx>,
    /// Who gains and loses something over this.
    pub resource: Option<ResourceIx>,
}

/// What everybody else gains and loses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// How many, by capability: those of which nobody gains or loses anything are not told.
    pub counts: Vec<Count>,
    /// Some of them, at most [`MOST_EXAMPLES`]: of each capability as many as there is room for.
    pub examples: Vec<Example>,
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
    /// By which capability.
    pub capability: usize,
    /// In which way.
    pub turned: Turned,
    /// Over what.
    pub what: ResourceIx,
}

impl Comparison<'_> {
    /// What everybody gains and loses but those named: over them, too, but where a resource is named.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_others(
        &self,
        touched: &Touched,
        named: Named,
        onlooker: Option<&dyn Onlooker>,
        meter: &Meter<'_>,
    ) -> Result<Others, Unfinished> {
        let mut tally = Tally { comparison: self, named, onlooker, meter, turned: BTreeMap::new() };
        tally.users(&touched.users)?;
        tally.units(&touched.units)?;
        if touched.rules {
            tally.rules()?;
        }
        Ok(tally.told())
    }
}

/// What has been found so far.
struct Tally<'t, 'w> {
    comparison: &'t Comparison<'w>,
    named: Named,
    onlooker: Option<&'t dyn Onlooker>,
    meter: &'t Meter<'t>,
    turned: BTreeMap<(usize, Turn), Found>,
}

#[derive(Default)]
struct Found {
    users: Marked,
    examples: Vec<Example>,
}

/// Users who are marked, a bit each.
#[derive(Default)]
struct Marked {
    words: Vec<u64>,
    count: usize,
}

impl Tally<'_, '_> {
    /// Whoever is touched, and who sees and manages them.
    fn users(&mut self, touched: &BTreeSet<UserIx>) -> Result<(), Unfinished> {
        for &user in touched {
            self.everything_of(user)?;
            let what = ResourceIx::User(user);
            if self.named.resource == Some(what) {
                continue;
            }
            for together in self.comparison.of_resource(what, self.onlooker, self.meter)? {
                for &capability in &together.capabilities {
                    for &user in &together.what {
                        self.note(Example { user, capability, turned: together.turned, what });
                    }
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
        let comparison = self.comparison;
        let region = Region::around(comparison.sides, touched, self.meter)?;
        for &user in &region.within {
            self.everything_of(user)?;
        }
        for &user in &region.above {
            self.among(user, &region, |_| true)?;
        }
        for &user in &region.reporting {
            self.among(user, &region, |compared| comparison.is_reported(compared))?;
        }
        Ok(())
    }

    /// Whoever could be concerned by other rules.
    fn rules(&mut self) -> Result<(), Unfinished> {
        let comparison = self.comparison;
        let concerned = Concerned::new(comparison.sides);
        for (capability, compared) in comparison.capabilities.iter().enumerate() {
            for user in concerned.by(compared) {
                self.everything(user, capability, compared)?;
            }
        }
        Ok(())
    }

    fn everything_of(&mut self, user: UserIx) -> Result<(), Unfinished> {
        let comparison = self.comparison;
        for (capability, compared) in comparison.capabilities.iter().enumerate() {
            self.everything(user, capability, compared)?;
        }
        Ok(())
    }

    /// What a user gains and loses by a capability, over whatever it is.
    fn everything(&mut self, user: UserIx, capability: usize, compared: &Compared) -> Result<(), Unfinished> {
        self.meter.spend()?;
        if !self.tells_of(user) {
            return Ok(());
        }
        let comparison = self.comparison;
        let holders = comparison.holders_of(user, Holdings::All, compared, self.onlooker);
        let users = holders.as_ref().map(|holder| holder.as_ref()?.get());
        let asking = comparison.asking(user, users, compared);
        for (what, before, after) in differences(asking, self.onlooker) {
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
        self.meter.spend()?;
        if !self.tells_of(user) {
            return Ok(());
        }
        let (comparison, onlooker) = (self.comparison, self.onlooker);
        let sides = comparison.sides.map(|side| side.world.user(user));
        // A caseload and an own record tell customers apart who are placed alike; and so may whoever is told.
        let by_name = onlooker.is_some() || sides.map(|user| user.is_some_and(tells_customers_apart)).any();
        for (capability, compared) in comparison.capabilities.iter().enumerate().filter(|(_, of)| wanted(of))
        {
            self.meter.spend()?;
            let holders = comparison.holders_of(user, Holdings::All, compared, onlooker);
            let users = holders.as_ref().map(|holder| holder.as_ref()?.get());
            let asking = comparison.asking(user, users, compared);
            if !asking.as_ref().map(|asking| asking.as_ref().is_some_and(may_be_allowed)).any() {
                continue;
            }
            for &what in region.resources(compared.resource, by_name) {
                self.meter.spend()?;
                let shown = asking.as_ref().map(|asking| shown(asking.as_ref()?, what, onlooker));
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
        if self.comparison.is_turned(before, after) {
            for turned in turns(self.comparison.allowed(before, after)) {
                self.note(Example { user, capability, turned, what });
            }
        }
    }

    fn note(&mut self, example: Example) {
        let Example { user, capability, turned, what } = example;
        if self.named.user == Some(user) || self.named.resource == Some(what) {
            return;
        }
        let found = self.turned.entry((capability, turned.turn)).or_default();
        let is_told = |compared: &Compared| compared.is_told_of(what, self.onlooker);
        if found.users.has(user) || !self.comparison.capabilities.get(capability).is_some_and(is_told) {
            return;
        }
        found.users.mark(user);
        if found.examples.len() < MOST_EXAMPLES {
            found.examples.push(example);
        }
    }

    /// Whether it is told what a user gains and loses: of somebody named, it is told elsewhere.
    fn tells_of(&self, user: UserIx) -> bool {
        self.named.user != Some(user) && self.onlooker.is_none_or(|onlooker| onlooker.sees_whole(user))
    }

    /// Whether it is known of a user that they gain and lose something by a capability: more is not told.
    fn is_known(&self, user: UserIx, capability: usize) -> bool {
        let has = |turn| self.turned.get(&(capability, turn)).is_some_and(|found| found.users.has(user));
        has(Turn::Gained) && has(Turn::Lost)
    }

    fn told(self) -> Others {
        let count =
            |capability, turn| self.turned.get(&(capability, turn)).map_or(0, |found| found.users.count);
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
        Others { counts, examples: rounds.take(MOST_EXAMPLES).collect() }
    }
}

impl Marked {
    fn has(&self, user: UserIx) -> bool {
        let (word, bit) = place(user);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    fn mark(&mut self, user: UserIx) {
        let (word, bit) = place(user);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word)
            && *word & bit == 0
        {
            *word |= bit;
            self.count += 1;
        }
    }
}

fn place(user: UserIx) -> (usize, u64) {
    (usize::try_from(user.0 / 64).unwrap_or(usize::MAX), 1 << (user.0 % 64))
}

/// Whether two customers who are placed alike may be answered otherwise.
fn tells_customers_apart(user: UserRef<'_>) -> bool {
    user.own_record().is_some()
        || user.person().is_some()
        || user.assignments().any(|held| held.options.caseload.only)
}

/// Whether anything could be allowed: without a way to the capability, or a right over users, nothing is.
fn may_be_allowed(asking: &Asking<'_>) -> bool {
    let Asking { world, scheme, now, ix, user, cap } = *asking;
    match scheme.capability(cap).map(|capability| capability.resource) {
        Some(Resource::Unit) if scheme.decided_by_reporting(cap) => user.reporting_role().is_some(),
        Some(Resource::Unit | Resource::Customer) => asking.ways().next().is_some(),
        Some(Resource::User) => {
            let actor = Actor::alone(world, scheme, (ix, user), now);
            ToUser::of(scheme, cap).is_some_and(|what| {
                let mut rights = what.rights(scheme).into_iter();
                rights.any(|right| actor.passing(right, what.level()).next().is_some())
            })
        }
        Some(Resource::System) => true,
        None => false,
    }
}
