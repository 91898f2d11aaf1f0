//! Listening to what is to be mailed.

use bailiwick_proto::v1;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use tonic::{Request, Streaming};

use crate::{Client, Error};

/// What is to be mailed, as it comes.
#[derive(Debug)]
pub struct Outbox {
    stream: Streaming<v1::WatchOutboxResponse>,
    server: String,
}

impl Client {
    /// Listens to what is to be mailed. The deadline of other calls does not hold for the stream.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached before the deadline.
    pub async fn watch_outbox(&self, request: v1::WatchOutboxRequest) -> Result<Outbox, Error> {
        let mut client = ChangeServiceClient::new(self.transport.clone());
        let asked = tokio::time::timeout(self.deadline, client.watch_outbox(Request::new(request)));
        let reply = asked.await.map_err(|_| Error::deadline(self.deadline))?;
        let stream = reply.map_err(|status| Error::from_status(&status, &self.server))?.into_inner();
        Ok(Outbox { stream, server: self.server.clone() })
    }
}

impl Outbox {
    /// The next message, waited for; none where the server has ended the stream.
    ///
    /// # Errors
    /// When the stream has broken off, or the server has a reason to end it.
    pub async fn next(&mut self) -> Result<Option<v1::OutboxMessage>, Error> {
        let reply = self.stream.message().await;
        let reply = reply.map_err(|status| Error::from_status(&status, &self.server))?;
        Ok(reply.and_then(|reply| reply.message))
    }
}
