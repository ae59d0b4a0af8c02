//! From settings and environment to what a client needs: region, endpoint, credentials, network; and from where each
//! has come.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use crate::clock::{CorrectedClock, Deadline};
use crate::config::{Setting, Settings};
use crate::credentials::{self, ProvideCredentials, SharedFiles};
use crate::dynamodb::endpoint;
use crate::encryption::Keyring;
use crate::environment::Environment;
use crate::error::Cause;
use crate::http::{NetworkOptions, Proxies};

/// What a client needs.
#[derive(Debug)]
pub struct Resolved {
    /// AWS region.
    pub region: String,
    /// Scheme, host and port of DynamoDB.
    pub endpoint: String,
    /// Who signs.
    pub credentials: Arc<dyn ProvideCredentials>,
    /// How requests travel.
    pub network: NetworkOptions,
    /// From where the region has come, for `check()`; `None`: the settings say it.
    pub region_source: Option<&'static str>,
    /// From where the endpoint has come, for `check()`; `None`: the settings say it.
    pub endpoint_source: Option<&'static str>,
}

/// Completes what settings and environment leave open from the profile and, for the region, from the instance's
/// metadata service: only that last one is asked over the network, until `deadline`.
pub fn resolve(
    settings: &Settings,
    environment: &Environment,
    clock: &Arc<CorrectedClock>,
    deadline: &Deadline,
) -> Result<Resolved, Cause> {
    let Local { mut settings, mut region_source, endpoint_source } = local(settings, environment)?;
    let network = network_options(&settings, environment);
    if settings.region.is_none() {
        settings.region = credentials::instance_region(&settings, environment, network.clone(), clock, deadline)?;
        region_source = Some("EC2 instance metadata");
    }
    let region = settings.region.clone().ok_or(Cause::NoRegion)?;
    Ok(Resolved {
        endpoint: endpoint::resolve(&settings, &region)?,
        credentials: credentials::provider(&settings, environment, network.clone(), clock)?,
        region,
        network,
        region_source,
        endpoint_source,
    })
}

/// The endpoint's URL, as far as it can be told without the network; `None`: that depends on the instance's region.
pub fn local_endpoint(settings: &Settings, environment: &Environment) -> Result<Option<String>, Cause> {
    let settings = local(settings, environment)?.settings;
    match (&settings.region, &settings.endpoint) {
        (None, None) => Ok(None),
        (region, _) => endpoint::resolve(&settings, region.as_deref().unwrap_or_default()).map(Some),
    }
}

/// A file with keys is a list of a few lines; a longer one is none, in bytes.
const MOST_KEY_FILE_BYTES: u64 = 65_536;

/// The keys in a file, one a line or separated by commas. The error names the file and nothing of what is in it.
pub fn read_keys(path: &Path) -> Result<Keyring, Cause> {
    let failed = |text: String| Cause::Setting(format!("dynamosess.encryption_keys: {} {text}", path.display()));
    let mut list = String::new();
    let read = File::open(path).and_then(|file| file.take(MOST_KEY_FILE_BYTES + 1).read_to_string(&mut list));
    match read {
        Err(error) => return Err(failed(format!("cannot be read: {error}"))),
        Ok(length) if length as u64 > MOST_KEY_FILE_BYTES => {
            return Err(failed("is too long for a list of keys".to_owned()));
        }
        Ok(_) => {}
    }
    Keyring::parse(&list).map_err(|text| failed(format!("holds no list of keys: {text}")))
}

/// What this machine says.
struct Local {
    settings: Settings,
    region_source: Option<&'static str>,
    endpoint_source: Option<&'static str>,
}

fn local(settings: &Settings, environment: &Environment) -> Result<Local, Cause> {
    let files = match SharedFiles::read(environment, settings.profile.as_deref()) {
        // With credentials and region given, files that nobody needs must not stand in the way.
        Err(_) if settings.region.is_some() && !credentials::depend_on_files(settings, environment) => None,
        files => Some(files?),
    };
    let mut settings = settings.clone();
    let endpoint_source = complete(&mut settings, environment, files.as_ref())?;
    let mut region_source = None;
    if settings.region.is_none() {
        let said = files.as_ref().and_then(|files| files.get("region")).map(str::to_owned);
        settings.region = allowed("region", "region", said)?;
        region_source = Some("the profile");
    }
    Ok(Local { settings, region_source, endpoint_source })
}

/// Network options of these settings.
pub fn network_options(settings: &Settings, environment: &Environment) -> NetworkOptions {
    NetworkOptions {
        connect_timeout: settings.connect_timeout,
        ca_bundle: settings.ca_bundle.clone(),
        proxies: proxies(environment),
    }
}

/// The proxies, from the variables that the AWS CLI and the SDKs read, as the operator set them; in lower case they come first.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html>
fn proxies(environment: &Environment) -> Proxies {
    let first = |names: &[&str]| names.iter().find_map(|name| environment.trusted(name)).map(str::to_owned);
    // Of a CGI program, HTTP_PROXY is the visitor's own header field `Proxy`: <https://httpoxy.org>
    let is_cgi = environment.trusted("REQUEST_METHOD").is_some();
    let http: &[&str] = if is_cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
    let all = first(&["all_proxy", "ALL_PROXY"]);
    Proxies {
        http: first(http).or_else(|| all.clone()),
        https: first(&["https_proxy", "HTTPS_PROXY"]).or(all),
        except: first(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
    }
}

/// Endpoint, FIPS and dual-stack from the profile, where nobody else has said; says from where the endpoint comes.
fn complete(
    settings: &mut Settings,
    environment: &Environment,
    files: Option<&SharedFiles>,
) -> Result<Option<&'static str>, Cause> {
    let flag = |name| files.and_then(|files| files.flag(name));
    settings.use_fips_endpoint = settings.use_fips_endpoint.or_else(|| flag("use_fips_endpoint"));
    settings.use_dual_stack_endpoint = settings.use_dual_stack_endpoint.or_else(|| flag("use_dualstack_endpoint"));
    if settings.endpoint.is_some() {
        return Ok(None);
    }
    if environment.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        return Ok(Some("the region"));
    }
    settings.endpoint = allowed("endpoint", "endpoint_url", files.and_then(|files| files.endpoint_url("dynamodb")))?;
    Ok(Some(if settings.endpoint.is_some() { "the profile" } else { "the region" }))
}

/// What a profile says in the place of a setting must be what the setting allows.
fn allowed(setting: &str, property: &str, text: Option<String>) -> Result<Option<String>, Cause> {
    match (&text, Setting::find(setting)) {
        (Some(said), Some(setting)) if !setting.allows(said) => {
            let (said, allowed) = (setting.shown(said), setting.allowed());
            Err(Cause::Setting(format!("the profile's {property} must be {allowed}, '{said}' given")))
        }
        _ => Ok(text),
    }
}
