//! `bailiwick notify`: mails what is in the outbox.
//!
//! A message is acknowledged once the SMTP server has taken it, and comes again otherwise: at least once. What the server
//! cannot take now is tried again, each message at its own time; what it will not take is told, and left in the outbox
//! until it is over, so that it keeps nothing else waiting. Every quarter of an hour the outbox is read from its
//! beginning: for what was refused or passed over then, and so that nothing is mailed that is of no use by now. Nobody's
//! name or address is printed.

mod mail;
mod template;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bailiwick_client::{Error, Outbox};
use bailiwick_proto::v1;
use clap::Args;
use tokio::time::Instant;

use self::mail::{Mailer, Sent};
use self::template::Templates;
use crate::args::InRealm;
use crate::ask::Asker;
use crate::exit::{Answer, Failure};

/// How long to wait before the second attempt; doubled each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Messages that wait for another attempt; beyond that, no more are taken.
const MOST_WAITING: usize = 1_000;
/// How often the outbox is read from its beginning.
const ROUND: Duration = Duration::from_secs(15 * 60);

/// How to mail.
#[derive(Debug, Args)]
pub(crate) struct Notify {
    /// The SMTP server: `smtps://user:password@host`, `smtp://host?tls=required`, or on this machine `smtp://localhost`.
    /// One with a password belongs in the environment, where other users do not see it.
    #[arg(long, env = "BAILIWICK_SMTP", hide_env_values = true, value_name = "URL")]
    smtp: Smtp,
    /// The sender: `Desk <desk@example.org>`.
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// Where passwords are chosen: the secret is appended to it (`https://example.org/password?secret=`). Without it nothing that
    /// carries a secret is mailed: for realms whose passwords are elsewhere.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// A directory whose `activation.txt`, `reset.txt`, `request_to_approve.txt` and `request_decided.txt` take the place of the
    /// texts that come with the program.
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Mail what is there, once, and end.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    realm: InRealm,
}

/// The address of the server; not to be shown.
#[derive(Clone)]
struct Smtp(String);

impl std::str::FromStr for Smtp {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Smtp(…)")
    }
}

impl Notify {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let templates = Templates::read(self.templates.as_deref()).map_err(Failure::File)?;
        let mailer =
            Mailer::new(&self.smtp.0, &self.from, templates, self.link.as_deref()).map_err(Failure::Usage)?;
        let delivery = Delivery { asker, mailer, realm: self.realm.realm };
        if self.once { delivery.once().await } else { delivery.go_on().await }
    }
}

/// Who delivers.
struct Delivery<'a> {
    asker: &'a Asker<'a>,
    mailer: Mailer,
    realm: String,
}

/// A message that is not done with.
struct Waiting {
    message: v1::OutboxMessage,
    stage: Stage,
    due: Instant,
    pause: Duration,
}

/// What is to be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Mail,
    Acknowledge,
}

/// Why no more comes from a stream.
enum Ended {
    ByServer,
    /// It is time to begin anew.
    Round,
}

impl Waiting {
    fn new(message: v1::OutboxMessage) -> Self {
        Self { message, stage: Stage::Mail, due: Instant::now(), pause: FIRST_PAUSE }
    }

    /// Has it wait, longer each time; says how many seconds.
    fn put_off(&mut self) -> u64 {
        let pause = self.pause;
        self.due = Instant::now() + pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause.as_secs()
    }
}

