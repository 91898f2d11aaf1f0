//! A document's rules, for whoever draws worlds and questions.

use bailiwick_oracle::model;

use crate::rules::{About, Kind, PlacementReach, Reach, Role, Rules, Switch};

impl Rules {
    /// The same for whoever draws worlds and questions.
    #[must_use]
    pub fn model(&self) -> model::Scheme {
        model::Scheme {
            kinds: self.kinds_from_above().into_iter().filter_map(|name| self.model_kind(name)).collect(),
            roles: self.roles.iter().map(|(name, role)| self.model_role(name, role)).collect(),
            capabilities: self.model_capabilities(),
            classes: self.classes().to_vec(),
            systems: self
                .systems
                .iter()
                .map(|(name, system)| model::System {
                    name: name.clone(),
                    minimum_rank: system.minimum_rank.and_then(|rank| u32::try_from(rank).ok()),
                })
                .collect(),
            reporting_roles: self
                .reporting_roles
                .iter()
                .map(|(name, role)| model::ReportingRole {
                    name: name.clone(),
                    scope: match role.scope.as_str() {
                        "all" => model::ReportingScope::All,
                        kind => model::ReportingScope::Kind(kind.to_owned()),
                    },
                    decides: role.decides.iter().cloned().collect(),
                })
                .collect(),
            gap: self.gap(),
            own_fields: self.users.own.clone(),
        }
    }

    /// Every kind, parents before children.
    fn kinds_from_above(&self) -> Vec<&String> {
        let mut order: Vec<&String> = Vec::new();
        while order.len() < self.kinds.len() {
            let ready = |(name, kind): &(&String, &Kind)| {
                let is_there = |parent: &String| parent == *name || order.contains(&parent);
                !order.contains(name) && kind.parents.iter().all(is_there)
            };
            let next: Vec<&String> = self.kinds.iter().filter(ready).map(|(name, _)| name).collect();
            if next.is_empty() {
                break;
            }
            order.extend(next);
        }
        order
    }

    fn model_kind(&self, name: &String) -> Option<model::Kind> {
        let kind = self.kinds.get(name)?;
        Some(model::Kind {
            name: name.clone(),
            parents: kind.parents.clone(),
            several_parents: kind.several_parents,
            placement_reach: match kind.placement_reach {
                PlacementReach::Below => model::PlacementReach::Below,
                PlacementReach::Unit => model::PlacementReach::Unit,
            },
            dismissed_visible: kind.dismissed_visible,
            selectable: kind.selectable,
            placeholders: kind.placeholders.clone(),
            assign_right: kind.assign_right.clone(),
            unit_right: "unit.manage".to_owned(),
            place_right: "customer.place".to_owned(),
            roles: kind.roles.clone(),
            capacity: None,
            single_role: false,
            minimum: None,
        })
    }

    fn model_role(&self, name: &str, role: &Role) -> model::Role {
        let known = self.known();
        let listed = role.capabilities.iter().flat_map(|listed| self.listed(listed, &known));
        model::Role {
            name: name.to_owned(),
            rank: role.rank.and_then(|rank| u32::try_from(rank).ok()),
            capabilities: listed
                .map(|held| model::RoleCapability {
                    capability: held.capability,
                    reach: match held.reach {
                        Reach::Below => model::Reach::Below,
                        Reach::Enclosing(kind) => model::Reach::Enclosing(kind),
                        Reach::Own => model::Reach::Own,
                    },
                    at_kinds: held.at,
                    classes: held.classes,
                })
                .collect(),
            includes: role.includes.clone(),
            user_management: match role.user_management {
                Switch::Always => model::HandOut::Always,
                Switch::Switch => model::HandOut::Switch,
                Switch::Never => model::HandOut::Never,
            },
            handed_out_by: role.handed_out_by.clone(),
            max_per_unit: None,
            exclusive: role.exclusive,
            systems: role.systems.clone(),
        }
    }

    fn model_capabilities(&self) -> Vec<model::Capability> {
        let built_in = ["user.view", "system.use"];
        let known = self.known().into_iter().filter(|(name, _)| !built_in.contains(&name.as_str()));
        known
            .map(|(name, known)| model::Capability {
                name,
                resource: match known.about {
                    About::Unit => model::ResourceType::Unit,
                    About::Customer => model::ResourceType::Customer,
                    About::User => model::ResourceType::User,
                    About::System => model::ResourceType::System,
                },
                refused_under_caseload: known.refused,
                any_placement: known.any_placement,
            })
            .collect()
    }
}
