//! The credentials endpoint of a container: ECS tasks, EKS Pod Identity, Lambda SnapStart.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::collections::HashMap;

use super::sdk::ProviderRequest;
use crate::environment::Environment;
use crate::error::Cause;

/// What this is called in messages.
pub(super) const NAME: &str = "the container credentials endpoint (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, _FULL_URI)";

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Asks the endpoint, if one is named.
pub(super) fn request(environment: &Environment, shared: &ProviderRequest) -> Result<Option<ProviderRequest>, Cause> {
    let mut request = ProviderRequest { provider: NAME.to_owned(), ..shared.clone() };
    request.variables.extend(variables(environment)?);
    Ok(is_configured(environment).then_some(request))
}

/// Whether an endpoint is named.
pub(super) fn is_configured(environment: &Environment) -> bool {
    environment.trusted(RELATIVE).is_some() || environment.trusted(FULL).is_some()
}

/// The host of a full URI: it is never asked through a proxy.
pub(super) fn host(environment: &Environment) -> Option<String> {
    let uri: ::http::Uri = environment.trusted(FULL)?.parse().ok()?;
    uri.host().map(str::to_owned)
}

/// What aws-config needs, with the token as it is in its file now and without the newline that editors and shells
/// leave behind it: no header may hold one. Which hosts are allowed is aws-config's rule.
pub(super) fn variables(environment: &Environment) -> Result<HashMap<String, String>, Cause> {
    let mut variables = HashMap::new();
    for name in [RELATIVE, FULL] {
        if let Some(value) = environment.trusted(name) {
            variables.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    if variables.is_empty() {
        return Ok(variables);
    }
    let token = match environment.trusted(TOKEN_FILE) {
        Some(file) => Some(std::fs::read_to_string(file).map_err(|e| Cause::Credentials {
            provider: NAME.to_owned(),
            detail: format!("the token file {file} cannot be read: {e}"),
        })?),
        None => environment.trusted(TOKEN).map(str::to_owned),
    };
    if let Some(token) = token {
        variables.insert(TOKEN.to_owned(), token.trim().to_owned());
    }
    Ok(variables)
}
