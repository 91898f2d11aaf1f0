//! Questions about a generated world: half about what lies near the subject, half about anything.

use bailiwick_policy::scheme::Scheme;
use bailiwick_policy::{Question, Target};
use bailiwick_proto::v1::CheckAccessRequest;

use crate::random::Random;
use crate::world::{Fault, REALM, Sizes, customer_id, program_id, user_id};

/// The resource of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// May they run reports on this program?
    Unit,
    /// May they view this customer?
    Customer,
    /// May they see this user?
    User,
}

/// A question, in names.
#[derive(Debug, Clone)]
pub struct Asked {
    about: About,
    subject: String,
    resource: String,
}

impl About {
    /// Every kind of question.
    pub const ALL: [Self; 3] = [Self::Unit, Self::Customer, Self::User];

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Customer => "customer",
            Self::User => "user",
        }
    }

    fn capability(self) -> &'static str {
        match self {
            Self::Unit => "report.deidentified",
            Self::Customer => "customer.view",
            Self::User => "user.view",
        }
    }
}

impl Asked {
    /// A question of a kind, drawn at random.
    #[must_use]
    pub fn draw(about: About, sizes: &Sizes, random: &mut Random) -> Self {
        let subject = random.below(sizes.users);
        let sites = sizes.sites_of(subject);
        let near = sites.get(random.below(3) as usize % sites.len().max(1)).copied();
        let site = near.filter(|_| random.chance(50)).unwrap_or_else(|| random.below(sizes.sites));
        let resource = match about {
            About::Unit => program_id(site, random.below(sizes.programs)),
            About::Customer => customer_id(sizes.customer_of(site, random)),
            About::User => user_id(neighbour(site, sizes, random)),
        };
        Self { about, subject: user_id(subject), resource }
    }

    /// The question as `check` takes it.
    ///
    /// # Errors
    /// When the scheme lacks the capability.
    pub fn question(&self, scheme: &Scheme) -> Result<Question<'_>, Fault> {
        let name = self.about.capability();
        let capability = scheme.capability_named(name).ok_or_else(|| Fault(format!("no `{name}`")))?;
        let resource = match self.about {
            About::Unit => Target::Unit(&self.resource),
            About::Customer => Target::Customer(&self.resource),
            About::User => Target::User(&self.resource),
        };
        Ok(Question { subject: &self.subject, capability, resource, classes: None, at: None })
    }

    /// The question as it goes over the wire.
    #[must_use]
    pub fn request(&self) -> CheckAccessRequest {
        let collection = match self.about {
            About::Unit => "units",
            About::Customer => "customers",
            About::User => "users",
        };
        CheckAccessRequest {
            realm: format!("realms/{REALM}"),
            subject: format!("users/{}", self.subject),
            capability: self.about.capability().to_owned(),
            resource: format!("{collection}/{}", self.resource),
            ..CheckAccessRequest::default()
        }
    }
}

/// Somebody who holds something at a site, if a few draws find one.
fn neighbour(site: u32, sizes: &Sizes, random: &mut Random) -> u32 {
    let mut user = random.below(sizes.users);
    for _ in 0..4 * sizes.sites {
        if sizes.sites_of(user).contains(&site) {
            break;
        }
        user = random.below(sizes.users);
    }
    user
}
