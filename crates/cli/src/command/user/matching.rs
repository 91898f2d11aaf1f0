//! `bailiwick user match`: is somebody there already?

use bailiwick_proto::v1;
use clap::Args;

use super::full_name;
use crate::args::{InRealm, OnBehalf};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::output::{table, words};

/// What is known of who is looked for.
#[derive(Debug, Args)]
pub(crate) struct Match {
    /// The first name.
    #[arg(long, default_value = "", hide_default_value = true)]
    first_name: String,
    /// The last name.
    #[arg(long, default_value = "", hide_default_value = true)]
    last_name: String,
    /// The birth date: `1990-02-28`.
    #[arg(long, default_value = "", hide_default_value = true)]
    birth_date: String,
    /// The e-mail address.
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    /// A telephone number: compared, it finds nobody.
    #[arg(long, default_value = "", hide_default_value = true)]
    phone: String,
    /// The postal code: compared, it finds nobody.
    #[arg(long, default_value = "", hide_default_value = true)]
    zip: String,
    /// How another system knows the person: `staff-number=4711`.
    #[arg(long, value_name = "NAME=VALUE")]
    external_id: Option<String>,
    /// Among disabled users, too.
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    realm: InRealm,
}

impl Match {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let external = self.external_id.as_deref().map(|id| id.split_once('=').unwrap_or((id, "")));
        let (external_id_name, external_id) = external.unwrap_or_default();
        let request = v1::MatchUsersRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            first_name: self.first_name,
            last_name: self.last_name,
            birth_date: self.birth_date,
            email: self.email,
            phone: self.phone,
            zip: self.zip,
            external_id_name: external_id_name.to_owned(),
            external_id: external_id.to_owned(),
            include_disabled: self.disabled,
        };
        let reply = asker.client.match_users(request).await?;
        asker.out.reply(&reply, matches)?;
        let found = !reply.matches.is_empty();
        Ok(if found { Answer::Yes } else { Answer::No })
    }
}

fn matches(reply: &v1::MatchUsersResponse) -> String {
    let row = |found: &v1::UserMatch| {
        let seen = found.user.clone().unwrap_or_default();
        let alike: Vec<String> = found
            .fields
            .iter()
            .map(|f| format!("{} {}", f.field, words::word(f.likeness().as_str_name(), "LIKENESS_")))
            .collect();
        vec![
            found.username.clone(),
            words::id(&seen.name).to_owned(),
            full_name(&seen),
            alike.join(", "),
            found.handle.clone(),
        ]
    };
    let rows: Vec<_> = reply.matches.iter().map(row).collect();
    let outcome = words::word(reply.outcome().as_str_name(), "MATCH_OUTCOME_");
    let more = if reply.more { "\nThere are more: type more." } else { "" };
    format!("{outcome}\n{}{more}", table(&["username", "user", "name", "typed", "handle"], &rows))
}
