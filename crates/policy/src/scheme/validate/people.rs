//! Fields that the scheme has, and no field that is both locked and a person's own.

use std::collections::BTreeSet;

use bailiwick_identity::Field;

use super::Check;
use crate::scheme::document::made_from;

impl Check<'_> {
    pub(super) fn people(&self) {
        let users = &self.scheme.users;
        let value_lists: BTreeSet<Field> = users.value_lists.iter().map(|(field, _)| *field).collect();
        self.present(&["users", "compulsory"], &users.compulsory);
        self.present(&["users", "locked"], &users.locked);
        self.present(&["users", "own"], &users.own);
        self.present(&["credentials", "second_factor_fields"], &self.scheme.credentials.second_factor_fields);
        for field in value_lists.intersection(&users.absent) {
            let problem = format!("`{}` is no field of this scheme", field.name());
            self.fault(&["users", "value_lists", field.name()], problem);
        }
        for &field in made_from(users.username) {
            if users.absent.contains(&field) {
                let problem =
                    format!("usernames are made from `{}`, which is no field of this scheme", field.name());
                self.fault(&["users", "username"], problem);
            }
        }
        for field in users.own.intersection(&users.locked) {
            let at = self.at_word(&["users", "own"], field.name());
            self.faults
                .add(&at, format!("`{}` is locked: it cannot be a person's own to change", field.name()));
        }
    }

    /// Fields that a list names are fields of the scheme. What is compulsory of itself is told elsewhere.
    fn present(&self, path: &[&str], fields: &BTreeSet<Field>) {
        for field in fields.intersection(&self.scheme.users.absent) {
            let at = self.at_word(path, field.name());
            if at.key.ends_with(']') {
                self.faults.add(&at, format!("`{}` is no field of this scheme", field.name()));
            }
        }
    }
}
