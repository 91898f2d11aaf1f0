//! Questions go straight to their services; whatever else there is goes to those behind the router.
//!
//! Finding a service by its path costs a tenth of what answering a question does.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bailiwick_proto::envoy::auth_v3::authorization_server::{self, AuthorizationServer};
use bailiwick_proto::v1::access_service_server::{self, AccessServiceServer};
use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::service::{Access, Gate};

/// Puts the services that are asked most before the router.
#[derive(Clone)]
pub(crate) struct DirectLayer(Arc<AskedMost>);

struct AskedMost {
    access: AccessServiceServer<Access>,
    gate: AuthorizationServer<Gate>,
}

/// The services that are asked most, and the others. It is cloned for every call.
#[derive(Clone)]
pub(crate) struct Direct<S> {
    asked_most: Arc<AskedMost>,
    others: S,
}

impl DirectLayer {
    pub(crate) fn new(access: AccessServiceServer<Access>, gate: AuthorizationServer<Gate>) -> Self {
        Self(Arc::new(AskedMost { access, gate }))
    }
}

impl<S> Layer<S> for DirectLayer {
    type Service = Direct<S>;

    fn layer(&self, others: S) -> Direct<S> {
        Direct { asked_most: Arc::clone(&self.0), others }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Direct<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.others.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        match service_of(request.uri().path()) {
            access_service_server::SERVICE_NAME => self.asked_most.access.clone().call(request),
            authorization_server::SERVICE_NAME => self.asked_most.gate.clone().call(request),
            _ => Box::pin(self.others.call(request)),
        }
    }
}

/// The service in the path of a method.
fn service_of(path: &str) -> &str {
    path.strip_prefix('/').and_then(|path| path.split_once('/')).map_or("", |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_service() {
        assert_eq!(
            service_of("/bailiwick.v1.AccessService/CheckAccess"),
            access_service_server::SERVICE_NAME
        );
        assert_eq!(
            service_of("/envoy.service.auth.v3.Authorization/Check"),
            authorization_server::SERVICE_NAME
        );
        for none in ["", "/", "bailiwick.v1.AccessService", "/bailiwick.v1.AccessService"] {
            assert_eq!(service_of(none), "", "{none}");
        }
    }
}
