//! What turns, gathered: what turns over the same things is told once.

use std::collections::BTreeMap;

use super::{Meter, Together, Turned, Unfinished};

/// What turns, capability after capability: over the same things it is kept once.
pub(super) struct Gathering<T> {
    /// Of the present capability.
    now: BTreeMap<Turned, Vec<T>>,
    done: Vec<Together<T>>,
    /// How many rows there are in all.
    rows: usize,
}

impl<T> Default for Gathering<T> {
    fn default() -> Self {
        Self { now: BTreeMap::new(), done: Vec::new(), rows: 0 }
    }
}

impl<T: Ord> Gathering<T> {
    /// Notes one thing of the present capability.
    pub(super) fn note(&mut self, turned: Turned, what: T, meter: &Meter<'_>) -> Result<(), Unfinished> {
        self.now.entry(turned).or_default().push(what);
        self.rows += 1;
        meter.keeps(self.rows)
    }

    /// Goes on to the next capability.
    pub(super) fn next(&mut self, capability: usize) {
        for (turned, what) in std::mem::take(&mut self.now) {
            match self.done.iter_mut().find(|known| known.turned == turned && known.what == what) {
                Some(known) => {
                    self.rows -= what.len();
                    known.capabilities.push(capability);
                }
                None => self.done.push(Together { turned, capabilities: vec![capability], what }),
            }
        }
    }

    pub(super) fn told(mut self) -> Vec<Together<T>> {
        self.done.sort_by(|a, b| {
            (a.turned.turn, &a.capabilities, a.turned).cmp(&(b.turned.turn, &b.capabilities, b.turned))
        });
        self.done
    }
}
