//! Requests that somebody can submit and somebody can approve.

use super::Check;
use crate::scheme::core::CORE;
use crate::scheme::{ChangeRule, Rank};

impl Check<'_> {
    pub(super) fn requests(&self) {
        let Some(requests) = &self.scheme.requests else { return };
        // What roles carry is known only when they could be read.
        if self.faults.within("roles") {
            return;
        }
        let approvable = self.somebody_has(CORE.request_approve, Rank(1));
        let submittable =
            self.somebody_has(CORE.request_submit, Rank(1)) || !requests.self_request.is_empty();
        if !approvable {
            self.fault(&["requests"], "nobody could approve: no ranked role has `request.approve`");
        }
        if !submittable {
            let problem =
                "nobody could ask: no ranked role has `request.submit`, and nobody asks for themselves";
            self.fault(&["requests"], problem);
        }
        for rule in &requests.rules {
            self.rule(rule);
        }
    }

    fn rule(&self, rule: &ChangeRule) {
        let asked = [
            ("author", rule.author, CORE.request_submit),
            ("approver", rule.approver, CORE.request_approve),
            ("receiving_approver", rule.receiving_approver, CORE.request_approve),
        ];
        for (key, rank, cap) in asked {
            if let Some(rank) = rank
                && !self.somebody_has(cap, rank)
            {
                let problem = format!("no role of rank {} or above has `{}`", rank.0, self.cap_name(cap));
                self.fault(&["requests", "rules", &rule.name, key], problem);
            }
        }
    }
}
