//! The metadata service of an EC2 instance, version 2 only: credentials and region.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::imds::Client;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_async::rt::sleep::TokioSleep;

use super::connector::{Connector, Time};
use super::sdk::ProviderRequest;
use super::shared_files::SharedFiles;
use crate::clock::CorrectedClock;
use crate::environment::Environment;

/// What this is called in messages.
pub(super) const NAME: &str = "EC2 instance metadata (IMDSv2)";

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
const PLACES: [(&str, &str); 2] =
    [(ENDPOINT, "ec2_metadata_service_endpoint"), (MODE, "ec2_metadata_service_endpoint_mode")];

/// How long a page waits for the region, retries included: whoever is not there does not answer.
const LONGEST: Duration = Duration::from_secs(1);

/// Whether the operator forbids it.
pub(super) fn is_disabled(environment: &Environment) -> bool {
    environment.trusted_flag(DISABLED)
}

/// Asks the instance, if that is not forbidden.
pub(super) fn request(
    environment: &Environment,
    files: &SharedFiles,
    shared: &ProviderRequest,
) -> Option<ProviderRequest> {
    let mut request = ProviderRequest { provider: NAME.to_owned(), ..shared.clone() };
    request.variables.extend(variables(environment, files));
    (!is_disabled(environment)).then_some(request)
}

/// Where it is, from environment or profile; or that it is not to be asked.
pub(super) fn variables(environment: &Environment, files: &SharedFiles) -> HashMap<String, String> {
    let mut variables = off();
    if !is_disabled(environment) {
        variables.clear();
        for (variable, property) in PLACES {
            if let Some(value) = environment.trusted(variable).or_else(|| files.get(property)) {
                variables.insert(variable.to_owned(), value.to_owned());
            }
        }
        // An override beats what a request shared with others says.
        variables.insert(DISABLED.to_owned(), "false".to_owned());
    }
    variables
}

/// For the questions to others, so that aws-config goes no further than it is asked.
pub(super) fn off() -> HashMap<String, String> {
    HashMap::from([(DISABLED.to_owned(), "true".to_owned())])
}

/// The instance's region, asked for once. Not by aws-config's chain of regions, which asks three times.
pub(super) async fn region(
    places: HashMap<String, String>,
    connector: Connector,
    clock: Arc<CorrectedClock>,
) -> Option<String> {
    let surroundings = ProviderConfig::empty()
        .with_http_client(connector)
        .with_sleep_impl(TokioSleep::new())
        .with_time_source(Time(clock));
    // With its address given, the client looks at no environment.
    let client = Client::builder().configure(&surroundings).endpoint(address(&places)).ok()?;
    let client = client.operation_timeout(LONGEST).build();
    let region = client.get("/latest/meta-data/placement/region").await.ok()?;
    Some(region.as_ref().to_owned())
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>
fn address(places: &HashMap<String, String>) -> &str {
    let by_mode = || match places.get(MODE) {
        Some(mode) if mode.eq_ignore_ascii_case("IPv6") => "http://[fd00:ec2::254]",
        _ => "http://169.254.169.254",
    };
    places.get(ENDPOINT).map_or_else(by_mode, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_beats_a_mode_and_ipv4_is_the_default() {
        let places = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(address(&places(&[])), "http://169.254.169.254");
        assert_eq!(address(&places(&[(MODE, "ipv6")])), "http://[fd00:ec2::254]");
        assert_eq!(address(&places(&[(MODE, "IPv6"), (ENDPOINT, "http://here")])), "http://here");
    }
}
