//! The gate: SCIM answers only a workspace that is on the Enterprise plan, has SAML SSO enabled and has had SCIM enabled.

use std::{fmt, str::FromStr};

/// What a workspace pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Free,
    /// The small one.
    Team,
    /// The middle one.
    Business,
    /// The one that SCIM belongs to.
    Enterprise,
}

impl Plan {
    /// Every plan.
    pub const ALL: [Self; 4] = [Self::Free, Self::Team, Self::Business, Self::Enterprise];

    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Team => "team",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.as_str() == text)
            .ok_or_else(|| "a plan is one of free, team, business, enterprise".into())
    }
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// The workspace's plan.
    pub plan: Plan,
    /// Whether SAML single sign-on is enabled.
    pub saml_enabled: bool,
    /// Whether SCIM has been enabled for this workspace.
    pub scim_enabled: bool,
}

/// A condition that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The plan is not Enterprise.
    EnterprisePlan(Plan),
    /// SAML is not enabled.
    Saml,
    /// SCIM is not enabled.
    Scim,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnterprisePlan(plan) => {
                write!(
                    f,
                    "the workspace is on the {plan} plan and needs the Enterprise plan (its owner can upgrade under Settings, Billing, or ask our sales team)"
                )
            }
            Self::Saml => {
                f.write_str("SAML single sign-on is not enabled (a workspace admin can enable it under Settings, Security, SAML)")
            }
            Self::Scim => f.write_str(
                "SCIM has not been enabled for this workspace (our support team enables it at a workspace admin's request)",
            ),
        }
    }
}

/// Decides. Empty means open.
pub fn decide(conditions: Conditions) -> Vec<Missing> {
    let Conditions { plan, saml_enabled, scim_enabled } = conditions;
    let mut missing = Vec::new();
    if plan != Plan::Enterprise {
        missing.push(Missing::EnterprisePlan(plan));
    }
    if !saml_enabled {
        missing.push(Missing::Saml);
    }
    if !scim_enabled {
        missing.push(Missing::Scim);
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_is_open_only_when_all_three_hold_and_names_each_that_does_not() {
        for plan in Plan::ALL {
            for saml_enabled in [false, true] {
                for scim_enabled in [false, true] {
                    let missing = decide(Conditions { plan, saml_enabled, scim_enabled });
                    let holds = [plan == Plan::Enterprise, saml_enabled, scim_enabled];
                    assert_eq!(missing.len(), holds.iter().filter(|holds| !**holds).count());
                    assert_eq!(missing.contains(&Missing::EnterprisePlan(plan)), !holds[0]);
                    assert_eq!(missing.contains(&Missing::Saml), !holds[1]);
                    assert_eq!(missing.contains(&Missing::Scim), !holds[2]);
                }
            }
        }
    }
}
