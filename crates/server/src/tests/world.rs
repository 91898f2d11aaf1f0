//! A server on a free port, with a store in memory.

use std::net::SocketAddr;

use bailiwick_proto::v1;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_store::{Location, Store, StoreOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};

use crate::{Address, Config, Listener, RunError, run};

pub(super) struct Served {
    pub(super) store: Store,
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) serving: JoinHandle<Result<(), RunError>>,
}

pub(super) async fn serve(config: Config) -> Served {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
    serve_store(store, config).await
}

/// Another server of the same store.
pub(super) async fn serve_store(store: Store, config: Config) -> Served {
    serve_listener(Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap(), store, config)
}

/// A server at a listener.
pub(super) fn serve_listener(listener: Listener, store: Store, config: Config) -> Served {
    let Address::Tcp(address) = listener.address().unwrap() else { panic!("not TCP") };
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        stopped.await.ok();
    };
    let serving = tokio::spawn(run(listener, store.clone(), config, shutdown));
    Served { store, address, stop, serving }
}

impl Served {
    pub(super) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    /// Creates the realm `realms/eto` under the shipped scheme of that name.
    pub(super) async fn create_realm(&self) -> v1::CreateRealmResponse {
        let request = v1::CreateRealmRequest {
            realm: "realms/eto".to_owned(),
            scheme: Some(v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned())),
            ..v1::CreateRealmRequest::default()
        };
        RealmServiceClient::new(self.channel().await).create_realm(request).await.unwrap().into_inner()
    }
}
