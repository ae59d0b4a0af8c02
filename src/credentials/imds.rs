//! The metadata service of an EC2 instance, version 2 only: credentials and region.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>

use std::collections::HashMap;

use super::sdk::Question;
use super::shared_files::SharedFiles;
use crate::environment::Environment;

/// What this is called in messages.
pub(super) const NAME: &str = "EC2 instance metadata (IMDSv2)";

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const PLACES: [(&str, &str); 2] = [
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"),
];

/// Whether the operator forbids it.
pub(super) fn is_disabled(environment: &Environment) -> bool {
    environment.trusted_flag(DISABLED)
}

/// Asks the instance, if that is not forbidden.
pub(super) fn question(environment: &Environment, files: &SharedFiles, shared: &Question) -> Option<Question> {
    let mut question = Question { provider: NAME.to_owned(), ..shared.clone() };
    question.variables.extend(variables(environment, files));
    (!is_disabled(environment)).then_some(question)
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
        // An override beats what a question shared with others says.
        variables.insert(DISABLED.to_owned(), "false".to_owned());
    }
    variables
}

/// For the questions to others, so that aws-config goes no further than it is asked.
pub(super) fn off() -> HashMap<String, String> {
    HashMap::from([(DISABLED.to_owned(), "true".to_owned())])
}
