//! Each rule of the protocol, broken on purpose: what is sent, or what is believed, differs from what was decided.

use dynamosess::dynamodb::{Condition, Update};
use dynamosess::session::item::{GEN, LOCK, LOCK_COUNT, LOCK_OWNER, REV};
use dynamosess::session::machine::Action;

/// How the world departs from the code under test; [`REAL`] does not.
#[derive(Clone, Copy)]
pub struct Rules {
    pub action: fn(&mut Action, i64),
    pub renewal: fn(&mut Action),
    pub trusts_its_clock: bool,
    pub takes_all_for_dead: bool,
    pub takes_a_failed_read_for_none: bool,
}

pub const REAL: Rules = Rules {
    action: |_, _| {},
    renewal: |_| {},
    trusts_its_clock: false,
    takes_all_for_dead: false,
    takes_a_failed_read_for_none: false,
};

pub const WRITES_WITHOUT_REVISION: Rules = Rules { action: |action, _| strip(action, REV), ..REAL };
pub const WRITES_WITHOUT_GENERATION: Rules = Rules { action: |action, _| strip(action, GEN), ..REAL };
pub const FENCES_WITHOUT_OWNER: Rules = Rules { action: |action, _| strip(action, LOCK_OWNER), ..REAL };
/// Either would do for what is promised of data.
pub const FENCES_WITHOUT_COUNT_AND_REVISION: Rules =
    Rules { action: |action, _| [LOCK_COUNT, REV].iter().for_each(|name| strip(action, name)), ..REAL };
pub const LOCKS_WITHOUT_CONDITION: Rules = Rules { action: |action, _| strip_if_locking(action), ..REAL };
pub const CREATES_WITHOUT_CONDITION: Rules = Rules { action: |action, _| strip_if_creating(action), ..REAL };
pub const TAKES_OVER_TOO_EARLY: Rules = Rules { action: |action, _| hurry(action), ..REAL };
pub const RELEASES_WHATEVER_IS_THERE: Rules = Rules { action: |action, _| strip_if_releasing(action), ..REAL };
pub const RENEWS_WITHOUT_FENCE: Rules = Rules { renewal: |action| strip_all(action), ..REAL };
pub const RENEWALS_SHORTEN: Rules = Rules { renewal: |action| strip(action, LOCK), ..REAL };
pub const DESTROYS_ONLY_WHAT_IS_FREE: Rules = Rules { action: |action, _| spare(action), ..REAL };
pub const TRUSTS_ITS_CLOCK: Rules = Rules { trusts_its_clock: true, ..REAL };
pub const TAKES_ALL_FOR_DEAD: Rules = Rules { takes_all_for_dead: true, ..REAL };
pub const TAKES_A_FAILED_READ_FOR_NONE: Rules = Rules { takes_a_failed_read_for_none: true, ..REAL };

fn condition(action: &mut Action) -> Option<&mut Option<Condition>> {
    match action {
        Action::Update(update) => Some(&mut update.condition),
        Action::Delete(condition) => Some(condition),
        _ => None,
    }
}

/// Conditions on this attribute hold always.
fn strip(action: &mut Action, name: &str) {
    if let Some(Some(condition)) = condition(action) {
        strip_from(condition, name);
    }
}

fn strip_from(condition: &mut Condition, name: &str) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(|part| strip_from(part, name)),
        Condition::Exists(of)
        | Condition::Missing(of)
        | Condition::NoNumber(of)
        | Condition::Equals(of, _)
        | Condition::AtMost(of, _)
        | Condition::Over(of, _) => {
            if of == name {
                *condition = Condition::All(Vec::new());
            }
        }
    }
}

fn strip_all(action: &mut Action) {
    if let Some(condition) = condition(action) {
        *condition = None;
    }
}

fn sets(update: &Update, name: &str) -> bool {
    update.set.iter().any(|(of, _)| of == name)
}

fn strip_if_locking(action: &mut Action) {
    if matches!(action, Action::Update(update) if sets(update, LOCK_OWNER)) {
        strip_all(action);
    }
}

fn strip_if_creating(action: &mut Action) {
    if matches!(action, Action::Update(update) if sets(update, GEN)) {
        strip_all(action);
    }
}

fn strip_if_releasing(action: &mut Action) {
    let is_release = match action {
        Action::Update(update) => update.set.is_empty(),
        Action::Delete(condition) => condition.is_some(),
        _ => false,
    };
    if is_release {
        strip_all(action);
    }
}

/// Locks are taken over four seconds before their time.
fn hurry(action: &mut Action) {
    fn hurry(condition: &mut Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(hurry),
            Condition::AtMost(name, ms) if name == LOCK => *ms += 4_000,
            _ => {}
        }
    }
    match action {
        Action::Update(update) if sets(update, LOCK_OWNER) => update.condition.iter_mut().for_each(hurry),
        _ => {}
    }
}

fn spare(action: &mut Action) {
    if let Action::Delete(condition @ None) = action {
        *condition = Some(Condition::Missing(LOCK.to_owned()));
    }
}
