//! What the directory may not take from people without being asked back: the last admin, break-glass owners, and more people at once
//! than a workspace can mean to lose.

use std::time::Duration;

use super::membership::{Effective, Step};

/// What a change of the directory takes from somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Everything: the person is put out.
    Access,
    /// The role; what is left is weaker.
    Role,
}

impl Effect {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Role => "role",
        }
    }

    /// The effect of this stored name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Access, Self::Role].into_iter().find(|effect| effect.as_str() == text)
    }
}

/// Why an effect is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The person is a break-glass owner. An administrator takes the mark away, or it stays held.
    BreakGlass,
    /// Nobody else could administer the workspace. It is let go as soon as somebody else can.
    LastAdmin,
    /// It is one of too many. An administrator approves or rejects it.
    MassChange,
}

impl Reason {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BreakGlass => "break_glass",
            Self::LastAdmin => "last_admin",
            Self::MassChange => "mass_change",
        }
    }
}

/// What becomes of a batch that nobody has decided about in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExpiry {
    /// It takes effect.
    Approve,
    /// People keep what they have until the directory says otherwise anew.
    Reject,
}

impl OnExpiry {
    /// Its name as stored and spoken over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }

    /// The policy of this name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Approve, Self::Reject].into_iter().find(|policy| policy.as_str() == text)
    }
}

/// When a workspace's mass changes are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    /// Whether they ever are.
    pub engages: bool,
    /// Percent of the members who are in that may lose access or role within the window.
    pub share_percent: u8,
    /// As many at most, however large the workspace.
    pub most: u32,
    /// As many in any case, however small the workspace.
    pub least: u32,
    /// Over which time it is counted.
    pub window: Duration,
    /// After which time a batch that nobody has decided about is decided by `on_expiry`; none for never.
    pub hold: Option<Duration>,
    /// How.
    pub on_expiry: OnExpiry,
}

impl Default for Brake {
    /// A tenth of the members and at most 500 people in an hour, five in any case. A leaver who stays in is the greater danger once
    /// somebody has had a day to look, so what nobody has decided about takes effect then.
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            engages: true,
            share_percent: 10,
            most: 500,
            least: 5,
            window: HOUR,
            hold: Some(HOUR.saturating_mul(24)),
            on_expiry: OnExpiry::Approve,
        }
    }
}

impl Brake {
    /// The shortest and longest window.
    pub const WINDOWS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(24 * 3600)];
    /// The longest time for which a batch may be held before it expires, if it expires.
    pub const LONGEST_HOLD: Duration = Duration::from_secs(30 * 24 * 3600);

    /// How many people of a workspace with so many members may lose something within the window.
    pub fn allowed(&self, members: u64) -> u64 {
        if !self.engages {
            return u64::MAX;
        }
        let share = members.saturating_mul(u64::from(self.share_percent)) / 100;
        share.min(u64::from(self.most)).max(u64::from(self.least))
    }

    /// Checks what an administrator wants.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn check(&self) -> Result<(), String> {
        let [shortest, longest] = Self::WINDOWS;
        if self.share_percent > 100 {
            return Err("share_percent: from 0 to 100.".into());
        }
        if self.least > self.most {
            return Err("least: not more than most.".into());
        }
        if self.most > 10_000_000 {
            return Err("most: at most 10000000; to let everything pass, set engages to false.".into());
        }
        if !(shortest..=longest).contains(&self.window) {
            return Err(format!("window_seconds: from {} to {}.", shortest.as_secs(), longest.as_secs()));
        }
        if self.hold.is_some_and(|hold| hold < shortest || hold > Self::LONGEST_HOLD) {
            return Err(format!(
                "hold_seconds: from {} to {}, or null for until somebody decides.",
                shortest.as_secs(),
                Self::LONGEST_HOLD.as_secs()
            ));
        }
        Ok(())
    }
}

/// What the steps take from a member, if it is something that is guarded.
pub fn loss(steps: &[Step], effective: Option<&Effective>) -> Option<Effect> {
    let effective = effective?;
    if steps.contains(&Step::Close) {
        return Some(Effect::Access);
    }
    let weaker = |step: &Step| matches!(step, Step::SetRole(role) if effective.status.is_open() && *role < effective.role);
    steps.iter().any(weaker).then_some(Effect::Role)
}

/// The steps that are left when an effect is held: the person stays as they are, but for how they are known.
pub fn without(effect: Effect, steps: Vec<Step>) -> Vec<Step> {
    let stays = |step: &Step| match (effect, step) {
        (_, Step::UpdateProfile) | (Effect::Role, Step::Join(_) | Step::Leave(_)) => true,
        (Effect::Access, Step::Join(_) | Step::Leave(_))
        | (_, Step::Invite | Step::Reopen(_) | Step::Close | Step::Give(_) | Step::TakeBack(_) | Step::SetRole(_)) => false,
    };
    steps.into_iter().filter(stays).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_always_pass_and_never_more_than_the_most() {
        let brake = Brake::default();
        assert_eq!([0, 1, 49, 50, 60, 1_000, 5_000, 1_000_000].map(|n| brake.allowed(n)), [5, 5, 5, 5, 6, 100, 500, 500]);
        assert_eq!(Brake { engages: false, ..brake }.allowed(1), u64::MAX);
        assert_eq!(Brake { share_percent: 0, least: 0, ..brake }.allowed(1_000), 0);
        assert_eq!(Brake { share_percent: 100, most: u32::MAX, ..brake }.allowed(u64::MAX), u64::from(u32::MAX));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        assert_eq!(Brake::default().check(), Ok(()));
        let bad = [
            Brake { share_percent: 101, ..Brake::default() },
            Brake { least: 501, ..Brake::default() },
            Brake { window: Duration::from_secs(59), ..Brake::default() },
            Brake { window: Duration::from_secs(86_401), ..Brake::default() },
            Brake { hold: Some(Duration::ZERO), ..Brake::default() },
        ];
        for brake in bad {
            assert!(brake.check().is_err(), "{brake:?}");
        }
        assert_eq!(Brake { hold: None, ..Brake::default() }.check(), Ok(()));
    }
}
