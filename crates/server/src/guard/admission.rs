//! How many calls are in progress at once. Nobody waits: what does not fit is told at once, and tries again.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;
use crate::methods::Class;

/// Permits that health keeps for itself, so that a busy server is not taken for a dead one.
const HEALTH_PERMITS: usize = 32;

/// Permits for calls in progress.
pub(super) struct Admission {
    calls: Arc<Semaphore>,
    health: Arc<Semaphore>,
}

impl Admission {
    pub(super) fn new(calls: usize) -> Self {
        Self { calls: Arc::new(Semaphore::new(calls)), health: Arc::new(Semaphore::new(HEALTH_PERMITS)) }
    }

    /// A permit, held while the call is in progress.
    pub(super) fn enter(&self, class: Class) -> Result<OwnedSemaphorePermit, Fault> {
        let permits = match class {
            Class::Question | Class::Ordinary => &self.calls,
            Class::Health => &self.health,
        };
        Arc::clone(permits).try_acquire_owned().map_err(|_| Fault::Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_at_once_and_health_is_apart() {
        let admission = Admission::new(2);
        let held = [admission.enter(Class::Question).unwrap(), admission.enter(Class::Ordinary).unwrap()];
        assert!(matches!(admission.enter(Class::Question), Err(Fault::Overloaded)));
        assert!(admission.enter(Class::Health).is_ok());
        drop(held);
        assert!(admission.enter(Class::Question).is_ok());
    }
}
