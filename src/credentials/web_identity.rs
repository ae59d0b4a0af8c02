//! AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, as EKS sets them for a service account (IRSA). The token file is
//! read anew at each refresh.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html>

use super::sdk::ProviderRequest;
use crate::environment::Environment;
use crate::error::Cause;

/// What this is called in messages.
pub(super) const NAME: &str = "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";

/// Asks STS, if both variables are set.
pub(super) fn request(environment: &Environment, shared: &ProviderRequest) -> Result<Option<ProviderRequest>, Cause> {
    let bad = |detail: &str| Err(Cause::Credentials { provider: NAME.to_owned(), detail: detail.to_owned() });
    let names = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_SESSION_NAME"];
    match (environment.trusted("AWS_ROLE_ARN"), environment.trusted("AWS_WEB_IDENTITY_TOKEN_FILE")) {
        // A role alone is what some tools set for themselves.
        (_, None) => return Ok(None),
        (None, Some(_)) => return bad("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not"),
        (Some(_), Some(file)) => {
            if let Err(e) = std::fs::metadata(file) {
                return bad(&format!("the token file {file} cannot be read: {e}"));
            }
        }
    }
    let mut request = ProviderRequest { provider: NAME.to_owned(), ..shared.clone() };
    for name in names {
        if let Some(value) = environment.trusted(name) {
            request.variables.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(Some(request))
}
