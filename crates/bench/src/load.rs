//! Callers: some connections, each with some calls in flight, each answered call followed by the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_proto::v1::CheckAccessRequest;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use tonic::Request;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};

use crate::served::SECRET;

/// Connections to each server.
pub(crate) const CONNECTIONS: usize = 4;
/// Calls in flight on each connection.
pub(crate) const IN_FLIGHT: usize = 32;

/// The callers of one server.
pub(crate) struct Callers {
    clients: Vec<AccessServiceClient<Channel>>,
    requests: Arc<Vec<CheckAccessRequest>>,
}

/// What one run saw.
pub(crate) struct Run {
    /// Answered calls.
    pub(crate) calls: u32,
    /// Seconds that the run took.
    pub(crate) seconds: f64,
    /// Microseconds that half of the calls took at most.
    pub(crate) p50: f64,
    /// Microseconds that 99 of 100 calls took at most.
    pub(crate) p99: f64,
}

impl Callers {
    pub(crate) async fn connect(
        address: SocketAddr,
        requests: Arc<Vec<CheckAccessRequest>>,
    ) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(|e| e.to_string())?;
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let channel = endpoint.connect().await.map_err(|e| e.to_string())?;
            clients.push(AccessServiceClient::new(channel));
        }
        Ok(Self { clients, requests })
    }

    /// Calls for so long.
    pub(crate) async fn run(&self, length: Duration) -> Result<Run, String> {
        let started = Instant::now();
        let mut calling = Vec::new();
        for (caller, client) in self.clients.iter().cycle().take(CONNECTIONS * IN_FLIGHT).enumerate() {
            let (client, requests) = (client.clone(), Arc::clone(&self.requests));
            calling.push(tokio::spawn(call(client, requests, caller, started + length)));
        }
        let mut micros = Vec::new();
        for calls in calling {
            micros.append(&mut calls.await.map_err(|e| e.to_string())??);
        }
        let seconds = started.elapsed().as_secs_f64();
        micros.sort_by(f64::total_cmp);
        let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or(0.0);
        let calls = u32::try_from(micros.len()).unwrap_or(u32::MAX);
        Ok(Run { calls, seconds, p50: at(50), p99: at(99) })
    }
}

/// One call after another until the end; microseconds of each.
async fn call(
    mut client: AccessServiceClient<Channel>,
    requests: Arc<Vec<CheckAccessRequest>>,
    caller: usize,
    end: Instant,
) -> Result<Vec<f64>, String> {
    let key = MetadataValue::try_from(format!("Bearer {SECRET}")).map_err(|e| e.to_string())?;
    let mut micros = Vec::new();
    for message in requests.iter().cycle().skip(caller * 7) {
        let started = Instant::now();
        if started >= end {
            break;
        }
        let mut request = Request::new(message.clone());
        request.metadata_mut().insert("authorization", key.clone());
        client.check_access(request).await.map_err(|status| status.to_string())?;
        micros.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(micros)
}
