//! The protobuf JSON form of replies, made with the descriptors that reflection serves: what grpcurl prints, with
//! every field.

use bailiwick_proto::v1;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};

use crate::exit::Failure;

/// A message that can be printed, by its name in the API.
pub(crate) trait Reply: prost::Message {
    /// `bailiwick.v1.CheckAccessResponse`.
    const NAME: &'static str;
}

macro_rules! replies {
    ($($name:ident),* $(,)?) => {
        $(impl Reply for v1::$name {
            const NAME: &'static str = concat!("bailiwick.v1.", stringify!($name));
        })*
    };
}

replies! {
    CheckAccessResponse, ExplainAccessResponse, SummarizeAccessResponse,
    ListAllowedResourcesResponse, ListAllowedUsersResponse, ListAllowedCapabilitiesResponse,
    ManageUserResponse, GetUserResponse, ListUsersResponse,
    MatchUsersResponse, EraseUserResponse, IssueSecretResponse, ExportUserResponse,
    CreateUnitResponse, UpdateUnitResponse, MoveUnitResponse, ArchiveUnitResponse, RestoreUnitResponse,
    GetUnitResponse, ListUnitsResponse, ListAssignableRolesResponse,
    PlaceCustomerResponse, DismissCustomerResponse, RemovePlacementResponse, ListPlacementsResponse,
    UpdateCaseloadResponse, ListCaseloadResponse,
    CreateRequestResponse, UpdateRequestResponse, SubmitRequestsResponse, WithdrawRequestResponse, DecideRequestResponse,
    FulfilRequestResponse, GetRequestResponse, ListRequestsResponse,
    OpenReviewResponse, DecideReviewResponse, CloseReviewResponse, GetReviewResponse, ListReviewsResponse, UserChange,
    CreateRealmResponse, GetRealmResponse, ListRealmsResponse, FreezeRealmResponse,
    GetSchemeResponse, ValidateSchemeResponse, CompareSchemesResponse, PutSchemeResponse, LoadWorldResponse,
    ListChangesResponse,
    CreateKeyResponse, ListKeysResponse, RevokeKeyResponse,
}

/// The message as JSON, over several lines.
pub(super) fn of<R: Reply>(reply: &R) -> Result<String, Failure> {
    let broken = |what: &str| Failure::Machine(format!("this binary cannot print `{}`: {what}", R::NAME));
    let descriptor = pool()?.get_message_by_name(R::NAME).ok_or_else(|| broken("it is not in the API"))?;
    let mut message = DynamicMessage::new(descriptor);
    message.transcode_from(reply).map_err(|error| broken(&error.to_string()))?;
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::pretty(&mut text);
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut writer, &options).map_err(|error| broken(&error.to_string()))?;
    String::from_utf8(text).map_err(|error| broken(&error.to_string()))
}

/// A part of a reply in one line of JSON, without what is not set.
pub(crate) fn of_message<R: Reply>(message: &R) -> String {
    let written = || {
        let mut dynamic = DynamicMessage::new(pool().ok()?.get_message_by_name(R::NAME)?);
        dynamic.transcode_from(message).ok()?;
        serde_json::to_string(&dynamic).ok()
    };
    written().unwrap_or_default()
}

/// A message of this name, read from its JSON form. An error says what is wrong and where.
pub(crate) fn read_json<M: prost::Message + Default>(name: &str, text: &str) -> Result<M, String> {
    let pool = pool().map_err(|failure| failure.to_string())?;
    let descriptor = pool.get_message_by_name(name).ok_or_else(|| format!("`{name}` is not in the API"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(descriptor, &mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    message.transcode_to().map_err(|error| error.to_string())
}

/// The API's descriptors.
pub(super) fn pool() -> Result<DescriptorPool, Failure> {
    DescriptorPool::decode(bailiwick_proto::FILE_DESCRIPTOR_SET)
        .map_err(|error| Failure::Machine(format!("this binary does not know its own API: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_there_whatever_its_value() {
        let reply = v1::CheckAccessResponse {
            decision: v1::Decision::Denied.into(),
            reason: v1::Reason::OutOfScope.into(),
            token: vec![1, 2, 3],
            ..Default::default()
        };
        let value: serde_json::Value = serde_json::from_str(&of(&reply).unwrap()).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "decision": "DECISION_DENIED",
                "reason": "REASON_OUT_OF_SCOPE",
                "assignment": "", "role": "", "unit": "",
                "visible": [], "redacted": [], "through": [],
                "token": "AQID",
            })
        );
    }

    #[test]
    fn every_reply_is_in_the_api() {
        let lists = v1::ListChangesResponse::default();
        assert!(of(&lists).unwrap().contains("\"changes\": []"));
        assert!(of(&v1::RevokeKeyResponse::default()).is_ok());
        assert!(of(&v1::LoadWorldResponse::default()).unwrap().contains("\"loaded\": 0"));
    }
}
