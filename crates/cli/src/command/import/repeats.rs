//! Rows about somebody of an earlier part: what a dry run, which tries each part on its own, cannot see.

use std::collections::BTreeMap;

use bailiwick_identity::compare::{folded, folded_name};
use bailiwick_proto::v1;

/// By line, the first line of an earlier part that is about the same person.
pub(super) fn across<'r>(parts: impl IntoIterator<Item = &'r [v1::ImportRow]>) -> BTreeMap<u32, u32> {
    let mut first: BTreeMap<String, (usize, u32)> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (part, rows) in parts.into_iter().enumerate() {
        for row in rows {
            for key in row.profile.iter().flat_map(keys) {
                let (earlier, line) = *first.entry(key).or_insert((part, row.line));
                if earlier != part {
                    found.entry(row.line).or_insert(line);
                }
            }
        }
    }
    found
}

/// By what a person is recognised: an e-mail address, an external id, both names with the birth date.
fn keys(profile: &v1::Profile) -> Vec<String> {
    let email = (!profile.email.is_empty()).then(|| format!("email {}", folded(&profile.email)));
    let ids = profile.external_ids.iter().map(|(name, value)| format!("id {name} {value}"));
    let born = (!profile.birth_date.is_empty()).then(|| {
        let (first, last) = (folded_name(&profile.first_name), folded_name(&profile.last_name));
        format!("born {first} {last} {}", profile.birth_date)
    });
    email.into_iter().chain(ids).chain(born).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u32, email: &str, birth_date: &str) -> v1::ImportRow {
        let profile = v1::Profile {
            first_name: "Ann".to_owned(),
            last_name: "Lee".to_owned(),
            email: email.to_owned(),
            birth_date: birth_date.to_owned(),
            ..v1::Profile::default()
        };
        v1::ImportRow { line, profile: Some(profile), ..v1::ImportRow::default() }
    }

    #[test]
    fn a_person_of_an_earlier_part_is_known_again() {
        let first = [row(2, "ann@example.org", ""), row(3, "ANN@example.org", ""), row(4, "", "1990-01-01")];
        let second =
            [row(5, "Ann@Example.org", ""), row(6, "", "1990-01-01"), row(7, "other@example.org", "")];
        let found = across([&first[..], &second[..]]);
        assert_eq!(found, BTreeMap::from([(5, 2), (6, 4)]));
    }
}
