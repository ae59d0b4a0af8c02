//! The order in which providers are asked, and one pass through it.
//!
//! The first that is configured answers; what it says counts, and no further one is asked. Files and variables are
//! looked at in each pass, so that rotated ones are seen.

use std::sync::Arc;
use std::time::Duration;

use super::connector::Connector;
use super::profile::{Base, Plan};
use super::sdk::{Answer, ProviderRequest};
use super::shared_files::SharedFiles;
use super::{container, given, imds, process, profile, web_identity};
use crate::clock::CorrectedClock;
use crate::config::{Credentials, Settings};
use crate::environment::Environment;
use crate::error::Cause;
use crate::http::{self, Network, NetworkOptions, TransportError};
use crate::stats::Stats;

/// How often a file with keys that do not expire is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Credentials, and when to look for others although these do not expire.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) credentials: Credentials,
    pub(super) again: Option<Duration>,
}

/// What an instance says of its region.
pub(super) enum Region {
    Named(String),
    /// It does not answer.
    Unknown,
}

/// All that a pass depends on. Two that are equal find the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChainConfig {
    pub(super) environment: Environment,
    pub(super) profile: Option<String>,
    /// The profile was named by a setting, not by AWS_PROFILE: it comes first.
    pub(super) profile_first: bool,
    pub(super) region: Option<String>,
    pub(super) use_fips: Option<bool>,
    pub(super) use_dual_stack: Option<bool>,
    pub(super) network: NetworkOptions,
}

impl ChainConfig {
    /// Of these settings, for a service in `region`.
    pub(super) fn new(settings: &Settings, environment: &Environment, network: NetworkOptions) -> Self {
        ChainConfig {
            environment: environment.as_trusted(),
            profile_first: profile_first(settings, environment),
            profile: settings.profile.clone(),
            region: settings.region.clone(),
            use_fips: settings.use_fips_endpoint,
            use_dual_stack: settings.use_dual_stack_endpoint,
            network,
        }
    }
}

/// A setting names the profile, and not AWS_PROFILE.
pub(super) fn profile_first(settings: &Settings, environment: &Environment) -> bool {
    settings.profile.is_some() && settings.profile.as_deref() != environment.trusted("AWS_PROFILE")
}

/// The chain of providers.
#[derive(Debug)]
pub(super) struct Chain {
    config: ChainConfig,
    network: Network,
    metadata: Network,
    clock: Arc<CorrectedClock>,
}

/// What the first configured provider wants done.
enum Step {
    Ask(ProviderRequest, Option<Duration>),
    /// The command, and the request that its keys are for; none: the keys are it.
    Run {
        plan: Plan,
        command: String,
        then: Option<(Box<SharedFiles>, ProviderRequest)>,
        provider: String,
    },
}

impl Chain {
    /// Asks nobody yet.
    pub(super) fn new(config: ChainConfig, clock: Arc<CorrectedClock>) -> Self {
        // Their connections are no connections to DynamoDB.
        let network = |options| Network::new(options, Arc::clone(clock.machine()), Arc::new(Stats::default()));
        Chain {
            network: network(config.network.clone()),
            metadata: network(config.network.for_metadata()),
            config,
            clock,
        }
    }

    /// Who will be asked, in AWS's words; or why nobody can be. Connects to nothing.
    pub(super) fn source(&self) -> Result<String, Cause> {
        Ok(match self.first_step()? {
            Step::Ask(request, _) => request.provider,
            Step::Run { provider, .. } => format!("{provider} (credential_process)"),
        })
    }

    /// One pass: takes as long as those asked take.
    pub(super) fn fetch(&self) -> Result<Found, Cause> {
        match self.first_step()? {
            Step::Ask(request, again) => self.ask(request, again),
            Step::Run { plan, command, then, provider } => {
                let variables = self.config.environment.all_trusted();
                let variables: Vec<_> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let ran = process::run(&command, &variables);
                let credentials = ran.map_err(|detail| Cause::Credentials { provider, detail })?;
                let Some((files, request)) = then else { return Ok(Found { credentials, again: None }) };
                let files = profile::with_keys(&files, &plan.last, &credentials);
                self.ask(ProviderRequest { files, ..request }, None)
            }
        }
    }

    fn ask(&self, request: ProviderRequest, again: Option<Duration>) -> Result<Found, Cause> {
        let (provider, asked) = (request.provider.clone(), request.asked.clone());
        let failed = |error: TransportError| Cause::Credentials { provider: provider.clone(), detail: error.text };
        match http::run(request.credentials(self.connector(), Arc::clone(&self.clock))).map_err(failed)?? {
            Answer::Credentials(credentials) => Ok(Found { credentials, again }),
            Answer::Nothing(_) if !asked.is_empty() => Err(Cause::NoCredentials(asked)),
            Answer::Nothing(detail) => Err(Cause::Credentials { provider, detail }),
        }
    }

