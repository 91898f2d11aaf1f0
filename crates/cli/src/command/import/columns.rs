//! Which column of a list means what: by its name, or as `--map` says.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::Field;
use bailiwick_policy::scheme::Scheme;

/// What a column may mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// A field of the profile.
    Field(Field),
    /// An external id, by its name in the scheme.
    ExternalId(String),
    /// The name to sign in with.
    Username,
    /// Where the person belongs.
    Home,
    /// Where they are given the role.
    Unit,
    /// The role; a level of access.
    Role,
    /// The label: a partner type.
    UserType,
}

/// Names that are recognised, without case, spaces and punctuation. The fields' own names are, too.
const ALIASES: [(&str, Meaning); 46] = [
    ("first", Meaning::Field(Field::FirstName)),
    ("givenname", Meaning::Field(Field::FirstName)),
    ("forename", Meaning::Field(Field::FirstName)),
    ("last", Meaning::Field(Field::LastName)),
    ("surname", Meaning::Field(Field::LastName)),
    ("familyname", Meaning::Field(Field::LastName)),
    ("mi", Meaning::Field(Field::MiddleInitial)),
    ("emailaddress", Meaning::Field(Field::Email)),
    ("mail", Meaning::Field(Field::Email)),
    ("dateofbirth", Meaning::Field(Field::BirthDate)),
    ("birthday", Meaning::Field(Field::BirthDate)),
    ("dob", Meaning::Field(Field::BirthDate)),
    ("phone", Meaning::Field(Field::WorkPhone)),
    ("phonenumber", Meaning::Field(Field::WorkPhone)),
    ("telephone", Meaning::Field(Field::WorkPhone)),
    ("mobile", Meaning::Field(Field::CellPhone)),
    ("mobilephone", Meaning::Field(Field::CellPhone)),
    ("cell", Meaning::Field(Field::CellPhone)),
    ("zipcode", Meaning::Field(Field::Zip)),
    ("postalcode", Meaning::Field(Field::Zip)),
    ("postcode", Meaning::Field(Field::Zip)),
    ("worklocation", Meaning::Field(Field::Location)),
    ("manager", Meaning::Field(Field::LineManager)),
    ("user", Meaning::Username),
    ("username", Meaning::Username),
    ("login", Meaning::Username),
    ("home", Meaning::Home),
    ("homeunit", Meaning::Home),
    ("region", Meaning::Home),
    ("unit", Meaning::Unit),
    ("team", Meaning::Unit),
    ("site", Meaning::Unit),
    ("group", Meaning::Unit),
    ("program", Meaning::Unit),
    ("programme", Meaning::Unit),
    ("organization", Meaning::Unit),
    ("organisation", Meaning::Unit),
    ("role", Meaning::Role),
    ("level", Meaning::Role),
    ("access", Meaning::Role),
    ("accesslevel", Meaning::Role),
    ("levelofaccess", Meaning::Role),
    ("usertype", Meaning::UserType),
    ("type", Meaning::UserType),
    ("partnertype", Meaning::UserType),
    ("typeofpartner", Meaning::UserType),
];

/// Names of columns that hold what is never kept.
const NATIONAL: [&str; 12] = [
    "ssn",
    "ssnumber",
    "socialsecurity",
    "socialsecuritynumber",
    "socialsecurityno",
    "itin",
    "nationalinsurance",
    "nationalinsurancenumber",
    "nino",
    "nationalid",
    "nationalidentifier",
    "taxpayerid",
];

/// What every column means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// By meaning, the place of the column.
    places: BTreeMap<Meaning, usize>,
    /// Columns that mean nothing here, as they are called.
    pub(super) ignored: Vec<String>,
}

/// What columns can mean in a realm.
#[derive(Debug, Default)]
pub(super) struct Known {
    external_ids: Vec<String>,
    absent: BTreeSet<Field>,
    has_user_types: bool,
}

