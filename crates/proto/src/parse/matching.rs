//! MatchUsers: what is typed about a person who is looked for.

use bailiwick_identity::{Field, kept_external_id, matching::Typed};

use super::form::{Form, Violations};
use super::name::bare;
use super::phone::PhoneCountry;
use crate::v1;

/// Reads what is typed. Nothing typed is ever repeated.
///
/// # Errors
/// When a value cannot be what it stands for, or too little is typed to find anybody by.
pub fn match_users(request: &v1::MatchUsersRequest, country: PhoneCountry) -> Result<Typed, Violations> {
    let v1::MatchUsersRequest {
        realm: _,
        actor: _,
        first_name,
        last_name,
        birth_date,
        email,
        phone,
        zip,
        external_id_name,
        external_id,
        include_disabled: _,
    } = request;
    let mut form = Form::of_country(country);
    let mut typed = Typed::default();
    let values = [
        ("first_name", Field::FirstName, first_name),
        ("last_name", Field::LastName, last_name),
        ("birth_date", Field::BirthDate, birth_date),
        ("email", Field::Email, email),
        ("phone", Field::WorkPhone, phone),
        ("zip", Field::Zip, zip),
    ];
    for (at, field, value) in values.into_iter().filter(|(_, _, value)| !value.trim().is_empty()) {
        match form.field_value(field, value) {
            Ok(value) => drop(typed.fields.insert(field, value)),
            Err(fault) => form.fault(at, fault),
        }
    }
    if !external_id.is_empty() {
        match (bare(external_id_name), kept_external_id(external_id)) {
            (Ok(_), Ok(value)) => typed.external_id = Some((external_id_name.clone(), value)),
            (Err(_), _) => form.fault("external_id_name", "is required: which external id it is"),
            (_, Err(fault)) => form.fault("external_id", fault.to_string()),
        }
    }
    let has = |field| typed.fields.contains_key(&field);
    let enough =
        typed.external_id.is_some() || has(Field::Email) || (has(Field::FirstName) && has(Field::LastName));
    if !enough {
        form.fault(
            "email",
            "nobody is found by so little: type an e-mail address, both names or an external id",
        );
    }
    form.finish(Some(typed))
}
