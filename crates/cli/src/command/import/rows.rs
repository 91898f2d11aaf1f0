//! From rows of text to rows of the API: what a level, a type, a unit and a date stand for in this realm.

use std::collections::BTreeMap;

use bailiwick_identity::{Field, holds_national_identifier, is_national_identifier};
use bailiwick_policy::scheme::{Role, Scheme};
use bailiwick_proto::v1;

use super::columns::{Columns, Meaning, plain};
use super::table::Row;

/// How dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DateFormat {
    /// `1994-05-06`.
    Iso,
    /// Month, day, year: `05/06/1994`.
    Mdy,
    /// Day, month, year: `06.05.1994`.
    Dmy,
}

/// What stands in for columns that are not there.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) unit: Option<String>,
    pub(super) home: Option<String>,
    pub(super) role: Option<String>,
    pub(super) user_type: Option<String>,
}

/// The realm's units, by id and by name.
#[derive(Debug, Default)]
pub(super) struct Units {
    ids: BTreeMap<String, ()>,
    names: BTreeMap<String, Vec<String>>,
}

impl Units {
    /// Takes the units of a realm.
    pub(super) fn of(units: &[v1::Unit]) -> Self {
        let mut found = Self::default();
        for unit in units {
            found.ids.insert(unit.name.clone(), ());
            found.names.entry(plain(&unit.display_name)).or_default().push(unit.name.clone());
        }
        found
    }

    /// The unit of an id or a name.
    fn find(&self, text: &str) -> Result<String, String> {
        let id = if text.starts_with("units/") { text.to_owned() } else { format!("units/{text}") };
        if self.ids.contains_key(&id) {
            return Ok(id);
        }
        match self.names.get(&plain(text)).map(Vec::as_slice) {
            Some([only]) => Ok(only.clone()),
            Some([_, _, ..]) => Err("several units have this name: write the unit's id".to_owned()),
            Some([]) | None => Err("is neither the id nor the name of a unit that is seen".to_owned()),
        }
    }
}

/// How rows are read.
pub(super) struct Reading<'l> {
    pub(super) columns: &'l Columns,
    pub(super) scheme: &'l Scheme,
    pub(super) units: &'l Units,
    pub(super) defaults: &'l Defaults,
    pub(super) dates: DateFormat,
    /// Whether assignments say that they cover everything below their unit.
    pub(super) scope: Option<v1::assignment_options::Scope>,
}

/// What is wrong with a row: the field, and why. Repeats no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadRow {
    pub(super) field: String,
    pub(super) problem: String,
}

fn bad(meaning: &Meaning, problem: impl Into<String>) -> BadRow {
    BadRow { field: meaning.name().to_owned(), problem: problem.into() }
}

