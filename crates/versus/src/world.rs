//! A generated world as the engine holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Instant, RealmId, UnitId, UserId};
use bailiwick_membership as engine;
use bailiwick_membership::{Access, AssignmentState, Enrolment, Suspension, SuspensionCause};
use bailiwick_oracle::holding::lowest;
use bailiwick_oracle::model;
use bailiwick_oracle::model::{PlacementState, Standing, UserManagement};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::State;

/// A scheme and a world on both sides.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The scheme as generated.
    pub model: model::Scheme,
    /// The world as generated.
    pub world: model::World,
    /// The same as the engine's state.
    pub state: State,
    /// The instant at which both are asked, in microseconds.
    pub now: model::Instant,
}

/// Why the engine could not be given a generated scheme or world.
pub type Unfit = String;

/// An instant of the engine.
#[must_use]
pub fn instant(micros: model::Instant) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MAX)
}

impl Pair {
    /// Gives the engine what was generated.
    ///
    /// # Errors
    /// What the engine does not take: faults of the scheme, or a name that is nothing's.
    pub fn new(scheme: model::Scheme, world: model::World, now: model::Instant) -> Result<Self, Unfit> {
        let text = crate::document::document(&scheme);
        Self::under(&text, scheme, world, now)
    }

    /// Gives the engine a document, and what was generated under it.
    ///
    /// # Errors
    /// What the engine does not take: faults of the document, or a name that is nothing's.
    pub fn under(
        text: &str,
        scheme: model::Scheme,
        world: model::World,
        now: model::Instant,
    ) -> Result<Self, Unfit> {
        let real = Scheme::parse(text).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("{}\n{text}", faults.join("\n"))
        })?;
        let realm = RealmId::parse("generated").map_err(|fault| fault.to_string())?;
        let mut state = State::unborn(realm, Arc::new(real));
        Putting { model: &scheme, scheme: &Arc::clone(&state.scheme), now, world: &mut state.world }
            .all(&world)?;
        Ok(Self { model: scheme, world, state, now })
    }
}

struct Putting<'a> {
    model: &'a model::Scheme,
    scheme: &'a Scheme,
    now: model::Instant,
    world: &'a mut engine::World,
}

