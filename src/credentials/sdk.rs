//! One request to aws-config. It sees only the variables and file contents it is given: never the process's
//! environment, of which a script could change a part.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::os_shim_internal::Env;

use super::connector::{Connector, Time};
use crate::clock::CorrectedClock;
use crate::config::Credentials;
use crate::error::{Cause, clean};
use crate::http::innermost;

/// What aws-config is to look at.
#[derive(Clone, Default)]
pub(super) struct ProviderRequest {
    /// Who answers, in AWS's words, for messages.
    pub(super) provider: String,
    /// All who were asked, if this one is the last and may be absent.
    pub(super) asked: String,
    /// Added to what goes wrong.
    pub(super) remedy: &'static str,
    /// Environment variables.
    pub(super) variables: HashMap<String, String>,
    /// Contents of the config file and of the credentials file.
    pub(super) files: (String, String),
    /// The profile.
    pub(super) profile: Option<String>,
    /// For STS.
    pub(super) region: Option<String>,
    /// For STS and SSO.
    pub(super) use_fips: Option<bool>,
    /// For STS and SSO.
    pub(super) use_dual_stack: Option<bool>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Answer {
    /// Credentials.
    Credentials(Credentials),
    /// Nobody is there to answer; with the reason.
    Nothing(String),
}

impl ProviderRequest {
    /// Credentials, from the one provider that these variables and files leave.
    pub(super) async fn credentials(self, connector: Connector, clock: Arc<CorrectedClock>) -> Result<Answer, Cause> {
        let (provider, remedy) = (self.provider.clone(), self.remedy);
        let config = self.loader(&connector, clock).load().await;
        let chain = config.credentials_provider();
        let Some(chain) = chain else { return Ok(Answer::Nothing("not configured".to_owned())) };
        match chain.provide_credentials().await {
            Ok(found) => Ok(Answer::Credentials(of_aws(&found))),
            Err(error @ CredentialsError::CredentialsNotLoaded(_)) => {
                Ok(Answer::Nothing(clean(&innermost(&error), &[])))
            }
            Err(error) => {
                let detail = connector.refusal().unwrap_or_else(|| clean(&innermost(&error), &[]));
                Err(Cause::Credentials { provider, detail: clean(&detail, &[]) + remedy })
            }
        }
    }

    fn loader(self, connector: &Connector, clock: Arc<CorrectedClock>) -> ConfigLoader {
        let (config, credentials) = self.files;
        let files = EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, config)
            .with_contents(EnvConfigFileKind::Credentials, credentials)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from(self.variables))
            .profile_files(files)
            .http_client(connector.clone())
            .sleep_impl(TokioSleep::new())
            .time_source(Time(clock))
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(100)))
            .timeout_config(TimeoutConfig::builder().read_timeout(Duration::from_secs(5)).build());
        if let Some(profile) = self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = self.region {
            loader = loader.region(Region::new(region));
        }
        if let Some(on) = self.use_fips {
            loader = loader.use_fips(on);
        }
        if let Some(on) = self.use_dual_stack {
            loader = loader.use_dual_stack(on);
        }
        loader
    }
}

/// Variables and file contents hold secrets.
impl std::fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderRequest").field("provider", &self.provider).finish_non_exhaustive()
    }
}

fn of_aws(found: &aws_credential_types::Credentials) -> Credentials {
    let seconds =
        |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs().try_into().ok();
    Credentials {
        key: found.access_key_id().to_owned(),
        secret: found.secret_access_key().to_owned(),
        token: found.session_token().map(str::to_owned),
        expires: found.expiry().and_then(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_does_not_show_its_secrets_in_debug() {
        let request = ProviderRequest {
            variables: HashMap::from([("AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(), "hush".to_owned())]),
            files: (String::new(), "[default]\naws_secret_access_key = hush".to_owned()),
            ..ProviderRequest::default()
        };
        assert!(!format!("{request:?}").contains("hush"));
    }
}
