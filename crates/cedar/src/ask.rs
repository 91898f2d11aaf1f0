//! A question, as one or several requests of Cedar's.

use std::collections::BTreeMap;

use bailiwick_oracle::check::{Question, Resource};
use bailiwick_oracle::model::{Instant, World};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression,
};

use crate::policies::{action, policies};
use crate::rules::Rules;
use crate::text::entity;
use crate::world::{assignment_id, case_id, entities};

/// A world and its rules, as Cedar has them.
pub struct Cedar<'w> {
    world: &'w World,
    now: Instant,
    entities: Entities,
    /// What each user holds.
    policies: BTreeMap<&'w str, PolicySet>,
    authorizer: Authorizer,
}

impl<'w> Cedar<'w> {
    /// Takes a world in.
    ///
    /// # Errors
    /// What Cedar does not take of it.
    pub fn new(rules: &Rules, world: &'w World, now: Instant) -> Result<Self, String> {
        let set = |text: String| -> Result<PolicySet, String> {
            text.parse().map_err(|error| format!("{error}: {text}"))
        };
        let policies = world
            .users
            .iter()
            .map(|user| Ok((user.id.as_str(), set(self::policies(rules, world, user))?)))
            .collect::<Result<_, String>>()?;
        Ok(Self {
            world,
            now,
            entities: entities(rules, world, now)?,
            policies,
            authorizer: Authorizer::new(),
        })
    }

    /// Whether Cedar allows it.
    ///
    /// # Errors
    /// A policy that cannot be evaluated.
    pub fn allows(&self, question: &Question) -> Result<bool, String> {
        let allows = |class: Option<&str>| self.allows_one(question, class);
        if !allows(None)? {
            return Ok(false);
        }
        question.classes.iter().try_fold(true, |all, class| Ok(all && allows(Some(class))?))
    }

    /// Whether Cedar allows it over any of what the resource comes as.
    fn allows_one(&self, question: &Question, class: Option<&str>) -> Result<bool, String> {
        let action = entity("Action", &action(&question.capability, class));
        let resources = self.resources(question);
        resources
            .iter()
            .try_fold(false, |any, resource| Ok(any || self.permits(&question.subject, &action, resource)?))
    }

    fn permits(&self, subject: &str, action: &str, resource: &str) -> Result<bool, String> {
        let Some(policies) = self.policies.get(subject) else { return Ok(false) };
        let uid = |text: &str| -> Result<EntityUid, String> {
            text.parse().map_err(|error| format!("{error}: {text}"))
        };
        let now = [("now".to_owned(), RestrictedExpression::new_long(self.now))];
        let context = Context::from_pairs(now).map_err(|error| error.to_string())?;
        let principal = uid(&entity("User", subject))?;
        let request = Request::new(principal, uid(action)?, uid(resource)?, context, None);
        let request = request.map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, policies, &self.entities);
        match response.diagnostics().errors().next() {
            Some(error) => Err(format!("{subject} {action} {resource}: {error}")),
            None => Ok(response.decision() == Decision::Allow),
        }
    }

    /// What a resource comes as: a customer as every placement and as the record, a user as everything held and as where
    /// they belong. Nothing, where it is not there.
    fn resources(&self, question: &Question) -> Vec<String> {
        let world = self.world;
        match &question.resource {
            Resource::Unit(id) => world.unit(id).map(|unit| entity("Unit", &unit.id)).into_iter().collect(),
            Resource::System(name) => vec![entity("System", name)],
            Resource::Customer(id) => {
                let at = question.at.as_deref();
                let Some(customer) =
                    world.customer(id).filter(|_| at.is_none_or(|at| world.unit(at).is_some()))
                else {
                    return Vec::new();
                };
                let placed = customer.placements.iter().filter(|one| at.is_none_or(|at| at == one.unit));
                let cases = placed.map(|one| entity("Case", &case_id(id, &one.unit)));
                cases.chain([entity("Customer", id)]).collect()
            }
            Resource::User(id) => {
                let Some(user) = world.user(id) else { return Vec::new() };
                let held = user.assignments.iter().map(|one| entity("Holding", &assignment_id(id, one)));
                held.chain([entity("Home", id)]).collect()
            }
        }
    }
}
