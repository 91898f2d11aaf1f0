//! Lists of what is allowed, as streams.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use tonic::{Request, Streaming};

use crate::{Client, Error};

/// A list that comes in parts, all from one state.
#[derive(Debug)]
pub struct Parts<P> {
    stream: Streaming<P>,
    server: String,
}

impl Client {
    /// Streams to what a user may do something. The deadline of other calls does not hold for the stream.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached before the deadline.
    pub async fn stream_allowed_resources(
        &self,
        request: v1::StreamAllowedResourcesRequest,
    ) -> Result<Parts<v1::StreamAllowedResourcesResponse>, Error> {
        let mut client = AccessServiceClient::new(self.transport.clone());
        self.parts(client.stream_allowed_resources(Request::new(request))).await
    }

    /// Streams who may do something to a resource. The deadline of other calls does not hold for the stream.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached before the deadline.
    pub async fn stream_allowed_users(
        &self,
        request: v1::StreamAllowedUsersRequest,
    ) -> Result<Parts<v1::StreamAllowedUsersResponse>, Error> {
        let mut client = AccessServiceClient::new(self.transport.clone());
        self.parts(client.stream_allowed_users(Request::new(request))).await
    }

    async fn parts<P>(
        &self,
        asked: impl Future<Output = Result<tonic::Response<Streaming<P>>, tonic::Status>>,
    ) -> Result<Parts<P>, Error> {
        let reply = tokio::time::timeout(self.deadline, asked).await;
        let reply = reply.map_err(|_| Error::deadline(self.deadline))?;
        let stream = reply.map_err(|status| Error::from_status(&status, &self.server))?.into_inner();
        Ok(Parts { stream, server: self.server.clone() })
    }
}

impl<P> Parts<P> {
    /// The next part, waited for; none where the list is whole.
    ///
    /// # Errors
    /// When the stream has broken off, or the server ends it before its end: then the list is not whole.
    pub async fn next(&mut self) -> Result<Option<P>, Error> {
        self.stream.message().await.map_err(|status| Error::from_status(&status, &self.server))
    }
}
