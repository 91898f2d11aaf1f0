//! Which method needs which permission. A method without a row here is not served.

use crate::permission::Permission;

/// What a method is for, as far as the queue and the log care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Asking questions: many, short, logged only on request.
    Question,
    /// Everything else.
    Ordinary,
    /// Health: has permits of its own and is not logged.
    Health,
    /// What there is to call: has permits of its own, and an end.
    Description,
}

/// A method and who may call it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// The path of its calls.
    pub(crate) path: &'static str,
    /// Permissions of which the caller needs one. Empty: anyone, without a key.
    pub(crate) needs: &'static [Permission],
    /// What it is for.
    pub(crate) class: Class,
    /// Whether its reply may go on for as long as the caller listens.
    pub(crate) streams: bool,
}

/// On behalf of an actor, or, without one, as an operator; which of the two the handler asks.
const ON_BEHALF: &[Permission] = &[Permission::Manage, Permission::Operate];
/// Any program that has to do with realms.
const ANY: &[Permission] =
    &[Permission::Check, Permission::List, Permission::Follow, Permission::Manage, Permission::Operate];
const CHECK: &[Permission] = &[Permission::Check];
const LIST: &[Permission] = &[Permission::List];
const FOLLOW: &[Permission] = &[Permission::Follow];
const LOGIN: &[Permission] = &[Permission::Login];
const DELIVER: &[Permission] = &[Permission::Deliver];
const OPERATE: &[Permission] = &[Permission::Operate];
const OPEN: &[Permission] = &[];

const fn question(path: &'static str) -> Method {
    Method { path, needs: CHECK, class: Class::Question, streams: false }
}

const fn ordinary(path: &'static str, needs: &'static [Permission]) -> Method {
    Method { path, needs, class: Class::Ordinary, streams: false }
}

const fn health(path: &'static str) -> Method {
    Method { path, needs: OPEN, class: Class::Health, streams: false }
}

const fn description(path: &'static str) -> Method {
    Method { path, needs: OPEN, class: Class::Description, streams: true }
}

const fn streaming(method: Method) -> Method {
    Method { streams: true, ..method }
}

/// Every method that is served.
pub(crate) const METHODS: &[Method] = &[
    // Rows are looked through from the top: what is called most stands there.
    question("/bailiwick.v1.AccessService/CheckAccess"),
    question("/envoy.service.auth.v3.Authorization/Check"),
    question("/bailiwick.v1.AccessService/BatchCheckAccess"),
    ordinary("/bailiwick.v1.AccessService/ExplainAccess", ON_BEHALF),
    ordinary("/bailiwick.v1.AccessService/SummarizeAccess", ON_BEHALF),
    ordinary("/bailiwick.v1.AccessService/ListAllowedResources", LIST),
    streaming(ordinary("/bailiwick.v1.AccessService/StreamAllowedResources", LIST)),
    ordinary("/bailiwick.v1.AccessService/ListAllowedUsers", LIST),
    streaming(ordinary("/bailiwick.v1.AccessService/StreamAllowedUsers", LIST)),
    ordinary("/bailiwick.v1.AccessService/ListAllowedCapabilities", LIST),
    ordinary("/bailiwick.v1.UserService/ManageUser", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/GetUser", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/ListUsers", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/MatchUsers", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/ImportUsers", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/EraseUser", OPERATE),
    ordinary("/bailiwick.v1.UserService/ExportUser", OPERATE),
    ordinary("/bailiwick.v1.UserService/IssueSecret", ON_BEHALF),
    ordinary("/bailiwick.v1.UserService/RedeemSecret", LOGIN),
    ordinary("/bailiwick.v1.UserService/VerifyPassword", LOGIN),
    ordinary("/bailiwick.v1.UnitService/CreateUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/UpdateUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/MoveUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/ArchiveUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/RestoreUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/GetUnit", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/ListUnits", ON_BEHALF),
    ordinary("/bailiwick.v1.UnitService/ListAssignableRoles", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/PlaceCustomer", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/DismissCustomer", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/RemovePlacement", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/ListPlacements", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/UpdateCaseload", ON_BEHALF),
    ordinary("/bailiwick.v1.CustomerService/ListCaseload", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/CreateRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/UpdateRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/SubmitRequests", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/WithdrawRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/DecideRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/FulfilRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/GetRequest", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/ListRequests", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/OpenReview", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/DecideReview", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/CloseReview", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/GetReview", ON_BEHALF),
    ordinary("/bailiwick.v1.RequestService/ListReviews", ON_BEHALF),
    ordinary("/bailiwick.v1.RealmService/CreateRealm", OPERATE),
    ordinary("/bailiwick.v1.RealmService/GetRealm", ANY),
    ordinary("/bailiwick.v1.RealmService/ListRealms", ANY),
    ordinary("/bailiwick.v1.RealmService/FreezeRealm", OPERATE),
    ordinary("/bailiwick.v1.RealmService/GetScheme", ANY),
    ordinary("/bailiwick.v1.RealmService/ValidateScheme", OPERATE),
    ordinary("/bailiwick.v1.RealmService/CompareSchemes", OPERATE),
    ordinary("/bailiwick.v1.RealmService/PutScheme", OPERATE),
    ordinary("/bailiwick.v1.RealmService/LoadWorld", OPERATE),
    ordinary("/bailiwick.v1.ChangeService/ListChanges", FOLLOW),
    streaming(ordinary("/bailiwick.v1.ChangeService/WatchOutbox", DELIVER)),
    ordinary("/bailiwick.v1.ChangeService/AcknowledgeOutbox", DELIVER),
    ordinary("/bailiwick.v1.KeyService/CreateKey", OPERATE),
    ordinary("/bailiwick.v1.KeyService/ListKeys", OPERATE),
    ordinary("/bailiwick.v1.KeyService/RevokeKey", OPERATE),
    // What these tell is in this repository: which methods there are, and whether they answer.
    description("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
    description("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
    health("/grpc.health.v1.Health/Check"),
    streaming(health("/grpc.health.v1.Health/Watch")),
];

impl Method {
    /// Whether it is called on behalf of an actor, or as an operator, and in no other way.
    pub(crate) fn is_on_behalf(&self) -> bool {
        self.needs == ON_BEHALF
    }
}

/// The row of a path.
pub(crate) fn find(path: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.path == path)
}

/// The full names of the services that are served, each once.
pub(crate) fn services() -> Vec<&'static str> {
    let mut names: Vec<&str> = METHODS.iter().filter_map(|m| m.path.get(1..)?.split('/').next()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    fn paths(encoded: &[u8]) -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(encoded).unwrap();
        let mut paths = BTreeSet::new();
        for file in set.file {
            for service in &file.service {
                for method in &service.method {
                    paths.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
                }
            }
        }
        paths
    }

    #[test]
    fn every_method_has_a_row_and_every_row_a_method() {
        let mut described = paths(bailiwick_proto::FILE_DESCRIPTOR_SET);
        for set in [
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ] {
            described.extend(paths(set));
        }
        let rows: BTreeSet<String> = METHODS.iter().map(|method| method.path.to_owned()).collect();
        assert_eq!(rows.len(), METHODS.len(), "a path has two rows");
        // Newer services of the health package are not served.
        let ours: BTreeSet<String> = described.into_iter().filter(|p| !p.ends_with("Health/List")).collect();
        assert_eq!(rows, ours);
    }

    #[test]
    fn only_reflection_and_health_are_open() {
        for method in METHODS.iter().filter(|method| method.needs.is_empty()) {
            assert!(method.path.starts_with("/grpc."), "{}", method.path);
        }
    }
}
