//! Handing a mail to the SMTP server.

use std::fmt;
use std::time::Duration;

use bailiwick_proto::v1;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::template::{Template, Templates, Values};
use crate::output::words;

/// How long the SMTP server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// The SMTP server, and what mails look like. Not to be shown: there may be a password in it.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    templates: Templates,
    /// What the secret is appended to; unset: nothing with a link is mailed.
    link: Option<String>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer(…)")
    }
}

/// What became of a mail. Names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// The server has taken it.
    Taken,
    /// The server will never take it: its code, where it gave one.
    Refused(Option<u16>),
    /// The server cannot be reached, or does not take it now.
    NotNow,
    /// It has a link, and nobody said to what.
    NoLink,
}

impl Mailer {
    /// A mailer. Nothing is sent yet.
    pub(super) fn new(
        smtp: &str,
        from: &str,
        templates: Templates,
        link: Option<&str>,
    ) -> Result<Self, String> {
        let from = from.parse().map_err(|_| "--from is no address: `Desk <desk@example.org>`".to_owned())?;
        if link
            .is_some_and(|link| link.is_empty() || link.chars().any(|c| c.is_control() || c.is_whitespace()))
        {
            return Err("--link is an address, without spaces".to_owned());
        }
        encrypted(smtp)?;
        // The fault may quote the address, and a password in it.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp);
        let transport = transport.map_err(|_| {
            "the SMTP server is `smtp://host:port` or `smtps://user:password@host`".to_owned()
        })?;
        let transport = transport.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from, templates, link: link.map(str::to_owned) })
    }

    /// Sends one message.
    pub(super) async fn send(&self, realm: &str, message: &v1::OutboxMessage) -> Sent {
        if self.lacks_link(message) {
            return Sent::NoLink;
        }
        // What cannot be written is not written later either.
        let Some(mail) = self.compose(realm, message) else { return Sent::Refused(None) };
        match self.transport.send(mail).await {
            Ok(_) => Sent::Taken,
            // Whoever does not let this program in at all (530, 535) may do so once that is put right.
            Err(error) if error.is_permanent() && !concerns_everybody(&error) => {
                Sent::Refused(error.status().map(u16::from))
            }
            Err(_) => Sent::NotNow,
        }
    }

    fn lacks_link(&self, message: &v1::OutboxMessage) -> bool {
        self.link.is_none() && self.templates.of(message.kind()).is_some_and(Template::has_link)
    }

    fn compose(&self, realm: &str, message: &v1::OutboxMessage) -> Option<Message> {
        let template = self.templates.of(message.kind())?;
        let values = Values {
            first_name: message.first_name.clone(),
            last_name: message.last_name.clone(),
            username: message.username.clone(),
            realm: words::id(realm).to_owned(),
            expires: words::instant(message.expire_time.as_ref()),
            link: format!("{}{}", self.link.as_deref().unwrap_or_default(), message.secret),
            secret: message.secret.clone(),
            request: words::id(&message.request).to_owned(),
        };
        let (subject, body) = template.fill(&values);
        let address: Address = message.email.parse().ok()?;
        let name = format!("{} {}", message.first_name, message.last_name);
        let name = Some(name.trim().replace(char::is_control, " ")).filter(|name| !name.is_empty());
        // The same for the same message, however often it is sent: who gets it twice can tell.
        let id = format!("<outbox.{}.{}@{}>", words::id(realm), message.id, self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(subject)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .ok()
    }
}