impl Delivery<'_> {
    /// Mails what is there.
    async fn once(&self) -> Result<Answer, Failure> {
        let mut outbox = self.watch(0, true).await?;
        let (mut taken, mut left) = (0_u32, 0_u32);
        while let Some(message) = outbox.next().await? {
            match self.mailer.send(&self.realm, &message).await {
                Sent::Taken => {
                    self.acknowledge(message.id).await?;
                    taken += 1;
                }
                Sent::Refused(code) => {
                    self.tell_refused(message.id, code);
                    left += 1;
                }
                Sent::NoLink => {
                    self.tell_no_link(message.id);
                    left += 1;
                }
                Sent::NotNow => {
                    self.asker
                        .out
                        .note(&format!("message {}: the SMTP server does not take it now", message.id));
                    left += 1;
                }
            }
        }
        self.asker.out.note(&format!("{taken} mailed, {left} left in the outbox"));
        Ok(if left == 0 { Answer::Yes } else { Answer::No })
    }

    /// Mails what comes, for as long as the process lives.
    async fn go_on(&self) -> Result<Answer, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut waiting = BTreeMap::new();
        loop {
            // What was mailed only waits to be acknowledged; all else is read again.
            waiting.retain(|_, one: &mut Waiting| one.stage == Stage::Acknowledge);
            let failed = match self.listen(&mut waiting, &mut pause).await {
                Ok(Ended::Round) => continue,
                Ok(Ended::ByServer) => "the server has ended the stream".to_owned(),
                Err(error) if may_pass(&error) => format!("the server does not answer: {error}"),
                Err(error) => return Err(error.into()),
            };
            self.asker.out.note(&format!("{failed}; asking again in {} s", pause.as_secs()));
            let due = Instant::now() + pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
            // What waits is tried meanwhile.
            while let Some(next) = next_due(&waiting).filter(|next| *next < due) {
                tokio::time::sleep_until(next).await;
                self.try_again(&mut waiting).await?;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    /// Mails what one stream brings from the beginning, and what waits, for one round.
    async fn listen(
        &self,
        waiting: &mut BTreeMap<u64, Waiting>,
        pause: &mut Duration,
    ) -> Result<Ended, Error> {
        let over = Instant::now() + ROUND;
        let mut outbox = self.watch(0, false).await?;
        loop {
            let due = next_due(waiting);
            let again = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                message = outbox.next(), if waiting.len() < MOST_WAITING => {
                    let Some(message) = message? else { return Ok(Ended::ByServer) };
                    *pause = FIRST_PAUSE;
                    waiting.entry(message.id).or_insert_with(|| Waiting::new(message));
                }
                () = again => {}
                () = tokio::time::sleep_until(over) => return Ok(Ended::Round),
            }
            self.try_again(waiting).await?;
        }
    }

    /// Tries what is due.
    async fn try_again(&self, waiting: &mut BTreeMap<u64, Waiting>) -> Result<(), Error> {
        let now = Instant::now();
        let due: Vec<u64> = waiting.iter().filter(|(_, w)| w.due <= now).map(|(id, _)| *id).collect();
        for id in due {
            let Some(one) = waiting.get_mut(&id) else { continue };
            if one.stage == Stage::Mail {
                match self.mailer.send(&self.realm, &one.message).await {
                    Sent::Taken => one.stage = Stage::Acknowledge,
                    Sent::Refused(code) => {
                        waiting.remove(&id);
                        self.tell_refused(id, code);
                        continue;
                    }
                    Sent::NoLink => {
                        waiting.remove(&id);
                        self.tell_no_link(id);
                        continue;
                    }
                    Sent::NotNow => {
                        let seconds = one.put_off();
                        let text = "the SMTP server does not take it now";
                        self.asker.out.note(&format!("message {id}: {text}; trying again in {seconds} s"));
                        // Its secret is of no use once it is over.
                        if is_over(&one.message) {
                            waiting.remove(&id);
                        }
                        continue;
                    }
                }
            }
            // What was mailed is not mailed again, even where the server is not there to hear of it.
            match self.acknowledge(id).await {
                Ok(()) => drop(waiting.remove(&id)),
                Err(error) if may_pass(&error) => drop(one.put_off()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn watch(&self, after: u64, until_empty: bool) -> Result<Outbox, Error> {
        let request = v1::WatchOutboxRequest { realm: self.realm.clone(), after, until_empty };
        self.asker.client.watch_outbox(request).await
    }

    async fn acknowledge(&self, id: u64) -> Result<(), Error> {
        let request = v1::AcknowledgeOutboxRequest { realm: self.realm.clone(), ids: vec![id] };
        self.asker.client.acknowledge_outbox(request).await.map(drop)
    }

    fn tell_no_link(&self, id: u64) {
        self.asker
            .out
            .note(&format!("message {id}: has a link; say with --link what its secret is appended to"));
    }

    fn tell_refused(&self, id: u64, code: Option<u16>) {
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        self.asker.out.note(&format!("message {id}: refused{code}; it stays in the outbox until it is over"));
    }
}

fn next_due(waiting: &BTreeMap<u64, Waiting>) -> Option<Instant> {
    waiting.values().map(|one| one.due).min()
}

fn is_over(message: &v1::OutboxMessage) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    message.expire_time.as_ref().is_some_and(|end| end.seconds <= now)
}

/// Whether asking again may fare better.
fn may_pass(error: &Error) -> bool {
    use tonic::Code;
    matches!(error.code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Unknown)
}
