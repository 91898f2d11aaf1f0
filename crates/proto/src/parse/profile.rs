//! Profiles as callers describe them. Values are personal: no fault repeats one.

use std::collections::BTreeMap;

use bailiwick_identity::{Field, kept, kept_external_id};
use bailiwick_realm::FieldChange;

use super::form::Form;
use super::name::{Collection, bare, named};
use crate::v1;

/// How a change names an external id: `external_ids.staff_number`.
const EXTERNAL: &str = "external_ids.";

/// A profile, read: the fields that have a value.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) fields: BTreeMap<Field, String>,
    pub(crate) external_ids: BTreeMap<String, String>,
}

impl Form {
    pub(crate) fn profile(&mut self, at: &str, profile: v1::Profile) -> Option<Fields> {
        let v1::Profile {
            prefix,
            first_name,
            middle_initial,
            last_name,
            suffix,
            email,
            birth_date,
            work_phone,
            cell_phone,
            pager,
            zip,
            location,
            line_manager,
            provider_subject,
            external_ids,
        } = profile;
        let values = [
            (Field::Prefix, prefix),
            (Field::FirstName, first_name),
            (Field::MiddleInitial, middle_initial),
            (Field::LastName, last_name),
            (Field::Suffix, suffix),
            (Field::Email, email),
            (Field::BirthDate, birth_date),
            (Field::WorkPhone, work_phone),
            (Field::CellPhone, cell_phone),
            (Field::Pager, pager),
            (Field::Zip, zip),
            (Field::Location, location),
            (Field::LineManager, line_manager),
            (Field::ProviderSubject, provider_subject),
        ];
        let mut fields = BTreeMap::new();
        let mut good = true;
        for (field, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
            match self.field_value(field, &value) {
                Ok(value) => {
                    fields.insert(field, value);
                }
                Err(fault) => {
                    good = false;
                    self.fault(format!("{at}.{}", field.name()), fault);
                }
            }
        }
        let mut ids = BTreeMap::new();
        for (name, value) in external_ids {
            let read = match bare(&name) {
                Ok(_) => kept_external_id(&value).map_err(|fault| fault.to_string()),
                Err(_) => Err("an external id has a name".to_owned()),
            };
            match read {
                Ok(value) => drop(ids.insert(name, value)),
                Err(fault) => {
                    good = false;
                    self.fault(format!("{at}.external_ids"), fault);
                }
            }
        }
        good.then_some(Fields { fields, external_ids: ids })
    }

    /// A value in the form in which its field keeps it.
    pub(crate) fn field_value(&self, field: Field, value: &str) -> Result<String, String> {
        match field {
            Field::LineManager => {
                named(Collection::Users, value).map(str::to_owned).map_err(|fault| fault.to_string())
            }
            Field::WorkPhone | Field::CellPhone | Field::Pager => {
                self.country.read(value).map_err(str::to_owned)
            }
            Field::Prefix
            | Field::FirstName
            | Field::MiddleInitial
            | Field::LastName
            | Field::Suffix
            | Field::Email
            | Field::BirthDate
            | Field::Zip
            | Field::Location
            | Field::ProviderSubject => kept(field, value).map_err(|fault| fault.to_string()),
        }
    }

    /// The changes that `fields` names; one that is named and empty is cleared.
    pub(crate) fn profile_changes(
        &mut self,
        at: &str,
        update: v1::UpdateProfile,
    ) -> Option<Vec<FieldChange>> {
        let v1::UpdateProfile { profile, fields } = update;
        let mut profile = self.profile(&format!("{at}.profile"), profile.unwrap_or_default())?;
        if fields.is_empty() {
            self.fault(format!("{at}.fields"), "is required: the fields to take");
        }
        let mut changes = Vec::with_capacity(fields.len());
        for (index, name) in fields.iter().enumerate() {
            // The second would clear what the first has set.
            if fields.iter().take(index).any(|before| before == name) {
                self.fault(format!("{at}.fields[{index}]"), "is named twice");
            } else if let Some(field) = Field::named(name) {
                changes.push(FieldChange::Field(field, profile.fields.remove(&field)));
            } else if let Some(external) = name.strip_prefix(EXTERNAL).filter(|rest| bare(rest).is_ok()) {
                let value = profile.external_ids.remove(external);
                changes.push(FieldChange::ExternalId(external.to_owned(), value));
            } else {
                let valid = Field::ALL.map(Field::name).join("`, `");
                let fault =
                    format!("is no field of a profile; valid are `{valid}` and `external_ids.` with a name");
                self.fault(format!("{at}.fields[{index}]"), fault);
            }
        }
        for field in profile.fields.keys() {
            self.fault(format!("{at}.profile.{}", field.name()), "is set, and `fields` does not name it");
        }
        for external in profile.external_ids.keys() {
            let fault = format!("`{external}` is set, and `fields` does not name it");
            self.fault(format!("{at}.profile.external_ids"), fault);
        }
        Some(changes)
    }
}
