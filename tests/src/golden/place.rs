//! The units in which a matrix is asked.

use std::sync::Arc;

use bailiwick_identity::Instant;
use bailiwick_membership::{KindIx, Unit, UnitIx, World};
use bailiwick_policy::scheme::Scheme;

use crate::scenario::draw_units;

/// The units of a matrix, without anybody.
pub(super) struct Place {
    pub(super) scheme: Arc<Scheme>,
    pub(super) world: World,
    pub(super) now: Instant,
}

/// Units around the one at which a role is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    pub(super) own: UnitIx,
    pub(super) below: Option<UnitIx>,
    pub(super) beside: Option<UnitIx>,
    pub(super) above: Option<UnitIx>,
    pub(super) top: UnitIx,
}

impl Place {
    /// Draws the units.
    pub(super) fn draw(scheme: Arc<Scheme>, text: &str) -> Result<Self, String> {
        let mut world = World::new();
        for unit in draw_units(text)? {
            let kind = scheme.kind_named(&unit.kind).ok_or_else(|| format!("no kind `{}`", unit.kind))?;
            let parents: Option<Vec<UnitIx>> =
                unit.parents.iter().map(|p| world.unit_ix(p.as_str())).collect();
            world.put_unit(Unit {
                id: unit.id,
                kind,
                name: unit.name,
                description: String::new(),
                parents: parents.ok_or("a parent is not there")?,
                archived: false,
                placeholder: false,
            });
        }
        let now = Instant::from_micros(0).ok_or("the year 1970 is not there")?;
        Ok(Self { scheme, world, now })
    }

    /// The first unit of a kind and those around it.
    pub(super) fn around(&self, kind: KindIx) -> Result<Around, String> {
        let all: Vec<UnitIx> = self.world.units().map(|(ix, _)| ix).collect();
        let of_kind = |&&u: &&UnitIx| self.kind(u) == Some(kind);
        let name = self.scheme.kind(kind).map(|k| k.name.clone()).unwrap_or_default();
        let own = *all.iter().find(of_kind).ok_or_else(|| format!("no unit of kind `{name}` is drawn"))?;
        let within = |unit: UnitIx, above: UnitIx| self.world.is_within(unit, above);
        let below = all.iter().copied().find(|&u| u != own && within(u, own));
        let beside = all.iter().filter(of_kind).copied().find(|&u| !within(u, own) && !within(own, u));
        let above = self.world.node(own).and_then(|n| n.unit.parents.first().copied());
        let top = all.into_iter().find(|&u| within(own, u)).unwrap_or(own);
        Ok(Around { own, below, beside, above, top })
    }

    pub(super) fn kind(&self, unit: UnitIx) -> Option<KindIx> {
        self.world.node(unit).map(|n| n.unit.kind)
    }

    pub(super) fn id(&self, unit: UnitIx) -> String {
        self.world.node(unit).map(|n| n.unit.id.to_string()).unwrap_or_default()
    }
}
