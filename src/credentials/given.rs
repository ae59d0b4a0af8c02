//! Credentials that somebody gives: the constructor, its callable, or the environment.

use std::sync::{Arc, Mutex, PoisonError};

use super::ProvideCredentials;
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Credentials;
use crate::environment::Environment;
use crate::error::Cause;

/// Credentials that never change: the constructor's, or the environment's.
#[derive(Debug)]
pub struct Fixed {
    credentials: Arc<Credentials>,
    source: &'static str,
}

impl Fixed {
    /// These, from `source`.
    pub fn new(credentials: Credentials, source: &'static str) -> Self {
        Fixed { credentials: Arc::new(credentials), source }
    }
}

impl ProvideCredentials for Fixed {
    fn credentials(&self, _deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        Ok(Arc::clone(&self.credentials))
    }

    fn refused(&self, _used: &Credentials) -> bool {
        false
    }

    fn source(&self) -> String {
        self.source.to_owned()
    }
}

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Half a key is an error, not "not configured".
pub(super) fn environment_keys(environment: &Environment) -> Result<Option<Credentials>, Cause> {
    let text = |name: &str| environment.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let half = |set: &str, missing: &str| {
        let detail = format!("{set} is set and {missing} is not");
        Err(Cause::Credentials { provider: "the environment".to_owned(), detail })
    };
    match (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")) {
        (Some(key), Some(secret)) => {
            Ok(Some(Credentials { key, secret, token: text("AWS_SESSION_TOKEN"), expires: None }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => half("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        (None, Some(_)) => half("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    }
}

/// Credentials that a PHP callable makes. PHP's thread calls it, and only there: whoever drives a session operation
/// asks [`CallableCredentials::needs`] before, and again after one that failed.
#[derive(Debug)]
pub struct CallableCredentials {
    clock: Arc<CorrectedClock>,
    credentials: Mutex<Option<Arc<Credentials>>>,
}

impl CallableCredentials {
    /// With nothing in it yet.
    pub fn new(clock: Arc<CorrectedClock>) -> Self {
        CallableCredentials { clock, credentials: Mutex::new(None) }
    }

    /// The callable is to be called: there are no keys, they have ended, or AWS has refused them.
    pub fn needs(&self) -> bool {
        self.valid().is_none()
    }

    /// What the callable returned.
    pub fn hand_over(&self, credentials: Credentials) {
        *self.lock() = Some(Arc::new(credentials));
    }

    fn valid(&self) -> Option<Arc<Credentials>> {
        let now = self.clock.now();
        self.lock().clone().filter(|credentials| credentials.expires.is_none_or(|expires| now < expires))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Credentials>>> {
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProvideCredentials for CallableCredentials {
    fn credentials(&self, _deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        self.valid().ok_or_else(|| Cause::Credentials {
            provider: self.source(),
            detail: "it has returned none that are valid now".to_owned(),
        })
    }

    fn refused(&self, used: &Credentials) -> bool {
        self.lock().take_if(|credentials| **credentials == *used);
        false
    }

    fn source(&self) -> String {
        "the callable in option 'credentials'".to_owned()
    }

    fn callable(&self) -> Option<&CallableCredentials> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;
    use std::time::Duration;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::at_start(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn half_a_key_in_the_environment_is_an_error_that_names_the_other_half() {
        let Err(Cause::Credentials { detail, .. }) = environment_keys(&environment(&[("AWS_ACCESS_KEY_ID", "AKID")]))
        else {
            panic!()
        };
        assert_eq!(detail, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
        assert_eq!(environment_keys(&environment(&[])), Ok(None));
    }

    #[test]
    fn the_callable_is_needed_at_first_at_its_expires_and_after_a_refusal() {
        let manual = Arc::new(ManualClock::at(1_000));
        let callable = CallableCredentials::new(Arc::new(CorrectedClock::new(manual.clone())));
        let deadline = Deadline::after(&*manual, Duration::from_secs(5));
        assert!(callable.needs() && callable.credentials(&deadline).is_err());
        let credentials = Credentials { key: "AKID".into(), secret: "s".into(), token: None, expires: Some(1_060) };
        callable.hand_over(credentials.clone());
        assert!(!callable.needs() && callable.credentials(&deadline).is_ok());
        manual.advance(Duration::from_secs(60));
        assert!(callable.needs());
        let unlimited = Credentials { expires: None, ..credentials };
        callable.hand_over(unlimited.clone());
        callable.refused(&unlimited);
        assert!(callable.needs());
    }
}
