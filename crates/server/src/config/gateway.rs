//! What a gateway in front of other services asks about, and who its users are.

use serde::Deserialize;

/// What a gateway asks about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// The realm of routes that name none.
    pub realm: Option<String>,
    /// By what a request says who its user is.
    pub user: UserSourceConfig,
    /// What requests are about. One that no route is for is denied.
    pub routes: Vec<RouteConfig>,
}

/// By what a request says who its user is: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSourceConfig {
    /// By a bearer token of the issuer that has the route's realm among its `user_realms`.
    pub token: bool,
    /// By a header that the gateway alone may set: the user's id.
    pub header: Option<String>,
    /// By the certificate that it has shown the gateway: its name, with the user's id at `{user}`.
    pub certificate: Option<String>,
}

/// What requests of one shape are about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// What log and answers call it: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    pub id: String,
    /// The hosts, without ports; empty: every host. A route for the host goes before one for every host.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The methods: `GET`.
    pub methods: Vec<String>,
    /// The path: `/customers/{customer}/notes/{*rest}`. What is written goes before `{one}` segment, that before `{*the}` rest.
    pub path: String,
    /// The realm; unset: the gateway's.
    #[serde(default)]
    pub realm: Option<String>,
    /// What is to be done: `customer.view`.
    #[serde(default)]
    pub capability: Option<String>,
    /// To what: `customers/{customer}`, `units/e`.
    #[serde(default)]
    pub resource: Option<String>,
    /// The record classes that must be visible.
    #[serde(default)]
    pub record_classes: Vec<String>,
    /// For customers: the unit that it is about, `units/{team}`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Instead of a capability: who may pass whatever they may do.
    #[serde(default)]
    pub allow: Option<AllowConfig>,
}

/// Who may pass, whatever they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowConfig {
    /// Everybody, known or not.
    Everybody,
    /// Every active user of the realm.
    ActiveUsers,
}
