//! Whom a row of a list means: nobody yet, somebody who is known, or somebody who may be.
//!
//! The search is the one of MatchUsers, over active and disabled users, and tells an actor no more: of who is out of sight
//! only where the row shows that they are known. But where MatchUsers leaves it to a person whom to add, a list has nobody
//! who looks: it takes somebody for known only where nothing that the row says contradicts it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::matching::{Compared, Likeness, Typed};
use bailiwick_identity::{Field, Profile, UserId, kept, kept_external_id, names_form};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Other;

use super::super::Judged;
use super::{Rows, Viewer};
use crate::command::NewUser;
use crate::facts::{MOST_NAMESAKES, Namesake, canonical};
use crate::import::{ListedPerson, Namesakes, RowSight};
use crate::matching::{MatchOutcome, Search};
use crate::refusal::{Refusal, Refused};

/// Whom a row means.
pub(super) enum Recognised {
    /// Somebody new, as far as may be told.
    Nobody,
    /// Somebody who is there.
    Somebody(Found),
    /// Perhaps somebody who is there: a person must look.
    Unclear(MatchOutcome, Found),
}

/// Somebody who was found.
pub(super) struct Found {
    pub(super) user: UserId,
    pub(super) sight: RowSight,
    /// Fields of the row that are not as they are known of them.
    pub(super) differs: Vec<String>,
    /// Whether the row has a birth date and nothing is known of theirs.
    pub(super) lacks_birth_date: bool,
}

/// What people are recognised by.
const TELLING: [Field; 4] = [Field::Email, Field::FirstName, Field::LastName, Field::BirthDate];

/// The row as a search has it.
struct Sought {
    fields: BTreeMap<Field, String>,
    external_ids: Vec<(String, String)>,
}

impl Sought {
    /// Values that cannot be kept are left out: creating, which comes next, refuses them by name.
    fn of(new: &NewUser) -> Self {
        let fields = new.fields.iter().filter_map(|(&field, value)| Some((field, kept(field, value).ok()?)));
        let ids = new.external_ids.iter();
        let ids = ids.filter_map(|(name, value)| Some((name.clone(), kept_external_id(value).ok()?)));
        Self { fields: fields.collect(), external_ids: ids.collect() }
    }

    fn names(&self) -> Option<String> {
        names_form(&Profile { fields: self.fields.clone(), ..Profile::default() })
    }
}

