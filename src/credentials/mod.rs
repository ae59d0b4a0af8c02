//! Who we are: the credentials a request is signed with.

use std::fmt::Debug;
use std::sync::Arc;

use crate::clock::Deadline;
use crate::config::{Credentials, Keys, Settings};
use crate::environment::Environment;
use crate::error::Cause;

/// A source of credentials; asked before every attempt, so an answer at hand must cost nothing.
pub trait Provide: Send + Sync + Debug {
    /// Credentials that are valid now; may wait for them until `deadline`.
    fn keys(&self, deadline: &Deadline) -> Result<Arc<Keys>, Cause>;

    /// AWS has refused `used` as expired or unknown: the next answer must not come from a cache.
    fn refused(&self, used: &Keys);

    /// Where they come from, in AWS's words, for `check()`.
    fn source(&self) -> String;
}

/// Credentials that never change: the constructor's, or the environment's.
#[derive(Debug)]
pub struct Fixed {
    keys: Arc<Keys>,
    source: &'static str,
}

impl Fixed {
    /// These, from `source`.
    pub fn new(keys: Keys, source: &'static str) -> Self {
        Fixed { keys: Arc::new(keys), source }
    }
}

impl Provide for Fixed {
    fn keys(&self, _deadline: &Deadline) -> Result<Arc<Keys>, Cause> {
        Ok(Arc::clone(&self.keys))
    }

    fn refused(&self, _used: &Keys) {}

    fn source(&self) -> String {
        self.source.to_owned()
    }
}

/// The provider for these settings; connects to nothing.
pub fn provider(settings: &Settings, environment: &Environment) -> Result<Arc<dyn Provide>, Cause> {
    if let Credentials::Given(keys) = &settings.credentials {
        return Ok(Arc::new(Fixed::new(keys.clone(), "the constructor")));
    }
    if let Some(keys) = environment_keys(environment) {
        return Ok(Arc::new(Fixed::new(keys, "the environment")));
    }
    Err(Cause::NoCredentials("asked: constructor, environment".to_owned()))
}

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
fn environment_keys(environment: &Environment) -> Option<Keys> {
    let text = |name: &str| environment.get(name).map(|text| text.trim().to_owned());
    Some(Keys {
        key: text("AWS_ACCESS_KEY_ID")?,
        secret: text("AWS_SECRET_ACCESS_KEY")?,
        token: text("AWS_SESSION_TOKEN"),
        expires: None,
    })
}