    /// The instance's region, asked for until `left` is over. `Ok(None)`: the operator forbids that.
    pub(super) fn region(&self, left: Duration) -> Result<Option<Region>, Cause> {
        if imds::is_disabled(&self.config.environment) {
            return Ok(None);
        }
        let places = imds::variables(&self.config.environment, &self.files()?);
        let asking = imds::region(places, self.connector(), Arc::clone(&self.clock));
        let answer = http::run(async { tokio::time::timeout(left, asking).await.ok().flatten() });
        Ok(Some(answer.ok().flatten().map_or(Region::Unknown, Region::Named)))
    }

    fn connector(&self) -> Connector {
        let host = container::host(&self.config.environment);
        Connector::new(self.network.clone(), self.metadata.clone(), host)
    }

    fn files(&self) -> Result<SharedFiles, Cause> {
        SharedFiles::read(&self.config.environment, self.config.profile.as_deref())
    }

    /// Constructor and environment keys have been asked already.
    fn first_step(&self) -> Result<Step, Cause> {
        let environment = &self.config.environment;
        let files = self.files()?;
        let shared = self.shared(&files);
        let web_identity = || web_identity::request(environment, &shared);
        if !self.config.profile_first
            && let Some(request) = web_identity()?
        {
            return Ok(Step::Ask(request, None));
        }
        if let Some(plan) = profile::plan(&files)? {
            return self.profile(files, plan, shared);
        }
        if let Some(request) = web_identity()? {
            return Ok(Step::Ask(request, None));
        }
        if let Some(request) = container::request(environment, &shared)? {
            return Ok(Step::Ask(request, None));
        }
        if let Some(mut request) = imds::request(environment, &files, &shared) {
            request.asked = self.asked(&files, "no answer");
            return Ok(Step::Ask(request, None));
        }
        Err(Cause::NoCredentials(self.asked(&files, "disabled by AWS_EC2_METADATA_DISABLED")))
    }

    fn profile(&self, files: SharedFiles, plan: Plan, shared: ProviderRequest) -> Result<Step, Cause> {
        let provider = profile::describe(&files);
        let profile = Some(files.selected().to_owned());
        let contents = (files.config.clone(), files.credentials.clone());
        let mut request = ProviderRequest { provider: provider.clone(), files: contents, profile, ..shared };
        match &plan.base {
            Base::Process(command) => {
                let command = command.clone();
                let then = plan.assumes_role.then(|| (Box::new(files), request));
                return Ok(Step::Run { plan, command, then, provider });
            }
            Base::Environment => {
                let missing = "credential_source is Environment and AWS_ACCESS_KEY_ID is not set".to_owned();
                let credentials = given::environment_keys(&self.config.environment)?
                    .ok_or(Cause::Credentials { provider, detail: missing })?;
                request.files = profile::with_keys(&files, &plan.last, &credentials);
            }
            Base::CredentialSource => {
                request.variables.extend(container::variables(&self.config.environment)?);
                request.variables.extend(imds::variables(&self.config.environment, &files));
            }
            Base::Sso => request.remedy = "; run 'aws sso login' again, for the user that PHP runs as",
            Base::StaticKeys | Base::WebIdentity => {}
        }
        let in_file_only = plan.base == Base::StaticKeys && !plan.assumes_role;
        Ok(Step::Ask(request, in_file_only.then_some(LOOK_AGAIN)))
    }

    /// What every request has in common: region, endpoints of STS and SSO, and that no further provider is asked.
    fn shared(&self, files: &SharedFiles) -> ProviderRequest {
        let environment = &self.config.environment;
        let mut variables = imds::off();
        if !environment.trusted_flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            let general = environment.trusted("AWS_ENDPOINT_URL").map(str::to_owned);
            for (service, variable) in [("sts", "STS"), ("sso", "SSO"), ("sso oidc", "SSO_OIDC")] {
                let variable = format!("AWS_ENDPOINT_URL_{variable}");
                let own = environment.trusted(&variable).map(str::to_owned);
                if let Some(url) = own.or_else(|| general.clone()).or_else(|| files.endpoint_url(service)) {
                    variables.insert(variable, url);
                }
            }
        }
        if let Some(home) = environment.trusted("HOME") {
            // Where `aws sso login` leaves its tokens.
            variables.insert("HOME".to_owned(), home.to_owned());
        }
        ProviderRequest {
            variables,
            region: self.config.region.clone(),
            use_fips: self.config.use_fips,
            use_dual_stack: self.config.use_dual_stack,
            ..ProviderRequest::default()
        }
    }

    fn asked(&self, files: &SharedFiles, imds: &str) -> String {
        let profile = profile::describe(files);
        format!(
            "asked: the constructor; the environment (AWS_ACCESS_KEY_ID); {}; {profile}; {}; {} ({imds})",
            web_identity::NAME,
            container::NAME,
            imds::NAME,
        )
    }
}
