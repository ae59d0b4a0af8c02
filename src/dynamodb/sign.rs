//! Signature Version 4 of one request, by AWS's own crate.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;

use crate::config::Keys;
use crate::http::Request;

/// Adds `X-Amz-Date`, `X-Amz-Security-Token` and `Authorization` for the moment `now_ms` (corrected, epoch ms).
///
/// What goes wrong is told without the key.
pub fn sign_request(
    request: &mut Request,
    keys: &Keys,
    region: &str,
    service: &str,
    now_ms: i64,
) -> Result<(), String> {
    let credentials = Credentials::new(&keys.key, &keys.secret, keys.token.clone(), None, "dynamosess");
    let identity: Identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(moment(now_ms))
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| e.to_string())?;
    let uri = request.uri().to_string();
    let mut headers = Vec::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        headers.push((name.as_str(), value.to_str().map_err(|e| e.to_string())?));
    }
    let body = SignableBody::Bytes(request.body());
    let signable =
        SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body).map_err(|e| e.to_string())?;
    let (instructions, _signature) = sign(signable, &params.into()).map_err(|e| e.to_string())?.into_parts();
    for (name, text) in instructions.headers() {
        let mut value = ::http::HeaderValue::from_str(text).map_err(|_| "a key holds unprintable characters")?;
        value.set_sensitive(true);
        request
            .headers_mut()
            .insert(::http::HeaderName::from_bytes(name.as_bytes()).map_err(|e| e.to_string())?, value);
    }
    Ok(())
}

fn moment(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example `post-vanilla` of AWS's Signature Version 4 test suite.
    #[test]
    fn the_signature_is_the_one_of_awss_test_suite() {
        let mut request = ::http::Request::post("https://example.amazonaws.com/")
            .header("host", "example.amazonaws.com")
            .body(Vec::new())
            .unwrap();
        let keys = Keys {
            key: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: None,
            expires: None,
        };
        sign_request(&mut request, &keys, "us-east-1", "service", 1_440_938_160_000).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert!(authorization.ends_with(signature), "{authorization}");
    }

    #[test]
    fn the_signature_does_not_show_in_debug() {
        let mut request = ::http::Request::post("https://example.amazonaws.com/").body(Vec::new()).unwrap();
        let keys = Keys { key: "AKID".into(), secret: "hush".into(), token: Some("whisper".into()), expires: None };
        sign_request(&mut request, &keys, "us-east-1", "dynamodb", 0).unwrap();
        let shown = format!("{request:?}");
        assert!(!shown.contains("whisper") && !shown.contains("AKID"), "{shown}");
    }
}
