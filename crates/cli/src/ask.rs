//! Asking: the client, the output, and what every command needs beside them.

use std::fs;
use std::path::Path;

use bailiwick_client::{ApiKey, Client, Error, Identity, Settings};

use crate::args::{Connection, Paging, Writing};
use crate::exit::Failure;
use crate::output::Output;

/// What a command asks with.
pub(crate) struct Asker<'o> {
    /// The connection.
    pub(crate) client: Client,
    /// Where answers are printed.
    pub(crate) out: &'o Output,
}

impl<'o> Asker<'o> {
    /// Prepares to ask; connects with the first call.
    pub(crate) fn new(connection: &Connection, out: &'o Output) -> Result<Self, Failure> {
        let settings = Settings {
            server: connection.server.clone(),
            authority: connection.ca_file.as_deref().map(read).transpose()?,
            identity: identity(connection)?,
            api_key: api_key(connection)?,
            deadline: connection.deadline,
        };
        Ok(Self { client: Client::new(&settings)?, out })
    }
}

fn identity(connection: &Connection) -> Result<Option<Identity>, Failure> {
    let (Some(certificate), Some(key)) = (&connection.certificate_file, &connection.certificate_key_file)
    else {
        return Ok(None);
    };
    Ok(Some(Identity::new(&read(certificate)?, &read(key)?)))
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::File(format!("{} cannot be read: {}", file.display(), error.kind())))
}

fn api_key(connection: &Connection) -> Result<Option<ApiKey>, Failure> {
    let text = match (&connection.api_key, &connection.api_key_file) {
        (Some(secret), _) => secret.0.clone(),
        (None, Some(file)) => read(file)?,
        (None, None) => return Ok(None),
    };
    ApiKey::new(&text).map(Some).map_err(|error| Failure::Usage(error.to_string()))
}

impl Writing {
    /// The name of the command: the one given, or a new one, so that it can be sent again when an answer is lost.
    pub(crate) fn request_id(&self) -> Result<String, Failure> {
        if let Some(id) = &self.request_id {
            return Ok(id.clone());
        }
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::Machine(format!("this machine gives no random bytes: {error}")))?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("cli:{digits}"))
    }
}

/// Everything that a paged list has, or as much as was asked for.
pub(crate) struct Listed<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
    /// Where the next row would be; empty: there is none.
    pub(crate) next_page_token: String,
    /// What the last page said of its state (revision or head).
    pub(crate) revision: u64,
}

/// One page: its rows, the next page's token, its revision.
pub(crate) type Page<T> = (Vec<T>, String, u64);

/// Reads pages until the list ends or the limit is reached; says so where it was the limit.
pub(crate) async fn pages<T>(
    paging: &Paging,
    out: &Output,
    mut read: impl AsyncFnMut(i32, String) -> Result<Page<T>, Error>,
) -> Result<Listed<T>, Failure> {
    let mut listed = Listed { rows: Vec::new(), next_page_token: String::new(), revision: 0 };
    loop {
        let read_yet = u64::try_from(listed.rows.len()).unwrap_or(u64::MAX);
        let left = paging.limit.map_or(1_000, |limit| limit.saturating_sub(read_yet).min(1_000));
        let size = i32::try_from(left).unwrap_or(1_000);
        let (rows, next_page_token, revision) = read(size, listed.next_page_token).await?;
        listed.rows.extend(rows);
        listed.next_page_token = next_page_token;
        listed.revision = revision;
        let enough =
            paging.limit.is_some_and(|limit| u64::try_from(listed.rows.len()).is_ok_and(|n| n >= limit));
        if listed.next_page_token.is_empty() {
            return Ok(listed);
        }
        if enough {
            out.note("there is more: --limit ended the list");
            return Ok(listed);
        }
    }
}
