//! Commands about units.

use bailiwick_identity::UnitId;
use bailiwick_realm::{Body, NewUnit};

use super::form::{Form, Violations, given};
use super::name::Collection;
use super::write::{Header, Write};
use crate::v1;

/// Reads a CreateUnit. `fresh` is the id of a unit that is created without a name.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn create_unit(request: v1::CreateUnitRequest, fresh: UnitId) -> Result<Write, Violations> {
    let v1::CreateUnitRequest {
        realm,
        actor,
        unit,
        kind,
        display_name,
        description,
        parents,
        request_id,
        validate_only,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let id =
        if unit.is_empty() { Some(fresh) } else { form.id("unit", Collection::Units, &unit, UnitId::parse) };
    let body = form.new_unit("", id, &kind, display_name, description, &parents).map(Body::CreateUnit);
    Header { realm, actor, request_id, validate_only, reason, skip_preview, ..Header::default() }
        .with(form, body)
}

/// Reads an UpdateUnit.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn update_unit(request: v1::UpdateUnitRequest) -> Result<Write, Violations> {
    let v1::UpdateUnitRequest {
        realm,
        actor,
        unit,
        display_name,
        description,
        fields,
        request_id,
        validate_only,
        etag,
        reason,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let unit = form.id("unit", Collection::Units, &unit, UnitId::parse);
    if fields.is_empty() {
        form.fault("fields", "is required: `display_name`, `description` or both");
    }
    for (index, field) in fields.iter().enumerate() {
        if !matches!(field.as_str(), "display_name" | "description") {
            form.fault(format!("fields[{index}]"), "is no field; valid are `display_name`, `description`");
        }
    }
    let named = |name: &str| fields.iter().any(|field| field == name);
    for (name, value) in [("display_name", &display_name), ("description", &description)] {
        if !value.is_empty() && !named(name) {
            form.fault(name, "is set, and `fields` does not name it");
        }
    }
    let name = form.title("display_name", display_name);
    if named("display_name") && name.as_deref() == Some("") {
        form.fault("display_name", "cannot be cleared");
    }
    let description = form.text("description", description);
    let body = (|| {
        Some(Body::UpdateUnit {
            unit: unit?,
            name: named("display_name").then_some(name?),
            description: named("description").then_some(description?),
        })
    })();
    Header { realm, actor, request_id, validate_only, reason, etag, skip_preview, ..Header::default() }
        .with(form, body)
}

/// Reads a MoveUnit.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn move_unit(request: v1::MoveUnitRequest) -> Result<Write, Violations> {
    let v1::MoveUnitRequest {
        realm,
        actor,
        unit,
        parents,
        request_id,
        validate_only,
        etag,
        reason,
        override_last_manager,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let unit = form.id("unit", Collection::Units, &unit, UnitId::parse);
    let parents = form.parents("parents", &parents);
    let body = (|| Some(Body::MoveUnit { unit: unit?, parents: parents? }))();
    Header { realm, actor, request_id, validate_only, reason, override_last_manager, etag, skip_preview }
        .with(form, body)
}

/// Reads an ArchiveUnit.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn archive_unit(request: v1::ArchiveUnitRequest) -> Result<Write, Violations> {
    let v1::ArchiveUnitRequest {
        realm,
        actor,
        unit,
        request_id,
        validate_only,
        etag,
        reason,
        override_last_manager,
        skip_preview,
    } = request;
    let mut form = Form::default();
    let body = form.id("unit", Collection::Units, &unit, UnitId::parse).map(Body::ArchiveUnit);
    Header { realm, actor, request_id, validate_only, reason, override_last_manager, etag, skip_preview }
        .with(form, body)
}

/// Reads a RestoreUnit.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn restore_unit(request: v1::RestoreUnitRequest) -> Result<Write, Violations> {
    let v1::RestoreUnitRequest { realm, actor, unit, request_id, validate_only, etag, reason, skip_preview } =
        request;
    let mut form = Form::default();
    let body = form.id("unit", Collection::Units, &unit, UnitId::parse).map(Body::RestoreUnit);
    Header { realm, actor, request_id, validate_only, reason, etag, skip_preview, ..Header::default() }
        .with(form, body)
}

impl Form {
    /// A unit to be made; `prefix` stands before its fields' names.
    pub(crate) fn new_unit(
        &mut self,
        prefix: &str,
        id: Option<UnitId>,
        kind: &str,
        display_name: String,
        description: String,
        parents: &[String],
    ) -> Option<NewUnit> {
        let kind = self.scheme_name(&format!("{prefix}kind"), kind);
        let name = self.title(&format!("{prefix}display_name"), display_name);
        let description = self.text(&format!("{prefix}description"), description);
        let parents = self.parents(&format!("{prefix}parents"), parents);
        let id = id?;
        let name = given(name?).unwrap_or_else(|| id.as_str().to_owned());
        Some(NewUnit { id, kind: kind?, name, description: description?, parents: parents? })
    }

    fn parents(&mut self, field: &str, parents: &[String]) -> Option<Vec<UnitId>> {
        let parents = self.ids(field, Collection::Units, parents, UnitId::parse)?;
        let repeated =
            parents.iter().enumerate().any(|(i, parent)| parents.iter().take(i).any(|p| p == parent));
        if repeated {
            self.fault(field, "names a unit twice");
            return None;
        }
        Some(parents)
    }
}
