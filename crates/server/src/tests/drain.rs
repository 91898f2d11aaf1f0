//! The end of a server.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::world::serve;
use crate::{Config, LimitsConfig};

fn limits(drain_timeout_seconds: u64, first_byte_timeout_seconds: u64) -> Config {
    let limits =
        LimitsConfig { drain_timeout_seconds, first_byte_timeout_seconds, ..LimitsConfig::default() };
    Config { limits, ..Config::local() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_peer_does_not_hold_the_server() {
    let served = serve(limits(1, 60)).await;
    let _silent = TcpStream::connect(served.address).await.unwrap();
    let _idle = served.channel().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    served.stop.send(()).unwrap();
    served.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_calls_ends_at_once() {
    let served = serve(limits(20, 1)).await;
    let idle = served.channel().await;
    let _silent = TcpStream::connect(served.address).await.unwrap();
    // The silent peer is cut off by then.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let began = Instant::now();
    served.stop.send(()).unwrap();
    served.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    drop(idle);
}

/// Whoever watches the health is told that the server stops, and does not hold it.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_is_told_and_let_go() {
    let served = serve(limits(15, 10)).await;
    let mut health = HealthClient::new(served.channel().await);
    let asked = HealthCheckRequest { service: "bailiwick.v1.AccessService".to_owned() };
    let mut watched = health.watch(asked).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let began = Instant::now();
    served.stop.send(()).unwrap();
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(watched.message().await.unwrap().is_none());
    served.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
