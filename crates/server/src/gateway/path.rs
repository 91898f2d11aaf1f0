//! Paths that every program reads in the same way.
//!
//! What a path means is for the program behind the gateway to say, and programs differ: in whether `%2f` parts segments, `..` leads
//! up, `//` is `/`, and `;` ends something. A path in which any of this matters is no path here.

use std::borrow::Cow;

/// The longest path, in bytes.
const LONGEST: usize = 8 * 1024;

/// A path without its query, its segments decoded; none where it may be read in more than one way.
pub(super) fn plain(path: &str) -> Option<Cow<'_, str>> {
    if path.len() > LONGEST || path.contains('#') {
        return None;
    }
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let segments = path.strip_prefix('/')?;
    if !segments.contains('%') {
        return are_plain(segments).then_some(Cow::Borrowed(path));
    }
    let mut decoded = String::with_capacity(path.len());
    for segment in segments.split('/') {
        decoded.push('/');
        let segment = decode(segment)?;
        // It would be two, or something else, to whoever decodes before parting.
        if segment.contains(['/', '%', '?', '#']) {
            return None;
        }
        decoded.push_str(&segment);
    }
    are_plain(decoded.strip_prefix('/')?).then_some(Cow::Owned(decoded))
}

/// Whether segments are neither empty nor lead elsewhere. The last may be empty: a path may end with `/`.
fn are_plain(segments: &str) -> bool {
    let mut all = segments.split('/').peekable();
    while let Some(segment) = all.next() {
        let is_last = all.peek().is_none();
        let leads_elsewhere = segment == "." || segment == "..";
        let is_odd = segment.contains(|c: char| c.is_control() || c == '\\' || c == ';');
        if leads_elsewhere || is_odd || (segment.is_empty() && !is_last) {
            return false;
        }
    }
    true
}

fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).ok()
}

/// A host in lower case, without its port and the dot that may stand at its end; none where it is written otherwise.
pub(super) fn plain_host(host: &str) -> Option<String> {
    let is_port = |port: &str| port.len() <= 5 && port.bytes().all(|digit| digit.is_ascii_digit());
    let bare = match host.split_once(':') {
        Some((bare, port)) if is_port(port) => bare,
        Some(_) => return None,
        None => host,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let is_plain = !bare.is_empty() && !bare.ends_with('.') && bare.chars().all(good);
    is_plain.then(|| bare.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_without_its_query_and_decoded() {
        for (path, read) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a?b=/../c", "/a"),
            ("/%61/b%20c", "/a/b c"),
            ("/caf%C3%A9", "/caf\u{e9}"),
            ("/pkg.Service/Method", "/pkg.Service/Method"),
            ("/a/...", "/a/..."),
        ] {
            assert_eq!(plain(path).as_deref(), Some(read), "{path}");
        }
    }

    #[test]
    fn what_may_be_read_in_more_than_one_way_is_no_path() {
        for path in [
            "",
            "a",
            "*",
            "http://x/a",
            "/a/../b",
            "/a/..",
            "/./a",
            "/a//b",
            "//a",
            "/a//",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/%2e%2e/b",
            "/%2e/b",
            "/a/.%2e",
            "/a%252fb",
            "/a%25",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a;b",
            "/a%3bb",
            "/a%3fb",
            "/a%23b",
            "/a#b",
            "/a?b#c",
            "/a%00",
            "/a%0a",
            "/a\tb",
            "/a%ff",
            "/a%c0%ae",
            "/a%7f",
        ] {
            assert_eq!(plain(path), None, "{path}");
        }
        assert_eq!(plain(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_host_is_read_in_one_way() {
        for host in ["API.example.org", "api.example.org:8443", "api.example.org.", "api.example.org.:443"] {
            assert_eq!(plain_host(host).as_deref(), Some("api.example.org"), "{host}");
        }
        for host in [
            "",
            ".",
            ":80",
            "x@api.example.org",
            "api.example.org:+80",
            "api.example.org..",
            "a b",
            "[::1]:80",
            "a:b",
        ] {
            assert_eq!(plain_host(host), None, "{host}");
        }
    }
}
