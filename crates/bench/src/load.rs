//! Callers: some connections, each with some calls in flight, each answered call followed by the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_proto::envoy::auth_v3::CheckRequest;
use bailiwick_proto::envoy::auth_v3::authorization_client::AuthorizationClient;
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

/// What is asked, again and again.
#[derive(Clone)]
pub(crate) enum Questions {
    /// By a service.
    Check(Arc<Vec<CheckAccessRequest>>),
    /// By a gateway.
    Gate(Arc<Vec<CheckRequest>>),
}

/// How callers prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By a key with each call.
    Key,
    /// By the connection.
    Connection,
}

/// The callers of one server.
pub(crate) struct Callers {
    channels: Vec<Channel>,
    questions: Questions,
    proof: Proof,
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
        endpoint: &Endpoint,
        questions: Questions,
        proof: Proof,
    ) -> Result<Self, String> {
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(endpoint.connect().await.map_err(|e| e.to_string())?);
        }
        Ok(Self { channels, questions, proof })
    }

    /// Calls for so long.
    pub(crate) async fn run(&self, length: Duration) -> Result<Run, String> {
        let started = Instant::now();
        let mut calling = Vec::new();
        for (number, channel) in self.channels.iter().cycle().take(CONNECTIONS * IN_FLIGHT).enumerate() {
            let caller = Caller::new(channel.clone(), self.proof)?;
            calling.push(tokio::spawn(caller.call(self.questions.clone(), number, started + length)));
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

/// One of the calls in flight.
struct Caller {
    access: AccessServiceClient<Channel>,
    gate: AuthorizationClient<Channel>,
    key: Option<MetadataValue<tonic::metadata::Ascii>>,
}

impl Caller {
    fn new(channel: Channel, proof: Proof) -> Result<Self, String> {
        let key = MetadataValue::try_from(format!("Bearer {SECRET}")).map_err(|e| e.to_string())?;
        Ok(Self {
            access: AccessServiceClient::new(channel.clone()),
            gate: AuthorizationClient::new(channel),
            key: (proof == Proof::Key).then_some(key),
        })
    }

    /// One call after another until the end; microseconds of each.
    async fn call(mut self, questions: Questions, number: usize, end: Instant) -> Result<Vec<f64>, String> {
        let mut micros = Vec::new();
        for index in (number * 7).. {
            let started = Instant::now();
            if started >= end {
                break;
            }
            self.ask(&questions, index).await?;
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        Ok(micros)
    }

    async fn ask(&mut self, questions: &Questions, index: usize) -> Result<(), String> {
        let answered = match questions {
            Questions::Check(all) => {
                let request = self.request(all, index)?;
                self.access.check_access(request).await.map(drop)
            }
            Questions::Gate(all) => {
                let request = self.request(all, index)?;
                self.gate.check(request).await.map(drop)
            }
        };
        answered.map_err(|status| status.to_string())
    }

    fn request<T: Clone>(&self, all: &[T], index: usize) -> Result<Request<T>, String> {
        let message = all.get(index % all.len().max(1)).ok_or("there is no question")?;
        let mut request = Request::new(message.clone());
        if let Some(key) = &self.key {
            request.metadata_mut().insert("authorization", key.clone());
        }
        Ok(request)
    }
}
