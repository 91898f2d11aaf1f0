//! What is written in a mail: templates with placeholders, in plain text.
//!
//! ```text
//! Subject: Your account
//!
//! Hello {first_name}, …
//! {link}
//! ```
//!
//! A placeholder that there is not is an error when the template is read, not when the first mail is due. A value is one
//! line, whatever it holds.

use std::fmt;
use std::path::Path;

use bailiwick_proto::v1::OutboxKind;

/// Templates that come with the program.
const ACTIVATION: &str = include_str!("activation.txt");
const RESET: &str = include_str!("reset.txt");
const REQUEST_TO_APPROVE: &str = include_str!("request_to_approve.txt");
const REQUEST_DECIDED: &str = include_str!("request_decided.txt");

/// What can be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    FirstName,
    LastName,
    Username,
    Realm,
    Expires,
    Link,
    Secret,
    Request,
}

const PLACEHOLDERS: [(&str, Placeholder); 8] = [
    ("first_name", Placeholder::FirstName),
    ("last_name", Placeholder::LastName),
    ("username", Placeholder::Username),
    ("realm", Placeholder::Realm),
    ("expires", Placeholder::Expires),
    ("link", Placeholder::Link),
    ("secret", Placeholder::Secret),
    ("request", Placeholder::Request),
];

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// A template that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    subject: Vec<Piece>,
    body: Vec<Piece>,
}

/// The templates of all kinds.
#[derive(Debug, Clone)]
pub(super) struct Templates {
    activation: Template,
    reset: Template,
    request_to_approve: Template,
    request_decided: Template,
}

/// What is filled in. Not to be shown.
#[derive(Clone, Default)]
pub(super) struct Values {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) username: String,
    pub(super) realm: String,
    pub(super) expires: String,
    pub(super) link: String,
    pub(super) secret: String,
    pub(super) request: String,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Values(…)")
    }
}

impl Templates {
    /// The program's own, each replaced by the file of its name in the directory, where there is one.
    pub(super) fn read(directory: Option<&Path>) -> Result<Self, String> {
        let read = |name: &str, built_in: &str| {
            let file = directory.map(|directory| directory.join(name)).filter(|file| file.exists());
            let Some(file) = file else { return Template::read(built_in) };
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            Template::read(&text).map_err(|fault| format!("{}: {fault}", file.display()))
        };
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(format!("{} is no directory", directory.display()));
        }
        let without_secret = |name: &str, built_in: &str| {
            let template = read(name, built_in)?;
            if template.names(Placeholder::Link) || template.names(Placeholder::Secret) {
                return Err(format!("{name}: there is no secret in such a mail"));
            }
            Ok(template)
        };
        Ok(Self {
            activation: read("activation.txt", ACTIVATION)?,
            reset: read("reset.txt", RESET)?,
            request_to_approve: without_secret("request_to_approve.txt", REQUEST_TO_APPROVE)?,
            request_decided: without_secret("request_decided.txt", REQUEST_DECIDED)?,
        })
    }

    /// The template of a kind; none of one that this version does not know.
    pub(super) fn of(&self, kind: OutboxKind) -> Option<&Template> {
        match kind {
            OutboxKind::Activation => Some(&self.activation),
            OutboxKind::Reset => Some(&self.reset),
            OutboxKind::RequestToApprove => Some(&self.request_to_approve),
            OutboxKind::RequestDecided => Some(&self.request_decided),
            OutboxKind::Unspecified => None,
        }
    }
}

impl Template {
    /// Whether it has a link.
    pub(super) fn has_link(&self) -> bool {
        self.names(Placeholder::Link)
    }

    /// Reads a template: a line `Subject: …`, an empty line, and the text.
    fn read(text: &str) -> Result<Self, String> {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").ok_or("an empty line must follow the subject")?;
        let subject = head.strip_prefix("Subject: ").filter(|subject| !subject.contains(char::is_control));
        let subject = subject.ok_or("the first line must be `Subject: …`, and an empty line the second")?;
        let subject = pieces(subject)?;
        // A subject is seen by whoever looks over a shoulder, and by every server on the way.
        if [Placeholder::Secret, Placeholder::Link]
            .iter()
            .any(|secret| subject.contains(&Piece::Value(*secret)))
        {
            return Err("a secret does not go into the subject".to_owned());
        }
        Ok(Self { subject, body: pieces(body)? })
    }