impl Known {
    /// What a scheme has.
    pub(super) fn of(scheme: &Scheme) -> Self {
        let users = scheme.users();
        Self {
            external_ids: users.external_ids.iter().cloned().collect(),
            absent: users.absent.clone(),
            has_user_types: !scheme.user_types().is_empty(),
        }
    }

    /// Whether the scheme has nothing that would have this meaning.
    fn lacks(&self, meaning: &Meaning) -> bool {
        match meaning {
            Meaning::Field(field) => self.absent.contains(field),
            Meaning::UserType => !self.has_user_types,
            Meaning::ExternalId(_) | Meaning::Username | Meaning::Home | Meaning::Unit | Meaning::Role => {
                false
            }
        }
    }

    #[cfg(test)]
    pub(super) fn with_ids(ids: &[&str]) -> Self {
        let external_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        Self { external_ids, absent: BTreeSet::new(), has_user_types: true }
    }
}

/// The column of a name: as it is written, or else the only one that is called so but for case, spaces and punctuation.
fn place(columns: &[String], wanted: &str) -> Result<usize, String> {
    if let Some(place) = columns.iter().position(|name| name == wanted) {
        return Ok(place);
    }
    let alike: Vec<(usize, &String)> =
        columns.iter().enumerate().filter(|(_, name)| plain(name) == plain(wanted)).collect();
    match alike.as_slice() {
        [(place, _)] => Ok(*place),
        [] => {
            let there = columns.join("`, `");
            Err(format!("--map: there is no column `{wanted}`; there are `{there}`"))
        }
        [_, _, ..] => {
            let alike: Vec<&str> = alike.iter().map(|(_, name)| name.as_str()).collect();
            let alike = alike.join("` and `");
            Err(format!("--map: `{wanted}` may be `{alike}`: write the name as it stands"))
        }
    }
}

/// A name without case, spaces and punctuation.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Columns {
    /// Finds out what columns mean. `map` has pairs of a meaning and a column's name.
    ///
    /// # Errors
    /// Everything that cannot be meant.
    pub(super) fn of(
        columns: &[String],
        map: &[(String, String)],
        known: &Known,
    ) -> Result<Self, Vec<String>> {
        let mut faults: Vec<String> = columns.iter().filter_map(|name| national(name)).collect();
        let mut found = Self { places: BTreeMap::new(), ignored: Vec::new() };
        for (meaning, column) in map {
            if let Err(fault) = found.map(columns, meaning, column, known) {
                faults.push(fault);
            }
        }
        for (place, name) in columns.iter().enumerate() {
            if found.places.values().any(|&mapped| mapped == place) {
                continue;
            }
            match Meaning::of(name, known).filter(|meaning| !known.lacks(meaning)) {
                None => found.ignored.push(name.clone()),
                Some(meaning) => match found.places.get(&meaning).and_then(|&first| columns.get(first)) {
                    // What was mapped by hand leaves the column of that name unread.
                    Some(_) if map.iter().any(|(said, _)| meaning.is_named(said)) => {
                        found.ignored.push(name.clone())
                    }
                    Some(first) => faults.push(format!(
                        "line 1: `{first}` and `{name}` both mean `{}`: choose with --map",
                        meaning.name()
                    )),
                    None => drop(found.places.insert(meaning, place)),
                },
            }
        }
        let told = ["first_name", "last_name", "email"].into_iter().filter_map(Field::named);
        let told = told.map(Meaning::Field).filter(|meaning| !known.lacks(meaning));
        for meaning in told.filter(|meaning| !found.places.contains_key(meaning)) {
            let (name, there) = (meaning.name(), columns.join("`, `"));
            faults.push(format!("line 1: no column means `{name}`; there are `{there}`: say --map {name}=…"));
        }
        if faults.is_empty() { Ok(found) } else { Err(faults) }
    }

    /// Takes in what `--map` says of one column.
    fn map(&mut self, columns: &[String], meaning: &str, column: &str, known: &Known) -> Result<(), String> {
        let meaning = Meaning::named(meaning, known)?;
        let place = place(columns, column)?;
        if known.lacks(&meaning) {
            let name = meaning.name();
            return Err(format!(
                "--map: `{column}`: the realm's scheme has no `{name}`: every row would be refused"
            ));
        }
        match self.places.insert(meaning, place) {
            None => Ok(()),
            Some(_) => Err(format!("--map: `{column}` is the second column of its meaning")),
        }
    }

    /// The text of a row under a meaning; none where there is no such column, or nothing in it.
    pub(super) fn text<'r>(&self, row: &'r [String], meaning: &Meaning) -> Option<&'r str> {
        let text = row.get(*self.places.get(meaning)?)?;
        (!text.is_empty()).then_some(text.as_str())
    }

    /// Whether the column at this place means anything.
    pub(super) fn reads(&self, place: usize) -> bool {
        self.places.values().any(|&read| read == place)
    }

    /// Whether any column has this meaning.
    pub(super) fn has(&self, meaning: &Meaning) -> bool {
        self.places.contains_key(meaning)
    }

    /// What columns mean anything.
    pub(super) fn meanings(&self) -> impl Iterator<Item = &Meaning> {
        self.places.keys()
    }
}