impl Putting<'_> {
    fn all(&mut self, from: &model::World) -> Result<(), Unfit> {
        from.units.iter().try_for_each(|unit| self.unit(unit))?;
        for customer in &from.customers {
            let mut placements: Vec<engine::Placement> = Vec::new();
            for placement in &customer.placements {
                let enrolment = match placement.state {
                    PlacementState::Enrolled => Enrolment::Enrolled,
                    PlacementState::Dismissed => Enrolment::Dismissed,
                };
                placements.push(engine::Placement { unit: self.unit_ix(&placement.unit)?, enrolment });
            }
            placements.sort_unstable();
            let id = CustomerId::parse(&customer.id).map_err(|fault| fault.to_string())?;
            self.world.put_placements(&id, placements);
        }
        // Everybody is there before anybody is named by another.
        for user in &from.users {
            let home = self.unit_ix(&user.home_unit)?;
            self.world.put_access(&user_id(&user.id)?, Access::new(home));
        }
        let mut first_of = BTreeMap::new();
        for user in &from.users {
            if let (Some(person), Some(ix)) = (&user.person, self.world.user_ix(&user.id)) {
                first_of.entry(person.clone()).or_insert(ix);
            }
        }
        from.users.iter().try_for_each(|user| self.user(from, user, &first_of))
    }

    fn unit(&mut self, unit: &model::Unit) -> Result<(), Unfit> {
        let kind = self.scheme.kind_named(&unit.kind).ok_or_else(|| format!("kind {}", unit.kind))?;
        let parents = unit.parents.iter().map(|parent| self.unit_ix(parent)).collect::<Result<_, _>>()?;
        let placeholder = self.scheme.kind(kind).is_some_and(|kind| kind.is_placeholder(&unit.name));
        self.world.put_unit(engine::Unit {
            id: UnitId::parse(&unit.id).map_err(|fault| fault.to_string())?,
            kind,
            name: unit.name.clone(),
            description: String::new(),
            parents,
            archived: unit.archived,
            placeholder,
        });
        Ok(())
    }

    fn user(
        &mut self,
        from: &model::World,
        user: &model::User,
        first_of: &BTreeMap<String, engine::UserIx>,
    ) -> Result<(), Unfit> {
        let id = user_id(&user.id)?;
        let mut access = Access::new(self.unit_ix(&user.home_unit)?);
        if !user.active {
            access.standing = engine::Standing::Disabled(self.disabled(from, user));
        }
        access.person = user.person.as_ref().and_then(|person| first_of.get(person)).copied();
        access.own_record = match &user.own_record {
            None => None,
            Some(id) => Some(self.customer_ix(id)?),
        };
        access.reporting_role = match &user.reporting_role {
            None => None,
            Some(name) => Some(self.scheme.reporting_role_named(name).ok_or("reporting role")?),
        };
        for assignment in &user.assignments {
            access.last_number = access.last_number.max(assignment.number);
            access.assignments.push(self.assignment(assignment)?);
        }
        for grant in &user.grants {
            access.grants.push(self.grant(grant)?);
        }
        let ix = self.world.put_access(&id, access);
        let mut cases = Vec::new();
        for case in &user.caseload {
            let (customer, unit) = (self.customer_ix(&case.customer)?, self.unit_ix(&case.unit)?);
            cases.push(engine::CaseloadEntry { customer, unit });
        }
        self.world.put_caseload(ix, cases);
        Ok(())
    }

    /// Who disabled the user, with the rank that this somebody has now.
    fn disabled(&self, from: &model::World, user: &model::User) -> engine::Disabled {
        let by = user.disabled_by.as_ref().and_then(|by| from.user(by));
        engine::Disabled {
            at: instant(self.now - 1),
            by: by.and_then(|by| self.world.user_ix(&by.id)),
            by_lowest: by.and_then(|by| lowest(self.model, by, self.now)),
        }
    }

    fn assignment(&self, from: &model::Assignment) -> Result<engine::Assignment, Unfit> {
        let scope = match &from.scope {
            model::Scope::All => engine::Scope::All,
            model::Scope::Only(units) => engine::Scope::Only(self.units(units)?),
        };
        let default_unit = from.default_unit.as_ref().map(|unit| self.unit_ix(unit)).transpose()?;
        let options = engine::Options {
            scope,
            default_unit,
            user_type: from.user_type.as_ref().and_then(|name| self.scheme.user_type_named(name)),
            user_management: management(from.user_management),
            caseload: engine::CaseloadOptions {
                only: from.caseload_only,
                exempt: self.units(&from.exempt)?,
                own: self.units(&from.own_caseload)?,
                others: self.units(&from.others_caseload)?,
            },
            starts_at: from.starts_at.map(instant),
            ends_at: from.ends_at.map(instant),
            state: standing(from.standing),
        };
        let role = self.scheme.role_named(&from.role).ok_or_else(|| format!("role {}", from.role))?;
        Ok(engine::Assignment { number: from.number, unit: self.unit_ix(&from.unit)?, role, options })
    }

    fn grant(&self, from: &model::Grant) -> Result<engine::Grant, Unfit> {
        Ok(engine::Grant {
            system: self
                .scheme
                .system_named(&from.system)
                .ok_or_else(|| format!("system {}", from.system))?,
            state: standing(from.standing),
            starts_at: from.starts_at.map(instant),
            ends_at: from.ends_at.map(instant),
        })
    }

    fn units(&self, ids: &[String]) -> Result<Vec<engine::UnitIx>, Unfit> {
        let mut units: Vec<_> = ids.iter().map(|id| self.unit_ix(id)).collect::<Result<_, _>>()?;
        units.sort_unstable();
        units.dedup();
        Ok(units)
    }

    fn unit_ix(&self, id: &str) -> Result<engine::UnitIx, Unfit> {
        self.world.unit_ix(id).ok_or_else(|| format!("unit {id}"))
    }

    fn customer_ix(&self, id: &str) -> Result<engine::CustomerIx, Unfit> {
        self.world.customer_ix(id).ok_or_else(|| format!("customer {id}"))
    }
}

fn user_id(id: &str) -> Result<UserId, Unfit> {
    UserId::parse(id).map_err(|fault| fault.to_string())
}

fn standing(from: Standing) -> AssignmentState {
    match from {
        Standing::Live => AssignmentState::Live,
        Standing::Suspended => AssignmentState::Suspended(Suspension::open(SuspensionCause::Manager)),
    }
}

/// The engine's word for how far user management is switched on.
#[must_use]
pub fn management(from: UserManagement) -> engine::UserManagement {
    match from {
        UserManagement::None => engine::UserManagement::None,
        UserManagement::View => engine::UserManagement::View,
        UserManagement::Manage => engine::UserManagement::Manage,
    }
}