impl Reading<'_> {
    /// A row as it is sent; or why it cannot be.
    pub(super) fn row(&self, row: &Row) -> Result<v1::ImportRow, BadRow> {
        let text = |meaning: &Meaning| self.columns.text(&row.fields, meaning);
        for (name, value) in self.columns.meanings().filter_map(|m| Some((m, text(m)?))) {
            if is_national(name, value) {
                return Err(bad(name, "national identifiers are never stored, nor sent"));
            }
        }
        let mut profile = v1::Profile::default();
        for field in Field::ALL {
            let meaning = Meaning::Field(field);
            let Some(value) = text(&meaning) else { continue };
            let value = if field == Field::BirthDate {
                iso(value, self.dates).map_err(|problem| bad(&meaning, problem))?
            } else if field == Field::LineManager && !value.starts_with("users/") {
                format!("users/{value}")
            } else {
                value.to_owned()
            };
            set(&mut profile, field, value);
        }
        for name in &self.scheme.users().external_ids {
            let value = text(&Meaning::ExternalId(name.clone()));
            profile.external_ids.extend(value.map(|value| (name.clone(), value.to_owned())));
        }
        let home = self.unit(row, &Meaning::Home, self.defaults.home.as_deref())?;
        let unit = self.unit(row, &Meaning::Unit, self.defaults.unit.as_deref())?;
        let assignment = self.assignment(row, unit.as_deref().or(home.as_deref()))?;
        Ok(v1::ImportRow {
            line: row.line,
            profile: Some(profile),
            username: text(&Meaning::Username).unwrap_or_default().to_owned(),
            // What the row does not say is not compared with what is known: who is new belongs where the role is held.
            home_unit: home.or(unit.filter(|_| assignment.is_none())).unwrap_or_default(),
            assignments: assignment.into_iter().collect(),
        })
    }

    fn unit(&self, row: &Row, meaning: &Meaning, default: Option<&str>) -> Result<Option<String>, BadRow> {
        let text = self.columns.text(&row.fields, meaning).or(default);
        text.map(|text| self.units.find(text)).transpose().map_err(|problem| bad(meaning, problem))
    }

    fn assignment(&self, row: &Row, unit: Option<&str>) -> Result<Option<v1::Assign>, BadRow> {
        let or_else = |meaning: &Meaning, default: &Option<String>| {
            self.columns.text(&row.fields, meaning).map(str::to_owned).or_else(|| default.clone())
        };
        let Some(role) = or_else(&Meaning::Role, &self.defaults.role) else { return Ok(None) };
        let unit = unit.ok_or_else(|| bad(&Meaning::Unit, "is missing: where the role is held"))?;
        let user_type = match or_else(&Meaning::UserType, &self.defaults.user_type) {
            Some(label) => self.user_type(&label)?,
            None => String::new(),
        };
        let scope = self.scope.clone();
        let options = v1::AssignmentOptions { scope, user_type, ..v1::AssignmentOptions::default() };
        Ok(Some(v1::Assign {
            unit: unit.to_owned(),
            role: self.role(&role)?,
            options: Some(options),
            ..Default::default()
        }))
    }

    /// A role by its id, its title, or a part of its title between strokes: `Career Planner/Case Worker`.
    fn role(&self, text: &str) -> Result<String, BadRow> {
        let (wanted, roles) = (plain(text), self.scheme.roles());
        let is_whole = |role: &&Role| plain(&role.name) == wanted || plain(&role.title) == wanted;
        let in_part = |role: &&Role| role.title.split('/').any(|part| plain(part) == wanted);
        let exactly = roles.iter().find(|role| role.name == text);
        let whole = || only(roles.iter().filter(is_whole));
        let part =
            || only(roles.iter().filter(in_part)).filter(|_| !roles.iter().any(|role| is_whole(&role)));
        exactly.or_else(whole).or_else(part).map(|role| role.name.clone()).ok_or_else(|| {
            let known = roles.iter().map(|role| role.title.as_str()).collect::<Vec<_>>().join("`, `");
            bad(&Meaning::Role, format!("is no role of the scheme; there are `{known}`"))
        })
    }

    fn user_type(&self, text: &str) -> Result<String, BadRow> {
        let known = self.scheme.user_types();
        let exactly = known.iter().find(|label| *label == text);
        let like = || only(known.iter().filter(|label| plain(label) == plain(text)));
        exactly.or_else(like).cloned().ok_or_else(|| {
            bad(&Meaning::UserType, format!("is none of the scheme; there are `{}`", known.join("`, `")))
        })
    }
}

/// What there is one of.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

fn set(profile: &mut v1::Profile, field: Field, value: String) {
    let target = match field {
        Field::Prefix => &mut profile.prefix,
        Field::FirstName => &mut profile.first_name,
        Field::MiddleInitial => &mut profile.middle_initial,
        Field::LastName => &mut profile.last_name,
        Field::Suffix => &mut profile.suffix,
        Field::Email => &mut profile.email,
        Field::BirthDate => &mut profile.birth_date,
        Field::WorkPhone => &mut profile.work_phone,
        Field::CellPhone => &mut profile.cell_phone,
        Field::Pager => &mut profile.pager,
        Field::Zip => &mut profile.zip,
        Field::Location => &mut profile.location,
        Field::LineManager => &mut profile.line_manager,
        Field::ProviderSubject => &mut profile.provider_subject,
    };
    *target = value;
}

/// A date as the API has it. The order of day and month is never guessed.
fn iso(text: &str, format: DateFormat) -> Result<String, String> {
    let wanted = match format {
        DateFormat::Iso => "is no date as `YYYY-MM-DD`; other forms are read with --date-format",
        DateFormat::Mdy => "is no date as `MM/DD/YYYY`",
        DateFormat::Dmy => "is no date as `DD/MM/YYYY`",
    };
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return Err(wanted.to_owned()) };
    let (year, month, day) = match format {
        DateFormat::Iso => (a, b, c),
        DateFormat::Mdy => (c, a, b),
        DateFormat::Dmy => (c, b, a),
    };
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return Err(wanted.to_owned());
    }
    Ok(format!("{year}-{month:0>2}-{day:0>2}"))
}

