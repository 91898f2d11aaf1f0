//! `bailiwick caseload`: who works with whom.

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{InRealm, OnBehalf, Paging, Writing};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, preview, table, words};

/// What is asked about caseloads, or done to them.
#[derive(Debug, Subcommand)]
pub(crate) enum Caseload {
    /// Lists a user's cases.
    List(List),
    /// Puts customers on a user's caseload.
    Add(Change),
    /// Takes customers off a user's caseload.
    Remove(Change),
}

/// Whose.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The user: `sam`.
    #[arg(value_parser = name::user)]
    user: String,
    /// Only in exactly this unit.
    #[arg(long, value_parser = name::unit)]
    unit: Option<String>,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

/// Whose, where, and whom.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The user: `sam`.
    #[arg(value_parser = name::user)]
    user: String,
    /// The unit: `job-readiness`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// The customers: `p-1001`.
    #[arg(value_parser = name::customer, required = true)]
    customers: Vec<String>,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

/// Onto the caseload, or off it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    On,
    Off,
}

impl Caseload {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(asker).await,
            Self::Add(change) => change.run(Direction::On, asker).await,
            Self::Remove(change) => change.run(Direction::Off, asker).await,
        }
    }
}

impl List {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListCaseloadRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            user: self.user,
            unit: self.unit.unwrap_or_default(),
            ..Default::default()
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListCaseloadRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_caseload(request).await?;
            Ok((page.entries, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListCaseloadResponse {
            entries: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            let row = |entry: &v1::CaseloadEntry| {
                vec![words::id(&entry.unit).to_owned(), words::id(&entry.customer).to_owned()]
            };
            let rows: Vec<_> = reply.entries.iter().map(row).collect();
            table(&["unit", "customer"], &rows)
        })?;
        Ok(Answer::Yes)
    }
}

impl Change {
    async fn run(self, direction: Direction, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let unit = self.unit;
        let entries: Vec<_> = self
            .customers
            .into_iter()
            .map(|customer| v1::CaseloadEntry { unit: unit.clone(), customer })
            .collect();
        let (add, remove) = match direction {
            Direction::On => (entries, Vec::new()),
            Direction::Off => (Vec::new(), entries),
        };
        let request = v1::UpdateCaseloadRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            user: self.user,
            add,
            remove,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            reason: self.writing.reason,
        };
        let reply = asker.client.update_caseload(request).await?;
        asker.out.reply(&reply, |reply| {
            let caseload = reply.caseload.clone().unwrap_or_default();
            fields(&[
                ("user", caseload.user),
                ("cases", caseload.size.to_string()),
                ("also", words::effects(&reply.effects)),
                ("would change", preview(reply.preview.as_ref())),
                ("revision", words::revision(reply.revision)),
            ])
        })?;
        Ok(Answer::Yes)
    }
}
