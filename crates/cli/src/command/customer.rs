//! `bailiwick customer`: where customers are.

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{InRealm, OnBehalf, Paging, Writing};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, preview, table, words};

/// What is asked about customers, or done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Customer {
    /// Lists who is in a unit.
    List(List),
    /// Shows where one customer is.
    Show(Show),
    /// Enrols a customer in a unit.
    Place(Place),
    /// Dismisses a customer from a unit; the placement stays, as dismissed.
    Dismiss(Place),
    /// Removes a placement.
    Remove(Place),
}

/// Options of all that is about customers.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Only those enrolled, not those dismissed.
    #[arg(long)]
    enrolled: bool,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

/// Where.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The unit: `job-readiness`.
    #[arg(long, value_parser = name::unit)]
    unit: String,
    #[command(flatten)]
    reading: Reading,
}

/// Who.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The customer: `p-1001`.
    #[arg(value_parser = name::customer)]
    customer: String,
    #[command(flatten)]
    reading: Reading,
}

/// Who and where.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The customer: `p-1001`.
    #[arg(value_parser = name::customer)]
    customer: String,
    /// The unit: `job-readiness`.
    #[arg(value_parser = name::unit)]
    unit: String,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

impl Customer {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        use v1::list_placements_request::Filter;
        match self {
            Self::List(list) => list.reading.run(Filter::Unit(list.unit), asker).await,
            Self::Show(show) => show.reading.run(Filter::Customer(show.customer), asker).await,
            Self::Place(place) => place.enrol(asker).await,
            Self::Dismiss(place) => place.dismiss(asker).await,
            Self::Remove(place) => place.remove(asker).await,
        }
    }
}

impl Reading {
    async fn run(
        self,
        filter: v1::list_placements_request::Filter,
        asker: &Asker<'_>,
    ) -> Result<Answer, Failure> {
        let request = v1::ListPlacementsRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            filter: Some(filter),
            show_dismissed: !self.enrolled,
            ..Default::default()
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListPlacementsRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_placements(request).await?;
            Ok((page.placements, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListPlacementsResponse {
            placements: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| rows(&reply.placements))?;
        Ok(Answer::Yes)
    }
}

impl Place {
    async fn enrol(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::PlaceCustomerRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            customer: self.customer,
            unit: self.unit,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            reason: self.writing.reason,
        };
        let reply = asker.client.place_customer(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.placements.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }

    async fn dismiss(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::DismissCustomerRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            customer: self.customer,
            unit: self.unit,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            reason: self.writing.reason,
        };
        let reply = asker.client.dismiss_customer(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.placements.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }

    async fn remove(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::RemovePlacementRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            customer: self.customer,
            unit: self.unit,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            reason: self.writing.reason,
        };
        let reply = asker.client.remove_placement(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.placements.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }
}

fn rows(placements: &[v1::Placement]) -> String {
    let row = |placement: &v1::Placement| {
        vec![
            words::id(&placement.customer).to_owned(),
            words::id(&placement.unit).to_owned(),
            placement.unit_display_name.clone(),
            words::word(placement.state().as_str_name(), "PLACEMENT_STATE_"),
        ]
    };
    let rows: Vec<_> = placements.iter().map(row).collect();
    table(&["customer", "unit", "called", "state"], &rows)
}

fn written(
    placements: Option<&v1::Placements>,
    revision: u64,
    effects: &[v1::Effect],
    would: Option<&v1::Preview>,
) -> String {
    let list = placements.map(|placements| rows(&placements.placements)).unwrap_or_default();
    let more = fields(&[
        ("also", words::effects(effects)),
        ("would change", preview(would)),
        ("revision", words::revision(revision)),
    ]);
    format!("{list}\n{more}")
}
