//! Questions about a generated world: half about what lies near the subject, half about anything.

use bailiwick_policy::scheme::Scheme;
use bailiwick_policy::{Question, Target};
use bailiwick_proto::envoy::auth_v3::attribute_context::{HttpRequest, Request};
use bailiwick_proto::envoy::auth_v3::{AttributeContext, CheckRequest};
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

    /// The names of what it is about begin so.
    #[must_use]
    pub fn collection(self) -> &'static str {
        match self {
            Self::Unit => "units",
            Self::Customer => "customers",
            Self::User => "users",
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn capability(self) -> &'static str {
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
        CheckAccessRequest {
            realm: format!("realms/{REALM}"),
            subject: format!("users/{}", self.subject),
            capability: self.about.capability().to_owned(),
            resource: format!("{}/{}", self.about.collection(), self.resource),
            ..CheckAccessRequest::default()
        }
    }
}

impl Asked {
    /// The question as a gateway asks it, with the headers that a browser's request has.
    #[must_use]
    pub fn at_gateway(&self) -> CheckRequest {
        let path = format!("/{}/{}", self.about.collection(), self.resource);
        let headers = [
            (":authority", "records.example.org"),
            (":method", "GET"),
            (":path", &path),
            (":scheme", "https"),
            ("accept", "application/json"),
            ("accept-encoding", "gzip, br"),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            ("x-envoy-internal", "true"),
            ("x-forwarded-for", "192.0.2.17"),
            ("x-forwarded-proto", "https"),
            ("x-request-id", "0c5f4a52-1f0e-4a53-8f8d-5d0c0c7a2b11"),
            ("x-user", &self.subject),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let http = HttpRequest {
            method: "GET".to_owned(),
            headers,
            path: path.clone(),
            host: "records.example.org".to_owned(),
        };
        let request = Some(Request { http: Some(http) });
        CheckRequest { attributes: Some(AttributeContext { source: None, request }) }
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
