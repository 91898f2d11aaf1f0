//! `bailiwick scheme`: the rules.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_policy::scheme::{Fault, Scheme as Rules, shipped};
use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{InRealm, Writing};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, preview, words};

/// What is asked about schemes, or done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Scheme {
    /// Says every fault of a scheme. Exit code 0: none, 1: faults. Asks no server, unless a realm is named.
    Validate(Validate),
    /// Shows the scheme of a realm, or one that ships with this binary.
    Show(Show),
    /// Says what a scheme would change in a realm. Exit code 0: it could be put in force, 1: it could not.
    Compare(Compare),
    /// Puts a scheme in force in a realm.
    Put(Put),
}

/// Which document.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// The TOML document.
    file: PathBuf,
    /// A realm that the scheme must fit; then the server judges.
    #[arg(long, short, value_parser = name::realm)]
    realm: Option<String>,
}

/// Which scheme.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// One that ships with this binary: `eto`, `illinois-worknet`, `dei-teams` or `cmg-2012`.
    #[arg(required_unless_present = "realm", conflicts_with = "realm")]
    name: Option<String>,
    /// The one in force in this realm.
    #[arg(long, short, value_parser = name::realm)]
    realm: Option<String>,
}

/// Which document, with the one of which realm.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The TOML document.
    file: PathBuf,
    /// Only compare the documents, and say who and what would be stranded.
    #[arg(long)]
    skip_preview: bool,
    #[command(flatten)]
    realm: InRealm,
}

/// Which document, and where.
#[derive(Debug, Args)]
pub(crate) struct Put {
    /// The TOML document.
    file: PathBuf,
    /// Do it even if a root loses its last manager by it.
    #[arg(long)]
    override_last_manager: bool,
    /// The scheme's etag as last read: refused if somebody else was faster.
    #[arg(long, default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

impl Scheme {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Validate(validate) => validate.run(asker).await,
            Self::Show(show) => show.run(asker).await,
            Self::Compare(compare) => compare.run(asker).await,
            Self::Put(put) => put.run(asker).await,
        }
    }
}

impl Validate {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let toml = read_document(&self.file)?;
        let reply = match self.realm {
            Some(realm) => asker.client.validate_scheme(v1::ValidateSchemeRequest { realm, toml }).await?,
            None => v1::ValidateSchemeResponse {
                faults: Rules::parse(&toml).err().unwrap_or_default().into_iter().map(fault).collect(),
            },
        };
        let file = self.file.display().to_string();
        asker.out.reply(&reply, |reply| faults(&file, &reply.faults))?;
        Ok(if reply.faults.is_empty() { Answer::Yes } else { Answer::No })
    }
}

impl Show {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let reply = match (self.realm, self.name) {
            (Some(realm), _) => asker.client.get_scheme(v1::GetSchemeRequest { realm }).await?,
            (None, name) => {
                v1::GetSchemeResponse { scheme: Some(shipped_scheme(&name.unwrap_or_default())?) }
            }
        };
        asker.out.reply(&reply, |reply| reply.scheme.clone().unwrap_or_default().toml)?;
        Ok(Answer::Yes)
    }
}

impl Compare {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::CompareSchemesRequest {
            realm: self.realm.realm,
            toml: read_document(&self.file)?,
            skip_preview: self.skip_preview,
        };
        let reply = asker.client.compare_schemes(request).await?;
        let file = self.file.display().to_string();
        asker.out.reply(&reply, |reply| compared(&file, reply))?;
        let could_be_put = reply.faults.is_empty() && reply.refused() == v1::Reason::Unspecified;
        Ok(if could_be_put { Answer::Yes } else { Answer::No })
    }
}

impl Put {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::PutSchemeRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            toml: read_document(&self.file)?,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            etag: self.etag,
            reason: self.writing.reason,
            override_last_manager: self.override_last_manager,
        };
        let reply = asker.client.put_scheme(request).await?;
        asker.out.reply(&reply, |reply| {
            let scheme = reply.scheme.clone().unwrap_or_default();
            fields(&[
                ("scheme", scheme.name),
                ("title", scheme.title),
                ("also", words::effects(&reply.effects)),
                ("would change", preview(reply.preview.as_ref())),
                ("revision", words::revision(reply.revision)),
            ])
        })?;
        Ok(Answer::Yes)
    }
}

/// Reads a document from a file.
pub(super) fn read_document(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::File(format!("{} cannot be read: {error}", file.display())))
}

fn shipped_scheme(name: &str) -> Result<v1::Scheme, Failure> {
    let known = || shipped().iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (_, toml) = shipped().iter().find(|(shipped, _)| *shipped == name).ok_or_else(|| {
        Failure::Usage(format!("no scheme `{name}` ships with this binary; there are {}", known()))
    })?;
    let title = Rules::parse(toml).map(|scheme| scheme.title().to_owned()).unwrap_or_default();
    Ok(v1::Scheme { toml: (*toml).to_owned(), name: name.to_owned(), title, etag: String::new() })
}

fn fault(fault: Fault) -> v1::SchemeFault {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    v1::SchemeFault {
        line: number(fault.line),
        column: number(fault.column),
        key: fault.key,
        problem: fault.problem,
        allowed: fault.allowed.unwrap_or_default(),
    }
}

fn compared(file: &str, reply: &v1::CompareSchemesResponse) -> String {
    if !reply.faults.is_empty() {
        return faults(file, &reply.faults);
    }
    let differs = |one: &v1::SchemeDifference| match (one.before.as_str(), one.after.as_str()) {
        ("", after) => format!("{} = {after}", one.key),
        (before, "") => format!("{} goes; it was {before}", one.key),
        (before, after) => format!("{} = {after}; it was {before}", one.key),
    };
    let differences: Vec<String> = reply.differences.iter().map(differs).collect();
    let left = |one: &v1::Stranded| {
        let names = words::ids(if one.units.is_empty() { &one.users } else { &one.units });
        format!("{} ({}): {names}", one.what, one.count)
    };
    let stranded: Vec<String> = reply.stranded.iter().map(left).collect();
    fields(&[
        ("differs", if differences.is_empty() { "in nothing".to_owned() } else { differences.join("\n") }),
        ("still in use", stranded.join("\n")),
        ("refused", reply.refused_detail.clone()),
        ("would change", preview(reply.preview.as_ref())),
        ("revision", reply.revision.to_string()),
        ("etag", reply.etag.clone()),
    ])
}

fn faults(file: &str, faults: &[v1::SchemeFault]) -> String {
    if faults.is_empty() {
        return format!("{file}: no faults");
    }
    let line = |fault: &v1::SchemeFault| {
        let key = if fault.key.is_empty() { String::new() } else { format!("{}: ", fault.key) };
        let allowed =
            if fault.allowed.is_empty() { String::new() } else { format!("; allowed: {}", fault.allowed) };
        format!("{file}:{}:{}: {key}{}{allowed}", fault.line, fault.column, fault.problem)
    };
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_judged_without_a_server() {
        let found: Vec<_> = Rules::parse("colour = 1\n").unwrap_err().into_iter().map(fault).collect();
        assert!(!found.is_empty());
        assert!(faults("x.toml", &found).starts_with("x.toml:1:"), "{}", faults("x.toml", &found));
    }

    #[test]
    fn shipped_schemes_are_shown_by_name() {
        assert_eq!(shipped_scheme("eto").unwrap().name, "eto");
        let error = shipped_scheme("oto").unwrap_err().to_string();
        assert!(error.contains("`cmg-2012`"), "{error}");
    }
}
