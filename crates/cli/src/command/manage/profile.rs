//! The fields of a profile, as they are typed.

use bailiwick_proto::v1;
use clap::Args;

use crate::exit::Failure;
use crate::name;

/// The fields that can be set, by their names in the API.
const FIELDS: &str = "prefix, first_name, middle_initial, last_name, suffix, email, birth_date, work_phone, \
    cell_phone, pager, zip, location, line_manager, provider_subject, external_ids.NAME";

/// Fields to be set and cleared.
#[derive(Debug, Args)]
pub(super) struct Fields {
    /// A field to set: `cell_phone=+13125550101`; several times.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = name::pair, required_unless_present = "clear")]
    set: Vec<(String, String)>,
    /// Fields to clear.
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    clear: Vec<String>,
}

impl Fields {
    /// The change that is meant.
    pub(super) fn read(self) -> Result<v1::UpdateProfile, Failure> {
        let (profile, mut fields) = fields_of(self.set)?;
        if let Some(both) = self.clear.iter().find(|field| fields.contains(field)) {
            return Err(Failure::Usage(format!("`{both}` cannot be set and cleared at once")));
        }
        fields.extend(self.clear);
        Ok(v1::UpdateProfile { profile: Some(profile), fields })
    }
}

/// A profile with these fields, and their names.
pub(super) fn fields_of(pairs: Vec<(String, String)>) -> Result<(v1::Profile, Vec<String>), Failure> {
    let mut profile = v1::Profile::default();
    let mut names: Vec<String> = Vec::new();
    for (name, value) in pairs {
        if names.contains(&name) {
            return Err(Failure::Usage(format!("`{name}` is set twice")));
        }
        set(&mut profile, &name, value)?;
        names.push(name);
    }
    Ok((profile, names))
}

fn set(profile: &mut v1::Profile, field: &str, value: String) -> Result<(), Failure> {
    let place = match field {
        "prefix" => &mut profile.prefix,
        "first_name" => &mut profile.first_name,
        "middle_initial" => &mut profile.middle_initial,
        "last_name" => &mut profile.last_name,
        "suffix" => &mut profile.suffix,
        "email" => &mut profile.email,
        "birth_date" => &mut profile.birth_date,
        "work_phone" => &mut profile.work_phone,
        "cell_phone" => &mut profile.cell_phone,
        "pager" => &mut profile.pager,
        "zip" => &mut profile.zip,
        "location" => &mut profile.location,
        "line_manager" => {
            profile.line_manager = name::user(&value).map_err(Failure::Usage)?;
            return Ok(());
        }
        "provider_subject" => &mut profile.provider_subject,
        other => match other.strip_prefix("external_ids.").filter(|name| !name.is_empty()) {
            Some(name) => profile.external_ids.entry(name.to_owned()).or_default(),
            None => return Err(Failure::Usage(format!("there is no field `{other}`; there are {FIELDS}"))),
        },
    };
    *place = value;
    Ok(())
}