fn concerns_everybody(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

/// Secrets go in the clear to this machine alone. What can be written in two ways is refused, so that nothing is read
/// otherwise where the connection is made.
fn encrypted(smtp: &str) -> Result<(), String> {
    let plain = smtp.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '\\');
    let (scheme, rest) = smtp.split_once("://").unwrap_or_default();
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A path may hold an @, which parts nothing there.
    let authority = authority.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let here = ["localhost", "127.0.0.1", "[::1]"];
    let local = here
        .iter()
        .any(|here| host.strip_prefix(here).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
    let is_safe = match (scheme, query) {
        ("smtps", "") | ("smtp", "tls=required") => true,
        ("smtp", "") => local,
        _ => false,
    };
    if plain && is_safe {
        return Ok(());
    }
    Err("secrets are not sent in the clear: `smtps://…`, or `smtp://…?tls=required`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(smtp: &str, from: &str, link: &str) -> Result<Mailer, String> {
        Mailer::new(smtp, from, Templates::read(None).unwrap(), Some(link))
    }

    #[test]
    fn nothing_goes_in_the_clear_to_another_machine() {
        let link = "https://example.org/a?s=";
        for good in [
            "smtp://127.0.0.1:25",
            "smtp://localhost",
            "smtps://u:p@mail.example.org",
            "smtp://mail.example.org?tls=required",
        ] {
            assert!(mailer(good, "desk@example.org", link).is_ok(), "{good}");
        }
        for bad in [
            "smtp://mail.example.org",
            "smtp://127.0.0.1.example.org",
            "smtp://mail.example.org/x@localhost",
            "smtp://localhost:tiger@mail.example.org",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://mail.example.org?tls=opportunistic&tls=required",
            "smtp://mail.example.org#?tls=required",
            "SMTP://mail.example.org",
            " smtp://mail.example.org",
            "http://tiger@mail.example.org",
        ] {
            let fault = mailer(bad, "desk@example.org", link).unwrap_err();
            assert!(!fault.contains("tiger"), "{bad}: {fault}");
        }
        assert!(mailer("smtp://localhost", "nobody", link).is_err());
        assert!(mailer("smtp://localhost", "desk@example.org", "").is_err());
        assert!(mailer("smtp://localhost", "desk@example.org", "https://example.org/ \r\nx").is_err());
    }

    #[tokio::test]
    async fn without_a_link_nothing_with_a_secret_is_mailed() {
        let templates = Templates::read(None).unwrap();
        let mailer = Mailer::new("smtp://localhost", "desk@example.org", templates, None).unwrap();
        let message = |kind: v1::OutboxKind| v1::OutboxMessage {
            kind: kind.into(),
            email: "jo@example.org".to_owned(),
            ..Default::default()
        };
        for kind in [v1::OutboxKind::Activation, v1::OutboxKind::Reset] {
            assert_eq!(mailer.send("realms/eto", &message(kind)).await, Sent::NoLink);
        }
        for kind in [v1::OutboxKind::RequestToApprove, v1::OutboxKind::RequestDecided] {
            assert!(!mailer.lacks_link(&message(kind)));
            assert!(mailer.compose("realms/eto", &message(kind)).is_some());
        }
    }

    #[test]
    fn a_mail_is_to_one_person_and_no_name_adds_another() {
        let mailer =
            mailer("smtp://localhost", "Desk <desk@example.org>", "https://example.org/a?s=").unwrap();
        let message = v1::OutboxMessage {
            id: 7,
            kind: v1::OutboxKind::Reset.into(),
            email: "jo@example.org".to_owned(),
            first_name: "Jo\r\nBcc: all@example.org".to_owned(),
            last_name: "McGoo, <x@example.org>".to_owned(),
            secret: "geheim".to_owned(),
            ..Default::default()
        };
        let mail = mailer.compose("realms/eto", &message).unwrap();
        assert_eq!(
            mail.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["jo@example.org"]
        );
        let text = String::from_utf8(mail.formatted()).unwrap();
        assert!(
            !text.lines().any(|line| line.starts_with("Bcc")) && text.contains("https://example.org/a?s"),
            "{text}"
        );
        assert!(text.contains("Message-ID: <outbox.eto.7@example.org>"), "{text}");
        assert!(
            mailer
                .compose("realms/eto", &v1::OutboxMessage { email: "x\r\ny@z".to_owned(), ..message.clone() })
                .is_none()
        );
        assert!(mailer.compose("realms/eto", &v1::OutboxMessage { kind: 99, ..message }).is_none());
    }
}