/// Whether a value is a national identifier, whatever its column is called. Nine digits are one in prose only.
fn is_national(meaning: &Meaning, value: &str) -> bool {
    match meaning {
        Meaning::Field(field) => is_national_identifier(*field, value) || holds_national_identifier(value),
        Meaning::ExternalId(_)
        | Meaning::Username
        | Meaning::Home
        | Meaning::Unit
        | Meaning::Role
        | Meaning::UserType => holds_national_identifier(value),
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_policy::scheme::shipped;

    use super::super::columns::Known;
    use super::*;

    fn read(columns: &[&str], row: &[&str], dates: DateFormat) -> Result<v1::ImportRow, BadRow> {
        let (_, toml) = shipped().iter().find(|(name, _)| *name == "dei-teams").unwrap();
        let scheme = Scheme::parse(toml).unwrap();
        let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let columns = Columns::of(&names, &[], &Known::with_ids(&["worknet-id"])).unwrap();
        let unit = |id: &str, name: &str| v1::Unit {
            name: format!("units/{id}"),
            display_name: name.to_owned(),
            ..v1::Unit::default()
        };
        let units = [
            unit("cook", "Cook County"),
            unit("t1", "Cook - Retail"),
            unit("a", "Twice"),
            unit("b", "twice"),
        ];
        let (units, defaults) = (Units::of(&units), Defaults::default());
        let reading = Reading {
            columns: &columns,
            scheme: &scheme,
            units: &units,
            defaults: &defaults,
            dates,
            scope: None,
        };
        reading.row(&Row { line: 2, fields: row.iter().map(|text| (*text).to_owned()).collect() })
    }

    const NAMES: [&str; 3] = ["First Name", "Last Name", "Email"];
    const ANN: [&str; 3] = ["Ann", "Lee", "ann@example.org"];

    fn with(columns: &[&str], row: &[&str]) -> Result<v1::ImportRow, BadRow> {
        read(&[&NAMES[..], columns].concat(), &[&ANN[..], row].concat(), DateFormat::Iso)
    }

    #[test]
    fn levels_types_and_units_are_read_by_id_or_name() {
        for level in ["partner", "Partner", "career planner/case worker", "Case Worker", "career-planner"] {
            let row = with(&["Level", "Partner type", "Region"], &[level, "post secondary", "COOK county"])
                .unwrap();
            let assign = &row.assignments[0];
            assert_eq!((assign.unit.as_str(), row.home_unit.as_str()), ("units/cook", "units/cook"));
            assert!(["partner", "career-planner"].contains(&assign.role.as_str()));
            assert_eq!(assign.options.as_ref().unwrap().user_type, "Post-Secondary");
        }
        let row = with(&["Level", "Region", "Team"], &["partner", "cook", "t1"]).unwrap();
        assert_eq!((row.assignments[0].unit.as_str(), row.home_unit.as_str()), ("units/t1", "units/cook"));
        let row = with(&["Team"], &["Cook - Retail"]).unwrap();
        assert!(row.assignments.is_empty());
        assert_eq!((row.home_unit.as_str(), row.line), ("units/t1", 2));
    }

    #[test]
    fn what_cannot_be_meant_is_said_without_the_value() {
        for (columns, row, field, part) in [
            (&["Level", "Team"][..], &["baker", "t1"][..], "role", "`Career Planner/Case Worker`"),
            (&["Level", "Team", "Type"], &["partner", "t1", "baker"], "user_type", "`Support Service`"),
            (&["Level"], &["partner"], "unit", "is missing"),
            (&["Level", "Team"], &["partner", "baker"], "unit", "neither the id nor the name"),
            (&["Level", "Team"], &["partner", "twice"], "unit", "several units"),
            (&["Location"], &["123-45-6789"], "location", "never stored"),
            (&["Location"], &["Oak St, 123456789"], "location", "never stored"),
            (&["Work phone"], &["123 45 6789"], "work_phone", "never stored"),
            (&["Worknet ID"], &["123\u{2013}45\u{2013}6789"], "worknet-id", "never stored"),
        ] {
            let fault = with(columns, row).unwrap_err();
            assert_eq!(fault.field, field);
            assert!(fault.problem.contains(part) && !fault.problem.contains("baker"), "{fault:?}");
        }
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        assert_eq!(iso("1994-05-06", DateFormat::Iso).as_deref(), Ok("1994-05-06"));
        assert!(iso("05/06/1994", DateFormat::Iso).unwrap_err().contains("--date-format"));
        assert_eq!(iso("5/6/1994", DateFormat::Mdy).as_deref(), Ok("1994-05-06"));
        assert_eq!(iso("05.06.1994", DateFormat::Dmy).as_deref(), Ok("1994-06-05"));
        for bad in ["1994-05-06", "05/06/94", "5/6", "a/b/1994", "005/6/1994", ""] {
            assert!(iso(bad, DateFormat::Mdy).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_means_two_things_means_neither() {
        let (_, toml) = shipped().iter().find(|(name, _)| *name == "dei-teams").unwrap();
        let twice = toml.replace("title = \"Partner\"", "title = \"Super user\"");
        let scheme = Scheme::parse(&twice).unwrap();
        let columns =
            Columns::of(&["First Name", "Last Name", "Email"].map(str::to_owned), &[], &Known::default())
                .unwrap();
        let (units, defaults) = (Units::default(), Defaults::default());
        let (dates, scope) = (DateFormat::Iso, None);
        let reading =
            Reading { columns: &columns, scheme: &scheme, units: &units, defaults: &defaults, dates, scope };
        assert!(reading.role("Super User").is_err());
        assert_eq!(reading.role("super-user").unwrap(), "super-user");
        assert_eq!(reading.role("Case Worker").unwrap(), "career-planner");
        assert_eq!(reading.user_type("k 12").unwrap(), "K-12");
        assert!(reading.user_type("baker").is_err());
    }
}
