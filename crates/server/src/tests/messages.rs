//! Messages that no client makes: to every method, an error, and the server lives.

use std::str::FromStr;
use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use http::uri::PathAndQuery;
use prost::bytes::{Buf, BufMut};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::world::serve;
use crate::Config;
use crate::methods::METHODS;

/// Bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, bytes: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&bytes);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let all = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(all).to_vec()))
    }
}

async fn call(channel: &Channel, path: &str, bytes: Vec<u8>) -> Result<(), Status> {
    call_as(channel, path, bytes, "").await
}

/// The same with a key, where there is one.
pub(super) async fn call_as(
    channel: &Channel,
    path: &str,
    bytes: Vec<u8>,
    secret: &str,
) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.map_err(|_| Status::unavailable("the server is gone"))?;
    let mut request = Request::new(bytes);
    request.set_timeout(Duration::from_secs(5));
    if !secret.is_empty() {
        request.metadata_mut().insert("authorization", format!("Bearer {secret}").parse().unwrap());
    }
    client.unary(request, PathAndQuery::from_str(path).unwrap(), Raw).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_messages_are_errors() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    // Field 1 promises 100 bytes; ten thousand groups, one in the other, of a field that no message has.
    let truncated = || vec![0x0a, 100, b'x', b'y', b'z'];
    let nested = || [0xc3, 0x3e].repeat(10_000);
    for method in METHODS {
        for bytes in [truncated(), nested()] {
            let status = call(&channel, method.path, bytes).await.expect_err(method.path);
            if method.needs.is_empty() {
                continue;
            }
            assert_eq!(status.code(), Code::InvalidArgument, "{}: {status:?}", method.path);
            let reason = status.get_details_error_info().map(|info| info.reason);
            assert_eq!(reason.as_deref(), Some("INVALID_REQUEST"), "{}", method.path);
        }
    }
    let asked = v1::CheckAccessRequest {
        realm: "realms/eto".to_owned(),
        subject: "users/u-17".to_owned(),
        capability: "customer.view".to_owned(),
        resource: "customers/1".to_owned(),
        ..v1::CheckAccessRequest::default()
    };
    AccessServiceClient::new(channel).check_access(asked).await.unwrap();
}
