//! Where a list of users goes on, as a page token keeps it.

use bailiwick_identity::{Instant, UserId};
use bailiwick_policy::scheme::Rank;
use bailiwick_store::{Place, PlaceKey};

use super::wanted::{Level, Section};

/// Between the parts of a mark: neither ids nor canonical names have it.
const BETWEEN: char = '\n';

/// After which user of which part a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which part.
    pub(super) section: Section,
    /// Unset: from its beginning.
    pub(super) place: Option<Place>,
}

impl Mark {
    pub(super) fn write(&self) -> String {
        let mut parts = vec![match self.section {
            Section::Everyone => "everyone".to_owned(),
            Section::At(Level::Nothing) => "nothing".to_owned(),
            Section::At(Level::Unranked) => "unranked".to_owned(),
            Section::At(Level::Ranked(rank)) => rank.0.to_string(),
        }];
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
        let section = match *section {
            "everyone" => Section::Everyone,
            "nothing" => Section::At(Level::Nothing),
            "unranked" => Section::At(Level::Unranked),
            rank => Section::At(Level::Ranked(Rank(rank.parse().ok()?))),
        };
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
        Some(Self { section, place })
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
        let levels = [Level::Nothing, Level::Unranked, Level::Ranked(Rank(50))].map(Section::At);
        let places = keys.map(|key| Some(Place { key, user: user.clone() }));
        for place in places.into_iter().chain([None]) {
            for section in levels.into_iter().chain([Section::Everyone]) {
                let mark = Mark { section, place: place.clone() };
                assert_eq!(Mark::read(&mark.write()), Some(mark));
            }
        }
        for bad in ["", "x", "1\nu-1", "1\nu-1\nn\na", "1\nu-1\ni\nx", "1\n\nu\na", "-1\nu-1\nu\na"] {
            assert_eq!(Mark::read(bad), None, "{bad:?}");
        }
    }
}
