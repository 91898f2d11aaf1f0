//! `bailiwick gateway`: which route a request at a gateway meets, and what is decided about it.

use std::fs;
use std::path::PathBuf;

use bailiwick_proto::v1;
use bailiwick_server::{Access, Asked, Config, Gateway, Met, Unmet};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, words};

/// Requests at a gateway.
#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Says which route of a configuration a request meets, and whether it may pass. Exit code 0: it may, 1: it may not.
    Test(Test),
}

/// A request at a gateway.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The method: `GET`.
    method: String,
    /// The path: `/customers/p-1001`.
    path: String,
    /// Whoever sends it: `sam`.
    #[arg(long = "as", value_name = "USER", value_parser = name::user)]
    user: String,
    /// The host that it is for.
    #[arg(long, default_value = "localhost")]
    host: String,
    /// The configuration file with the routes.
    #[arg(long, env = "BAILIWICK_CONFIG", value_name = "FILE")]
    config: PathBuf,
}

/// What is decided.
struct Decided {
    route: String,
    asked: String,
    realm: String,
    /// Empty: it may pass.
    reason: String,
}

impl GatewayCommand {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Test(test) => test.run(asker).await,
        }
    }
}

impl Test {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let gateway = self.gateway()?;
        let asked = Asked { method: &self.method, host: &self.host, path: &self.path };
        let decided = match gateway.find(&asked) {
            Ok(met) => self.judged(asker, met).await?,
            Err(unmet) => Decided::unmet(unmet),
        };
        decided.print(asker);
        Ok(if decided.reason.is_empty() { Answer::Yes } else { Answer::No })
    }

    fn gateway(&self) -> Result<Gateway, Failure> {
        let at = self.config.display();
        let text = fs::read_to_string(&self.config)
            .map_err(|error| Failure::File(format!("{at} cannot be read: {}", error.kind())))?;
        let config = Config::parse(&text).map_err(|fault| Failure::File(format!("{at}: {fault}")))?;
        Gateway::of(&config.gateway, &config.callers)
            .map_err(|faults| Failure::File(format!("{at}: {}", faults.join("; "))))
    }

    /// What the service says of a route.
    async fn judged(&self, asker: &Asker<'_>, met: Met<'_>) -> Result<Decided, Failure> {
        let (asked, reason) = match met.access {
            Access::Everybody => ("everybody".to_owned(), String::new()),
            Access::ActiveUsers => ("every active user".to_owned(), self.is_active(asker, met.realm).await?),
            Access::Capability { capability, resource, record_classes, unit } => {
                let asked = format!("{} {capability} {resource}", self.user);
                let request = v1::CheckAccessRequest {
                    realm: met.realm.to_owned(),
                    subject: self.user.clone(),
                    capability: capability.to_owned(),
                    resource,
                    record_classes: record_classes.to_vec(),
                    unit,
                    freshness: None,
                };
                let reply = asker.client.check_access(request).await?;
                let is_allowed = reply.decision() == v1::Decision::Allowed;
                let reason =
                    if is_allowed { String::new() } else { words::reason(reply.reason()).to_owned() };
                (asked, reason)
            }
        };
        Ok(Decided { route: met.route.to_owned(), asked, realm: met.realm.to_owned(), reason })
    }

    /// Why whoever sends it is no active user; empty: they are one.
    async fn is_active(&self, asker: &Asker<'_>, realm: &str) -> Result<String, Failure> {
        let key = Some(v1::get_user_request::Key::User(self.user.clone()));
        let request = v1::GetUserRequest { realm: realm.to_owned(), actor: String::new(), key };
        let reason = match asker.client.get_user(request).await {
            Ok(reply) if reply.user.as_ref().is_some_and(|user| user.disabled.is_none()) => "",
            Ok(_) => "USER_DISABLED",
            Err(error) if error.reason.as_deref() == Some("UNKNOWN_USER") => "UNKNOWN_SUBJECT",
            Err(error) => return Err(error.into()),
        };
        Ok(reason.to_owned())
    }
}

impl Decided {
    fn unmet(unmet: Unmet) -> Self {
        let reason = unmet.code().to_owned();
        Self { route: String::new(), asked: String::new(), realm: String::new(), reason }
    }

    fn print(&self, asker: &Asker<'_>) {
        let (answer, status) = if self.reason.is_empty() { ("ALLOWED", 200) } else { ("DENIED", 403) };
        let lines = fields(&[
            ("route", self.route.clone()),
            ("asked", self.asked.clone()),
            ("realm", self.realm.clone()),
            ("why", self.reason.clone()),
        ]);
        let value = json!({
            "decision": answer,
            "status": status,
            "route": self.route,
            "asked": self.asked,
            "realm": self.realm,
            "reason": self.reason,
        });
        asker.out.line(&format!("{answer}\n{lines}"), &value);
    }
}