/// Why a column may not be there at all.
fn national(name: &str) -> Option<String> {
    NATIONAL.contains(&plain(name).as_str()).then(|| {
        format!(
            "line 1: column `{name}`: national identifiers are never stored, nor sent: take the column out"
        )
    })
}

impl Meaning {
    /// What `--map` calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Field(field) => field.name(),
            Self::ExternalId(name) => name,
            Self::Username => "username",
            Self::Home => "home_unit",
            Self::Unit => "unit",
            Self::Role => "role",
            Self::UserType => "user_type",
        }
    }

    fn is_named(&self, name: &str) -> bool {
        plain(self.name()) == plain(name)
    }

    fn all(known: &Known) -> Vec<Self> {
        let ids = known.external_ids.iter().cloned().map(Self::ExternalId);
        let others = [Self::Username, Self::Home, Self::Unit, Self::Role, Self::UserType];
        Field::ALL.into_iter().map(Self::Field).chain(ids).chain(others).collect()
    }

    /// The meaning of this name.
    fn named(name: &str, known: &Known) -> Result<Self, String> {
        let all = Self::all(known);
        all.iter().find(|meaning| meaning.is_named(name)).cloned().ok_or_else(|| {
            let known = all.iter().map(Self::name).collect::<Vec<_>>().join("`, `");
            format!("--map: `{name}` is nothing that a column can mean; there are `{known}`")
        })
    }

    /// What a column of this name means, if that is known.
    fn of(name: &str, known: &Known) -> Option<Self> {
        let by_name = Self::all(known).into_iter().find(|meaning| meaning.is_named(name));
        let name = plain(name);
        by_name
            .or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, meaning)| meaning.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str], map: &[(&str, &str)]) -> Result<Columns, Vec<String>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let map: Vec<_> = map.iter().map(|(of, name)| ((*of).to_owned(), (*name).to_owned())).collect();
        Columns::of(&names, &map, &Known::with_ids(&["worknet-id"]))
    }

    const NAMES: [&str; 3] = ["First Name", "LAST_NAME", "E-mail"];

    #[test]
    fn the_list_of_the_documents_is_read_as_it_stands() {
        let names =
            ["First Name", "Last Name", "Email", "Level of Access", "Partner Type", "Location", "Region"];
        let found = columns(&names, &[]).unwrap();
        assert!(found.ignored.is_empty());
        let row: Vec<String> =
            ["Ann", "Lee", "", "partner", "K-12", "Oak St", "cook"].map(str::to_owned).to_vec();
        assert_eq!(found.text(&row, &Meaning::Role), Some("partner"));
        assert_eq!(found.text(&row, &Meaning::UserType), Some("K-12"));
        assert_eq!(found.text(&row, &Meaning::Home), Some("cook"));
        assert_eq!(found.text(&row, &Meaning::Field(Field::Email)), None);
    }

    #[test]
    fn external_ids_are_found_by_the_schemes_names() {
        let found = columns(&[&NAMES[..], &["Worknet ID", "Shoe size"]].concat(), &[]).unwrap();
        assert!(found.has(&Meaning::ExternalId("worknet-id".to_owned())));
        assert_eq!(found.ignored, ["Shoe size"]);
    }

    #[test]
    fn missing_and_doubled_columns_are_told_with_those_that_exist() {
        let told = columns(&["First Name", "Name"], &[]).unwrap_err();
        assert_eq!(
            told,
            [
                "line 1: no column means `last_name`; there are `First Name`, `Name`: say --map last_name=…",
                "line 1: no column means `email`; there are `First Name`, `Name`: say --map email=…",
            ]
        );
        let told = columns(&[&NAMES[..], &["Mail"]].concat(), &[]).unwrap_err();
        assert_eq!(told, ["line 1: `E-mail` and `Mail` both mean `email`: choose with --map"]);
        let chosen = columns(&[&NAMES[..], &["Mail"]].concat(), &[("email", "Mail")]).unwrap();
        assert_eq!(chosen.ignored, ["E-mail"]);
    }

    #[test]
    fn a_map_names_what_there_is() {
        let told = columns(&NAMES, &[("shoe", "E-mail"), ("zip", "Postcode")]).unwrap_err();
        assert!(told[0].starts_with("--map: `shoe` is nothing that a column can mean; there are `prefix`"));
        assert_eq!(
            told[1],
            "--map: there is no column `Postcode`; there are `First Name`, `LAST_NAME`, `E-mail`"
        );
    }

    #[test]
    fn a_map_means_the_very_column_and_guesses_between_none() {
        let names = [&NAMES[..], &["Given names", "GIVEN-NAMES", "Zip!"]].concat();
        let found = columns(&names, &[("first_name", "GIVEN-NAMES"), ("zip", "zip")]).unwrap();
        let row: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
        assert_eq!(found.text(&row, &Meaning::Field(Field::FirstName)), Some("e"));
        assert_eq!(found.text(&row, &Meaning::Field(Field::Zip)), Some("f"));
        let told = columns(&names, &[("first_name", "given names")]).unwrap_err();
        assert_eq!(
            told,
            ["--map: `given names` may be `Given names` and `GIVEN-NAMES`: write the name as it stands"]
        );
    }

    #[test]
    fn what_the_scheme_does_not_have_is_no_meaning() {
        let absent = BTreeSet::from([Field::Zip, Field::Location]);
        let known = Known { absent, has_user_types: false, ..Known::default() };
        let names: Vec<String> =
            [&NAMES[..], &["Location", "Oak", "Type"]].concat().into_iter().map(str::to_owned).collect();
        let found = Columns::of(&names, &[], &known).unwrap();
        assert_eq!(found.ignored, ["Location", "Oak", "Type"]);
        let map = |of: &str, name: &str| [(of.to_owned(), name.to_owned())];
        for (map, name) in [(map("zip", "Oak"), "zip"), (map("user_type", "Type"), "user_type")] {
            let told = Columns::of(&names, &map, &known).unwrap_err();
            assert_eq!(told.len(), 1);
            assert!(told[0].contains(&map[0].1) && told[0].contains(&format!("no `{name}`")), "{told:?}");
        }
    }

    #[test]
    fn national_identifiers_are_refused() {
        for name in ["SSN", "Social Security #", "social-security number", "National ID"] {
            let told = columns(&[&NAMES[..], &[name]].concat(), &[]).unwrap_err();
            assert!(told[0].contains("never stored"), "{told:?}");
            assert!(columns(&[&NAMES[..], &[name]].concat(), &[("worknet-id", name)]).is_err());
        }
    }
}
