//! Requests about API keys.

use bailiwick_identity::RealmId;

use super::form::{Form, Violations};
use super::name::Collection;
use crate::v1;

/// How a key names all realms.
const ALL_REALMS: &str = "realms/-";

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Which program it is for.
    pub name: String,
    /// What the program may do; at least one.
    pub permissions: Vec<v1::Permission>,
    /// In which realms; empty: all.
    pub realms: Vec<RealmId>,
}

/// Reads a CreateKey.
///
/// # Errors
/// When anything in it cannot be right.
pub fn create_key(request: v1::CreateKeyRequest) -> Result<NewKey, Violations> {
    let v1::CreateKeyRequest { display_name, permissions, realms } = request;
    let mut form = Form::default();
    if display_name.is_empty() {
        form.fault("display_name", "is required");
    }
    let name = form.title("display_name", display_name);
    let permissions = form.permissions(&permissions);
    let realms = form.realms(&realms);
    let key = (|| Some(NewKey { name: name?, permissions: permissions?, realms: realms? }))();
    form.finish(key)
}

/// Reads the id in a key's name.
///
/// # Errors
/// When it is no key's name.
pub fn key(text: &str) -> Result<String, Violations> {
    let mut form = Form::default();
    let key = form.id("key", Collection::Keys, text, |id| Ok::<_, std::convert::Infallible>(id.to_owned()));
    form.finish(key)
}

impl Form {
    fn permissions(&mut self, values: &[i32]) -> Option<Vec<v1::Permission>> {
        if values.is_empty() {
            self.fault("permissions", "needs at least one");
            return None;
        }
        let mut permissions = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            match v1::Permission::try_from(*value) {
                Ok(permission) if permission != v1::Permission::Unspecified => {
                    if !permissions.contains(&permission) {
                        permissions.push(permission);
                    }
                }
                Ok(_) | Err(_) => {
                    self.fault(format!("permissions[{index}]"), "is no permission that this version knows");
                    return None;
                }
            }
        }
        Some(permissions)
    }

    fn realms(&mut self, texts: &[String]) -> Option<Vec<RealmId>> {
        match texts {
            [] => {
                self.fault("realms", "needs at least one; `realms/-` stands for all");
                None
            }
            [all] if all == ALL_REALMS => Some(Vec::new()),
            some => self.ids("realms", Collection::Realms, some, RealmId::parse),
        }
    }
}