    fn names(&self, placeholder: Placeholder) -> bool {
        self.body.contains(&Piece::Value(placeholder))
    }

    /// Subject and text, filled in.
    pub(super) fn fill(&self, values: &Values) -> (String, String) {
        (fill(&self.subject, values), fill(&self.body, values))
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before.to_owned()));
        // `{{` is a brace.
        if let Some(after) = after.strip_prefix('{') {
            pieces.push(Piece::Text("{".to_owned()));
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('}').ok_or("a `{` has no `}`")?;
        let known = PLACEHOLDERS.iter().find(|(known, _)| *known == name);
        let (_, placeholder) = known.ok_or_else(|| {
            let all: Vec<_> = PLACEHOLDERS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
            format!("there is no `{{{name}}}`; there are {}", all.join(", "))
        })?;
        pieces.push(Piece::Value(*placeholder));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

fn fill(pieces: &[Piece], values: &Values) -> String {
    let value = |placeholder: Placeholder| match placeholder {
        Placeholder::FirstName => &values.first_name,
        Placeholder::LastName => &values.last_name,
        Placeholder::Username => &values.username,
        Placeholder::Realm => &values.realm,
        Placeholder::Expires => &values.expires,
        Placeholder::Link => &values.link,
        Placeholder::Secret => &values.secret,
        Placeholder::Request => &values.request,
    };
    // A value is one line: nobody's name writes a letter of its own.
    let text = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(placeholder) => value(*placeholder).replace(char::is_control, " "),
    });
    text.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            first_name: "Jo\r\nBcc: all@example.org".to_owned(),
            link: "https://example.org/?s=x".to_owned(),
            ..Values::default()
        }
    }

    #[test]
    fn a_value_adds_no_line_to_the_subject() {
        let template = Template::read("Subject: For {first_name}\n\n{{{link}}\n").unwrap();
        let (subject, body) = template.fill(&values());
        assert_eq!(subject, "For Jo  Bcc: all@example.org");
        assert_eq!(body, "{https://example.org/?s=x}\n");
    }

    #[test]
    fn what_a_template_cannot_have_is_told_when_it_is_read() {
        for (bad, told) in [
            ("Subject: x\n\n{lnik}", "`{lnik}`"),
            ("Subject: x\n\n{link", "no `}`"),
            ("Subject: x\nTo: y\n\n", "first line"),
            ("Hello\n\nyou", "first line"),
            ("Subject: x", "empty line"),
            ("Subject: {secret}\n\n", "subject"),
        ] {
            let fault = Template::read(bad).unwrap_err();
            assert!(fault.contains(told), "{bad:?}: {fault}");
        }
    }

    #[test]
    fn the_programs_own_are_good_and_a_directory_replaces_them() {
        let own = Templates::read(None).unwrap();
        assert!(own.of(OutboxKind::Reset).is_some_and(Template::has_link));
        let directory = tempfile::TempDir::new().unwrap();
        std::fs::write(directory.path().join("reset.txt"), "Subject: Neu\n\n{secret}").unwrap();
        let replaced = Templates::read(Some(directory.path())).unwrap();
        assert_eq!(replaced.of(OutboxKind::Activation), own.of(OutboxKind::Activation));
        assert_ne!(replaced.of(OutboxKind::Reset), own.of(OutboxKind::Reset));
        assert_eq!(replaced.of(OutboxKind::Unspecified), None);
        std::fs::write(directory.path().join("request_decided.txt"), "Subject: Neu\n\n{link}").unwrap();
        assert!(Templates::read(Some(directory.path())).unwrap_err().contains("no secret"));
        std::fs::write(directory.path().join("reset.txt"), "Subject: Neu\n\n{nothing}").unwrap();
        assert!(Templates::read(Some(directory.path())).unwrap_err().contains("reset.txt"));
        assert!(Templates::read(Some(Path::new("/nowhere/at/all"))).is_err());
    }
}
