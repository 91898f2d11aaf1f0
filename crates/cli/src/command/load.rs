//! `bailiwick load`: a world from a file, in commands that may be sent again.

use std::fs;
use std::path::PathBuf;

use bailiwick_client::world_file::{Plan, Step, World};
use bailiwick_client::{Client, Error};
use bailiwick_proto::v1;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tonic::Code;

use crate::args::InRealm;
use crate::ask::Asker;
use crate::exit::{Answer, Failure};

/// Which file, and where to.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The TOML file; `docs/world-files.md` says how one is written.
    file: PathBuf,
    /// Make the realm, under this shipped scheme, if it is not there: `eto`.
    #[arg(long)]
    scheme: Option<String>,
    /// Only read the file, and say what would be sent. Asks no server.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    realm: InRealm,
}

impl Load {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let at = self.file.display().to_string();
        let text = fs::read_to_string(&self.file)
            .map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
        let world = World::parse(&text).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(|fault| format!("{at}: {fault}")).collect();
            Failure::File(lines.join("\n"))
        })?;
        let plan = Plan::new(&world, &self.realm.realm);
        let (entries, commands) = (plan.steps.iter().map(Step::size).sum::<usize>(), plan.steps.len());
        if self.dry_run {
            let value = json!({ "entries": entries, "commands": commands });
            asker.out.line(&format!("{at}: no faults; {entries} entries in {commands} commands"), &value);
            return Ok(Answer::Yes);
        }
        if let Some(scheme) = self.scheme {
            make_realm(&asker.client, &self.realm.realm, &world, scheme).await?;
        }
        let bar = bar(entries);
        let sent = |entries| bar.inc(u64::try_from(entries).unwrap_or(0));
        let loaded = send(&asker.client, &plan, sent).await;
        bar.finish_and_clear();
        loaded.map_err(|(error, line)| match line {
            Some(line) => Failure::Call(Box::new(Error {
                message: format!("{at}, line {line}: {}", error.message),
                index: None,
                ..error
            })),
            None => Failure::from(error),
        })?;
        let value = json!({ "realm": self.realm.realm, "entries": entries, "commands": commands });
        asker.out.line(&format!("{}: {entries} entries in {commands} commands", self.realm.realm), &value);
        Ok(Answer::Yes)
    }
}

/// Makes the realm, unless it is there.
async fn make_realm(client: &Client, realm: &str, world: &World, scheme: String) -> Result<(), Error> {
    match client.get_realm(v1::GetRealmRequest { realm: realm.to_owned() }).await {
        Ok(_) => return Ok(()),
        Err(error) if error.code == Code::NotFound => {}
        Err(error) => return Err(error),
    }
    let request = v1::CreateRealmRequest {
        realm: realm.to_owned(),
        title: world.title.clone(),
        scheme: Some(v1::create_realm_request::Scheme::ShippedScheme(scheme)),
        request_id: format!("load:{}:0", world.digest),
        ..Default::default()
    };
    client.create_realm(request).await.map(|_| ())
}

/// How far a load is, for people.
fn bar(entries: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(entries).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Sends every step in order, and says after each how many entries it brought. An error comes with the line of the
/// entry that was refused.
pub(super) async fn send(
    client: &Client,
    plan: &Plan,
    sent: impl Fn(usize),
) -> Result<(), (Error, Option<usize>)> {
    for step in &plan.steps {
        let answer = match step {
            Step::Load { request, .. } => client.load_world(request.clone()).await.map(|_| ()),
            Step::Suspend { request, .. } => client.manage_user(request.clone()).await.map(|_| ()),
            Step::Archive { request, .. } => client.archive_unit(request.clone()).await.map(|_| ()),
        };
        answer.map_err(|error| {
            let line = step.line(&error);
            (error, line)
        })?;
        sent(step.size());
    }
    Ok(())
}
