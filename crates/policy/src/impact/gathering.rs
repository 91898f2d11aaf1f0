//! What turns, gathered: what turns over the same things is told once.

use std::collections::BTreeMap;

use super::{Meter, Together, Turned, Unfinished};

/// What turns, capability after capability: over the same things it is kept once.
pub(super) struct Gathering<T> {
    /// Of the present capability.
    now: BTreeMap<Turned, Vec<T>>,
    done: Vec<Together<T>>,
}

impl<T> Default for Gathering<T> {
    fn default() -> Self {
        Self { now: BTreeMap::new(), done: Vec::new() }
    }
}

impl<T: Ord> Gathering<T> {
    pub(super) fn note(&mut self, turned: Turned, what: T) {
        self.now.entry(turned).or_default().push(what);
    }

    /// Goes on to the next capability.
    pub(super) fn next(&mut self, capability: usize, meter: &Meter<'_>) -> Result<(), Unfinished> {
        for (turned, what) in std::mem::take(&mut self.now) {
            match self.done.iter_mut().find(|known| known.turned == turned && known.what == what) {
                Some(known) => known.capabilities.push(capability),
                None => self.done.push(Together { turned, capabilities: vec![capability], what }),
            }
        }
        meter.keeps(self.done.iter().map(|known| known.what.len()).sum())
    }

    pub(super) fn told(mut self) -> Vec<Together<T>> {
        self.done.sort_by(|a, b| {
            (a.turned.turn, &a.capabilities, a.turned).cmp(&(b.turned.turn, &b.capabilities, b.turned))
        });
        self.done
    }
}
