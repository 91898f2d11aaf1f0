//! `bailiwick allowed`: to what may this user do something, who may do it to this, and what may be done?

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{InRealm, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{table, words};

/// Which list.
#[derive(Debug, Subcommand)]
pub(crate) enum Allowed {
    /// To what a user may do something: `resources sam customer.view`.
    Resources(Resources),
    /// Who may do something to a resource: `users customer.view customers/p-1001`.
    Users(Users),
    /// What a user may do to a resource: `capabilities sam customers/p-1001`.
    Capabilities(Capabilities),
}

/// What narrows a list about customers.
#[derive(Debug, Args)]
pub(crate) struct OfCustomers {
    /// For customers: only placements at exactly this unit count.
    #[arg(long, value_name = "UNIT", value_parser = name::unit)]
    at: Option<String>,
    /// For customers: the record classes that must be visible.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    classes: Vec<String>,
}

/// To whom a list is told.
#[derive(Debug, Args)]
pub(crate) struct To {
    /// The user to whom it is told: only what this user sees. Without: all that is allowed.
    #[arg(long = "as", value_name = "ACTOR", value_parser = name::user)]
    actor: Option<String>,
}

/// To what a user may do something.
#[derive(Debug, Args)]
pub(crate) struct Resources {
    /// The user who wants to act: `sam`.
    #[arg(value_parser = name::user)]
    subject: String,
    /// What is to be done: `customer.view`.
    capability: String,
    /// For units: only of this kind.
    #[arg(long)]
    kind: Option<String>,
    #[command(flatten)]
    of: OfCustomers,
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

/// Who may do something to a resource.
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// What is to be done: `customer.view`.
    capability: String,
    /// To what: `customers/p-1001`, `units/north`, `users/tom` or `systems/verint`.
    #[arg(value_parser = name::resource)]
    resource: String,
    #[command(flatten)]
    of: OfCustomers,
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

/// What a user may do to a resource.
#[derive(Debug, Args)]
pub(crate) struct Capabilities {
    /// The user who wants to act: `sam`.
    #[arg(value_parser = name::user)]
    subject: String,
    /// To what: `customers/p-1001`, `units/north`, `users/tom` or `systems/verint`.
    #[arg(value_parser = name::resource)]
    resource: String,
    /// For customers: the unit that the question is about; only placements at exactly that unit count.
    #[arg(long, value_name = "UNIT", value_parser = name::unit)]
    at: Option<String>,
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

impl Allowed {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Resources(list) => list.run(asker).await,
            Self::Users(list) => list.run(asker).await,
            Self::Capabilities(list) => list.run(asker).await,
        }
    }
}

impl Resources {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListAllowedResourcesRequest {
            realm: self.realm.realm,
            subject: self.subject,
            capability: self.capability,
            record_classes: self.of.classes,
            unit: self.of.at.unwrap_or_default(),
            kind: self.kind.unwrap_or_default(),
            actor: self.to.actor.unwrap_or_default(),
            ..Default::default()
        };
        let mut in_part = false;
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListAllowedResourcesRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_allowed_resources(request).await?;
            in_part |= page.in_part;
            Ok((page.resources, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListAllowedResourcesResponse {
            resources: listed.rows,
            in_part,
            token: Vec::new(),
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            let row =
                |row: &v1::AllowedResource| through(&row.resource, &row.role, &row.unit, &row.assignment);
            let rows: Vec<_> = reply.resources.iter().map(row).collect();
            with_rest(table(&["resource", "as", "at", "by"], &rows), reply.in_part)
        })?;
        Ok(Answer::Yes)
    }
}

impl Users {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListAllowedUsersRequest {
            realm: self.realm.realm,
            resource: self.resource,
            capability: self.capability,
            record_classes: self.of.classes,
            unit: self.of.at.unwrap_or_default(),
            actor: self.to.actor.unwrap_or_default(),
            ..Default::default()
        };
        let mut in_part = false;
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListAllowedUsersRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_allowed_users(request).await?;
            in_part |= page.in_part;
            Ok((page.users, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListAllowedUsersResponse {
            users: listed.rows,
            in_part,
            token: Vec::new(),
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            let row = |row: &v1::AllowedUser| through(&row.user, &row.role, &row.unit, &row.assignment);
            let rows: Vec<_> = reply.users.iter().map(row).collect();
            with_rest(table(&["user", "as", "at", "by"], &rows), reply.in_part)
        })?;
        Ok(Answer::Yes)
    }
}

impl Capabilities {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListAllowedCapabilitiesRequest {
            realm: self.realm.realm,
            subject: self.subject,
            resource: self.resource,
            unit: self.at.unwrap_or_default(),
            actor: self.to.actor.unwrap_or_default(),
            ..Default::default()
        };
        let mut in_part = false;
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListAllowedCapabilitiesRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_allowed_capabilities(request).await?;
            in_part |= page.in_part;
            Ok((page.capabilities, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListAllowedCapabilitiesResponse {
            capabilities: listed.rows,
            in_part,
            token: Vec::new(),
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            let rows: Vec<_> = reply.capabilities.iter().map(capability).collect();
            with_rest(table(&["capability", "as", "at", "by", "visible"], &rows), reply.in_part)
        })?;
        Ok(Answer::Yes)
    }
}

/// A list, and whether something decides that is not seen.
fn with_rest(list: String, in_part: bool) -> String {
    if !in_part {
        return list;
    }
    format!("{list}\nonly by what is seen: something else is held, out of sight\n")
}

/// A row, and through what it is allowed.
fn through(name: &str, role: &str, unit: &str, assignment: &str) -> Vec<String> {
    vec![name.to_owned(), role.to_owned(), words::id(unit).to_owned(), assignment.to_owned()]
}

fn capability(row: &v1::AllowedCapability) -> Vec<String> {
    let answer = row.answer.clone().unwrap_or_default();
    let mut cells = through(&row.capability, &answer.role, &answer.unit, &answer.assignment);
    cells.push(answer.visible.join(", "));
    cells
}
