//! `bailiwick request`: asking for changes, approving them, and carrying them out.

mod list;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use self::shown::{asked, text, written};
use crate::args::{InRealm, OnBehalf, Writing};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::read_json;

/// Where, on whose behalf, and how.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

/// What is done to requests.
#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// Shows a request, and who may approve it.
    Show(One),
    /// Lists requests: one's own, those about somebody, those that wait for one.
    List(list::List),
    /// Drafts a request. Nothing waits for anybody yet.
    Draft(Draft),
    /// Changes what a draft asks for.
    Edit(Edit),
    /// Submits drafts, all or none.
    Submit(Submit),
    /// Takes a draft or a submitted request back.
    Withdraw(One),
    /// Approves a request, as far as it is the actor's to approve.
    Approve(Approve),
    /// Rejects a request; `--reason` says why.
    Reject(One),
    /// Says that a desk has carried out what was approved.
    Fulfil(One),
}

/// Which request.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The request: `r-17`.
    #[arg(value_parser = name::request)]
    request: String,
    #[command(flatten)]
    common: Common,
}

/// What is asked for.
#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// A JSON file with what is asked for, as in the API's `RequestContent`; without, with `--copy-of`: the same as that.
    #[arg(required_unless_present = "copy_of")]
    file: Option<PathBuf>,
    /// The name it shall have; without: one is made.
    #[arg(long, value_parser = name::request)]
    name: Option<String>,
    /// The request of which it is a copy.
    #[arg(long, value_name = "REQUEST", value_parser = name::request)]
    copy_of: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// What a draft shall ask for.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The request: `r-17`.
    #[arg(value_parser = name::request)]
    request: String,
    /// A JSON file with all that it asks for from now on, as in the API's `RequestContent`.
    file: PathBuf,
    /// The digest of what was read: refused if somebody else was faster.
    #[arg(long, value_name = "DIGEST", value_parser = name::digest)]
    content: Option<name::Digest>,
    #[command(flatten)]
    common: Common,
}

/// Which drafts.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The requests: `r-17 r-18`.
    #[arg(value_parser = name::request, required = true)]
    requests: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// What is approved.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The request: `r-17`.
    #[arg(value_parser = name::request)]
    request: String,
    /// The digest of what was read, as `show` tells it.
    #[arg(long, value_name = "DIGEST", value_parser = name::digest)]
    content: name::Digest,
    #[command(flatten)]
    common: Common,
}

impl Request {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Show(one) => one.show(asker).await,
            Self::List(list) => list.run(asker).await,
            Self::Draft(draft) => draft.run(asker).await,
            Self::Edit(edit) => edit.run(asker).await,
            Self::Submit(submit) => submit.run(asker).await,
            Self::Withdraw(one) => one.withdraw(asker).await,
            Self::Approve(approve) => {
                let Approve { request, content, common } = approve;
                decide(asker, One { request, common }, v1::RequestDecision::Approve, content.0).await
            }
            Self::Reject(one) => decide(asker, one, v1::RequestDecision::Reject, Vec::new()).await,
            Self::Fulfil(one) => one.fulfil(asker).await,
        }
    }
}

impl One {
    async fn show(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::GetRequestRequest {
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            request: self.request,
        };
        let reply = asker.client.get_request(request).await?;
        asker.out.reply(&reply, asked)?;
        Ok(Answer::Yes)
    }

    async fn withdraw(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::WithdrawRequestRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            request: self.request,
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.withdraw_request(request).await?;
        asker.out.reply(&reply, |reply| written(reply.request.as_ref(), reply.revision, &[]))?;
        Ok(Answer::Yes)
    }

    async fn fulfil(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::FulfilRequestRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            request: self.request,
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.fulfil_request(request).await?;
        asker.out.reply(&reply, |reply| written(reply.request.as_ref(), reply.revision, &reply.effects))?;
        Ok(Answer::Yes)
    }
}

async fn decide(
    asker: &Asker<'_>,
    one: One,
    decision: v1::RequestDecision,
    content_digest: Vec<u8>,
) -> Result<Answer, Failure> {
    let request = v1::DecideRequestRequest {
        request_id: one.common.writing.request_id()?,
        realm: one.common.realm.realm,
        actor: one.common.actor.name(),
        request: one.request,
        decision: decision.into(),
        content_digest,
        validate_only: one.common.writing.dry_run,
        reason: one.common.writing.reason,
    };
    let reply = asker.client.decide_request(request).await?;
    asker.out.reply(&reply, |reply| written(reply.request.as_ref(), reply.revision, &reply.effects))?;
    Ok(Answer::Yes)
}

impl Draft {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::CreateRequestRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            request: self.name.unwrap_or_default(),
            copy_of: self.copy_of.unwrap_or_default(),
            content: self.file.as_deref().map(content_of).transpose()?,
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.create_request(request).await?;
        asker.out.reply(&reply, |reply| written(reply.request.as_ref(), reply.revision, &[]))?;
        Ok(Answer::Yes)
    }
}

impl Edit {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::UpdateRequestRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            request: self.request,
            content: Some(content_of(&self.file)?),
            content_digest: self.content.map(|digest| digest.0).unwrap_or_default(),
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.update_request(request).await?;
        asker.out.reply(&reply, |reply| written(reply.request.as_ref(), reply.revision, &[]))?;
        Ok(Answer::Yes)
    }
}

impl Submit {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let named = |request| v1::RequestRead { request, content_digest: Vec::new() };
        let request = v1::SubmitRequestsRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            requests: self.requests.into_iter().map(named).collect(),
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.submit_requests(request).await?;
        asker.out.reply(&reply, |reply| {
            let requests: String = reply.requests.iter().map(|request| text(request) + "\n").collect();
            requests + &written(None, reply.revision, &reply.effects)
        })?;
        Ok(Answer::Yes)
    }
}

fn content_of(file: &Path) -> Result<v1::RequestContent, Failure> {
    let at = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
    read_json("bailiwick.v1.RequestContent", &text).map_err(|fault| Failure::File(format!("{at}: {fault}")))
}