impl Rows<'_> {
    /// Looks for the person of a row.
    pub(super) fn recognise(&mut self, person: &ListedPerson) -> Judged<Recognised> {
        let sought = Sought::of(&person.new);
        self.is_recognisable(&sought)?;
        if let Some(names) = sought.names().filter(|names| !self.seen.contains_key(names)) {
            let seen = self.seen_of_name(&names)?;
            self.seen.insert(names, seen);
        }
        self.search(&sought)
    }

    /// Whom the viewer sees of those who were read by a name.
    fn seen_of_name(&self, names: &str) -> Judged<BTreeSet<UserId>> {
        let viewer = self.viewer()?;
        let namesakes = self.running.facts.namesakes.get(names).map_or(&[][..], Vec::as_slice);
        let users = namesakes.iter().take(MOST_NAMESAKES).map(|namesake| &namesake.user);
        Ok(users.filter(|user| self.sees(viewer, user)).cloned().collect())
    }

    fn search(&self, sought: &Sought) -> Judged<Recognised> {
        let typed = self.typed(sought);
        let (state, viewer) = (&self.running.state, self.viewer()?);
        let search = Search { state, actor: viewer.bound(), typed: &typed, include_disabled: true };
        let told = self.candidates(sought, &typed, viewer).into_iter().filter_map(|(user, profile)| {
            let compared = search.told(&user, &profile)?;
            Some(((user, profile), compared))
        });
        let (outcome, found) = search.end(told.collect());
        let born = |(_, compared): &(_, Compared)| compared.is_equal(Field::BirthDate);
        let only_names = match outcome {
            MatchOutcome::NameOnly | MatchOutcome::NamesAndBirthDateButEmailDiffers => {
                !found.iter().any(born)
            }
            MatchOutcome::Exact
            | MatchOutcome::EmailButDetailsDiffer
            | MatchOutcome::NoneActive
            | MatchOutcome::None => false,
        };
        if only_names && self.list.namesakes == Namesakes::Accept {
            return Ok(Recognised::Nobody);
        }
        let certain = found.len() == 1;
        let Some(((user, profile), compared)) = found.into_iter().next() else {
            return Ok(Recognised::Nobody);
        };
        let agrees = certain && self.agrees(sought, &user, &profile, &compared, outcome);
        let differs = self.differs(sought, viewer, &user, &profile, &compared);
        let sight = if self.is_in_sight(viewer, &user) { RowSight::Within } else { RowSight::Beyond };
        let lacks_birth_date = lacks_birth_date(&compared);
        let found = Found { user, sight, differs, lacks_birth_date };
        Ok(if agrees { Recognised::Somebody(found) } else { Recognised::Unclear(outcome, found) })
    }

    /// Whoever comes by a list is recognised when it is sent again: by an e-mail address, an external id, or both names and
    /// the birth date.
    fn is_recognisable(&self, sought: &Sought) -> Judged {
        let has = |field| sought.fields.contains_key(&field);
        let by_id = sought.external_ids.iter().any(|(name, _)| self.decides(name));
        if has(Field::Email) || by_id || (sought.names().is_some() && has(Field::BirthDate)) {
            return Ok(());
        }
        Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field(Field::Email.name()).because(
            "nobody is recognised by so little: an e-mail address, an external id, or both names and the birth date",
        ))
    }

    /// Whether an external id of this name says who somebody is.
    fn decides(&self, name: &String) -> bool {
        let scheme = &self.running.state.scheme;
        let deciding = &scheme.matching().external_ids;
        scheme.users().external_ids.contains(name) && (deciding.is_empty() || deciding.contains(name))
    }

    /// What is searched with. Of several external ids the first that decides and is somebody's.
    fn typed(&self, sought: &Sought) -> Typed {
        let fields =
            TELLING.into_iter().filter_map(|field| Some((field, sought.fields.get(&field)?.clone())));
        let deciding = || sought.external_ids.iter().filter(|(name, _)| self.decides(name));
        let owned = deciding().find(|id| self.running.facts.external_ids.contains_key(*id));
        Typed { fields: fields.collect(), external_id: owned.or_else(|| deciding().next()).cloned() }
    }

    /// Whom the row could mean, by external id, e-mail and names; each once, by id.
    fn candidates(&self, sought: &Sought, typed: &Typed, viewer: Viewer<'_>) -> BTreeMap<UserId, Profile> {
        let facts = &self.running.facts;
        let email = sought.fields.get(&Field::Email).map(|email| canonical(email));
        let by_email = email.as_ref().and_then(|email| facts.emails.get(email));
        let by_id = typed.external_id.as_ref().and_then(|id| facts.external_ids.get(id));
        let owners = by_email.into_iter().chain(by_id);
        let mut candidates: BTreeMap<UserId, Profile> = owners
            .filter_map(|owner| Some((owner.clone(), facts.people.get(owner)?.profile.clone())))
            .collect();
        let namesakes = sought.names().and_then(|names| facts.namesakes.get(&names));
        for namesake in self.namesakes_of_interest(sought, viewer, namesakes.map_or(&[], Vec::as_slice)) {
            if !candidates.contains_key(&namesake.user) {
                candidates.insert(namesake.user.clone(), self.namesake(sought, namesake));
            }
        }
        candidates
    }

    /// Who of the same names could make a difference: whoever was born on the same day; and of the others, of whom only
    /// those in sight are told of, two, since nobody is sure of one of two. A row looks at no more of them than are read of
    /// a name, and at those whom the rows before made: they come last.
    fn namesakes_of_interest<'n>(
        &self,
        sought: &Sought,
        viewer: Viewer<'_>,
        namesakes: &'n [Namesake],
    ) -> Vec<&'n Namesake> {
        let birth_date = sought.fields.get(&Field::BirthDate);
        let (born, others): (Vec<_>, Vec<_>) = namesakes
            .iter()
            .partition(|namesake| birth_date.is_some() && namesake.birth_date.as_ref() == birth_date);
        let seen = sought.names().and_then(|names| self.seen.get(&names));
        let is_touched = |namesake: &&&Namesake| self.running.touched.contains(&namesake.user);
        let is_seen = |namesake: &&&Namesake| match is_touched(namesake) {
            true => self.sees(viewer, &namesake.user),
            false => seen.is_some_and(|seen| seen.contains(&namesake.user)),
        };
        let known = others.iter().take(MOST_NAMESAKES).chain(others.iter().rev().take_while(is_touched));
        let two: Vec<_> = known.filter(is_seen).take(2).copied().collect();
        born.into_iter().chain(two).collect()
    }

    /// Whether somebody is seen, as the rows so far have left everything.
    fn sees(&self, viewer: Viewer<'_>, user: &UserId) -> bool {
        let world = &self.running.state.world;
        let other = world.user_ix(user.as_str()).and_then(|ix| Other::as_held(world, ix));
        match viewer {
            Viewer::Operator => true,
            Viewer::User(actor) => {
                other.is_some_and(|other| actor.ix() == other.ix) || actor.may_see(other).is_ok()
            }
        }
    }

    /// Whether somebody is seen, and was before the part.
    fn is_in_sight(&self, viewer: Viewer<'_>, user: &UserId) -> bool {
        self.sees(viewer, user) && !self.beyond.contains_key(user)
    }

    /// What is known of a namesake: who was read only by name has the same names, and another e-mail address or none.
    fn namesake(&self, sought: &Sought, namesake: &Namesake) -> Profile {
        if let Some(person) = self.running.facts.people.get(&namesake.user) {
            return person.profile.clone();
        }
        let mut fields = sought.fields.clone();
        fields.retain(|field, _| matches!(field, Field::FirstName | Field::LastName));
        fields.extend(namesake.birth_date.clone().map(|date| (Field::BirthDate, date)));
        Profile { fields, ..Profile::default() }
    }

    /// Whether somebody is who the row means, without anybody looking: found by what one person alone is known by, and
    /// nothing that the row says of who they are is otherwise. A birth date that is not known of them may be filled in.
    fn agrees(
        &self,
        sought: &Sought,
        user: &UserId,
        profile: &Profile,
        compared: &Compared,
        outcome: MatchOutcome,
    ) -> bool {
        // Of whom only the names were read, too little is known to change anything.
        if !self.running.facts.people.contains_key(user) {
            return false;
        }
        let has_no_email = !sought.fields.contains_key(&Field::Email) && profile.get(Field::Email).is_none();
        let found_by = match outcome {
            MatchOutcome::Exact | MatchOutcome::EmailButDetailsDiffer => true,
            MatchOutcome::NamesAndBirthDateButEmailDiffers => {
                has_no_email && compared.is_equal(Field::BirthDate)
            }
            MatchOutcome::NameOnly | MatchOutcome::NoneActive | MatchOutcome::None => false,
        };
        let fields_agree = compared.fields.iter().all(|(field, likeness)| match likeness {
            Likeness::Equal => true,
            Likeness::Missing => *field == Field::BirthDate,
            Likeness::Differs => false,
        });
        let ids_agree =
            sought.external_ids.iter().all(|(name, value)| profile.external_ids.get(name) == Some(value));
        found_by && fields_agree && ids_agree
    }

    /// What is known of somebody, as it is shown: a line manager only to who sees that one.
    fn shown<'p>(&self, viewer: Viewer<'_>, profile: &'p Profile, field: Field) -> Option<&'p str> {
        let value = profile.get(field)?;
        let hidden = field == Field::LineManager
            && UserId::parse(value).is_ok_and(|manager| !self.sees(viewer, &manager));
        (!hidden).then_some(value)
    }

    /// Fields of the row that are not as they are known of somebody. Of who is out of sight no more is told than of what they
    /// were searched by.
    fn differs(
        &self,
        sought: &Sought,
        viewer: Viewer<'_>,
        user: &UserId,
        profile: &Profile,
        compared: &Compared,
    ) -> Vec<String> {
        let telling = compared.fields.iter().filter(|(field, likeness)| {
            **likeness != Likeness::Equal && !(**field == Field::BirthDate && lacks_birth_date(compared))
        });
        let mut differs: Vec<String> = telling.map(|(field, _)| field.name().to_owned()).collect();
        if self.is_in_sight(viewer, user) && self.running.facts.people.contains_key(user) {
            let others = sought.fields.iter().filter(|(field, value)| {
                !TELLING.contains(field) && self.shown(viewer, profile, **field) != Some(value.as_str())
            });
            differs.extend(others.map(|(field, _)| field.name().to_owned()));
            let ids = sought.external_ids.iter();
            let otherwise = ids.filter(|(name, value)| profile.external_ids.get(name) != Some(value)).count();
            differs.extend((otherwise > 0).then(|| "external_ids".to_owned()));
        } else if compared.external_id.is_some_and(|likeness| likeness != Likeness::Equal) {
            differs.push("external_ids".to_owned());
        }
        differs
    }
}

/// Whether the row has a birth date and nothing is known of theirs.
fn lacks_birth_date(compared: &Compared) -> bool {
    compared.fields.get(&Field::BirthDate) == Some(&Likeness::Missing)
}
