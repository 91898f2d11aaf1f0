//! Where a list of users goes on, as a page token keeps it.

use bailiwick_identity::{Instant, UserId};
use bailiwick_store::{Place, PlaceKey};

/// Between the parts of a mark: neither ids nor canonical names have it.
const BETWEEN: char = '\n';

/// After which user of which part a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The number of the part.
    pub(super) section: usize,
    /// Unset: from its beginning.
    pub(super) place: Option<Place>,
}

impl Mark {
    pub(super) fn write(&self) -> String {
        let mut parts = vec![self.section.to_string()];
        if let Some(Place { key, user }) = &self.place {
            parts.push(user.to_string());
            match key {
                PlaceKey::Name(last, first) => parts.extend(["n".to_owned(), last.clone(), first.clone()]),
                PlaceKey::Username(username) => parts.extend(["u".to_owned(), username.clone()]),
                PlaceKey::Instant(at) => parts.extend(["i".to_owned(), at.as_micros().to_string()]),
            }
        }
        parts.join(&BETWEEN.to_string())
    }

    /// Reads a mark; nothing where it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let (section, place) = parts.split_first()?;
        let key = match *place {
            [] => None,
            [user, "n", last, first] => Some((user, PlaceKey::Name(last.to_owned(), first.to_owned()))),
            [user, "u", username] => Some((user, PlaceKey::Username(username.to_owned()))),
            [user, "i", at] => Some((user, PlaceKey::Instant(Instant::from_micros(at.parse().ok()?)?))),
            _ => return None,
        };
        let place = match key {
            None => None,
            Some((user, key)) => Some(Place { key, user: UserId::parse(user).ok()? }),
        };
        Some(Self { section: section.parse().ok()?, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let user = UserId::parse("u-1").unwrap();
        let keys = [
            PlaceKey::Name("mcgoo".to_owned(), String::new()),
            PlaceKey::Name(String::new(), "i".to_owned()),
            PlaceKey::Username("jmcgoo".to_owned()),
            PlaceKey::Instant(Instant::from_micros(-5).unwrap()),
        ];
        let places = keys.map(|key| Some(Place { key, user: user.clone() }));
        for place in places.into_iter().chain([None]) {
            let mark = Mark { section: 3, place };
            assert_eq!(Mark::read(&mark.write()), Some(mark));
        }
        for bad in ["", "x", "1\nu-1", "1\nu-1\nn\na", "1\nu-1\ni\nx", "1\n\nu\na"] {
            assert_eq!(Mark::read(bad), None, "{bad:?}");
        }
    }
}
