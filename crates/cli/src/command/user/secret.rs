//! `bailiwick user issue-secret`: with which somebody sets a password.

use bailiwick_proto::v1;
use clap::Args;

use crate::args::{InRealm, OnBehalf, Writing};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, words};

/// What to issue, and to whom.
#[derive(Debug, Args)]
pub(crate) struct IssueSecret {
    /// The user: `dana`.
    #[arg(value_parser = name::user)]
    user: String,
    /// What for.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Show it here, once, instead of mailing it to the address on file. A password for once is always shown.
    #[arg(long, required_if_eq("kind", "one-time-password"))]
    show: bool,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// To choose the first password.
    Activation,
    /// To choose another one.
    Reset,
    /// To sign in once and choose another one.
    OneTimePassword,
}

impl IssueSecret {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let kind = match self.kind {
            Kind::Activation => v1::SecretKind::Activation,
            Kind::Reset => v1::SecretKind::Reset,
            Kind::OneTimePassword => v1::SecretKind::OneTimePassword,
        };
        let delivery = if self.show { v1::SecretDelivery::Show } else { v1::SecretDelivery::Mail };
        let request = v1::IssueSecretRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            user: self.user,
            kind: kind.into(),
            delivery: delivery.into(),
            validate_only: self.writing.dry_run,
            reason: self.writing.reason,
            ..Default::default()
        };
        let reply = asker.client.issue_secret(request).await?;
        asker.out.reply(&reply, |reply| {
            fields(&[
                ("secret", reply.secret.clone()),
                ("good until", words::instant(reply.expire_time.as_ref())),
                ("also", words::effects(&reply.effects)),
                ("revision", words::revision(reply.revision)),
            ])
        })?;
        if reply.secret_already_shown {
            asker.out.note(
                "The secret was shown when this was first sent, and is not shown again: issue another one.",
            );
        } else if !reply.secret.is_empty() {
            asker.out.note("Give it to its owner alone, now: it is never shown again.");
        }
        Ok(Answer::Yes)
    }
}
