//! What `grpc.health.v1` says: a status for every service by its full name, and for the server as a whole (`""`).
//!
//! Questions are answered from memory, so AccessService and Authorization serve until the states may be older than their bound. What
//! writes, or reads from tables, serves while the database answers.

use std::time::Duration;

use bailiwick_store::Store;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::methods;

/// How often the database is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// The services that need no database for a while.
const FROM_MEMORY: [&str; 2] = ["bailiwick.v1.AccessService", "envoy.service.auth.v3.Authorization"];

/// Sets every service's status.
pub(crate) async fn set_all(health: &HealthReporter, status: ServingStatus) {
    health.set_service_status("", status).await;
    for service in methods::services() {
        health.set_service_status(service, status).await;
    }
}

/// Says nothing more: whoever watches has been told, and is let go.
pub(crate) async fn clear_all(health: &HealthReporter) {
    let mut health = health.clone();
    health.clear_service_status("").await;
    for service in methods::services() {
        health.clear_service_status(service).await;
    }
}

/// Follows the database, for as long as the server serves.
pub(crate) async fn follow(health: HealthReporter, store: Store, max_staleness: Duration) {
    let (mut answered, mut was_fresh) = (true, true);
    loop {
        tokio::time::sleep(EVERY).await;
        let answers = matches!(tokio::time::timeout(PATIENCE, store.ping()).await, Ok(Ok(())));
        let answers = answers && store.is_writable();
        if answers != answered {
            tracing::warn!(answers, "the database");
            let database =
                |service: &&str| !FROM_MEMORY.contains(service) && service.starts_with("bailiwick.");
            for service in methods::services().into_iter().filter(database) {
                health.set_service_status(service, status(answers)).await;
            }
        }
        let is_fresh = store.staleness() <= max_staleness;
        if is_fresh != was_fresh {
            tracing::warn!(is_fresh, "the states in memory");
            for service in FROM_MEMORY {
                health.set_service_status(service, status(is_fresh)).await;
            }
        }
        (answered, was_fresh) = (answers, is_fresh);
    }
}

fn status(serves: bool) -> ServingStatus {
    if serves { ServingStatus::Serving } else { ServingStatus::NotServing }
}
