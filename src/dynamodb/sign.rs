//! Signature Version 4 of the one kind of request that DynamoDB takes: a POST to `/` without a query.
//!
//! The key is aws-sigv4's, and kept, since it is the same for a day. Canonical request and signature are built here:
//! its general ones cost a page more than the rest of the request does. The tests hold them to aws-sigv4's.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sigv4::sign::v4::generate_signing_key;
use aws_smithy_types::date_time::{DateTime, Format};
use ring::hmac;

use crate::config::Credentials;
use crate::http::Request;

/// Signs the requests to one service in one region.
#[derive(Default)]
pub struct Signer {
    kept: Mutex<Option<DayKey>>,
}

/// A signing key, good for one day, region and service.
struct DayKey {
    credentials: Arc<Credentials>,
    scope: String,
    key: hmac::Key,
}

/// The key signs for a day.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// Adds `Host`, `X-Amz-Date`, `X-Amz-Security-Token` and `Authorization` for the moment `now_ms` (corrected, epoch
    /// ms). All headers that the request has already are signed.
    ///
    /// What goes wrong is told without the key.
    pub fn sign(
        &self,
        request: &mut Request,
        credentials: &Arc<Credentials>,
        region: &str,
        service: &str,
        now_ms: i64,
    ) -> Result<(), String> {
        let time = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
        let stamp = timestamp(now_ms)?;
        let day = stamp.get(..8).unwrap_or_default();
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let host = request.endpoint.split_once("://").ok_or("the endpoint has no scheme")?.1.to_owned();
        add(request, "host", host)?;
        add(request, "x-amz-date", stamp.clone())?;
        if let Some(token) = &credentials.token {
            add(request, "x-amz-security-token", token.clone())?;
        }
        let (canonical, signed) = canonical_request(request);
        let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let signature = self.signature(credentials, &scope, time, region, service, &to_sign);
        let key = &credentials.key;
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}");
        add(request, "authorization", authorization)
    }

    fn signature(
        &self,
        credentials: &Arc<Credentials>,
        scope: &str,
        time: SystemTime,
        region: &str,
        service: &str,
        to_sign: &str,
    ) -> String {
        // Never waited for: in a child, whoever held it at the fork is not there to give it back.
        let mut kept = self.kept.try_lock().ok();
        let known = kept
            .as_mut()
            .and_then(|kept| kept.take())
            .filter(|known| Arc::ptr_eq(&known.credentials, credentials) && known.scope == scope);
        let day_key = known.unwrap_or_else(|| DayKey {
            credentials: Arc::clone(credentials),
            scope: scope.to_owned(),
            key: hmac::Key::new(
                hmac::HMAC_SHA256,
                generate_signing_key(&credentials.secret, time, region, service).as_ref(),
            ),
        });
        let signature = hex(hmac::sign(&day_key.key, to_sign.as_bytes()).as_ref());
        if let Some(kept) = &mut kept {
            **kept = Some(day_key);
        }
        signature
    }
}

fn add(request: &mut Request, name: &'static str, value: String) -> Result<(), String> {
    if !value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(format!("{name} would hold unprintable characters"));
    }
    request.fields.push((name.into(), value));
    Ok(())
}

/// The canonical form of the request and the names of the header fields signed.
fn canonical_request(request: &Request) -> (String, String) {
    let mut fields: Vec<_> = request.fields.iter().map(|(name, value)| (&**name, value.trim())).collect();
    fields.sort_unstable();
    let mut canonical = String::with_capacity(512);
    let mut signed = String::with_capacity(96);
    canonical.push_str("POST\n/\n\n");
    for (name, value) in fields {
        for part in [name, ":", value, "\n"] {
            canonical.push_str(part);
        }
        if !signed.is_empty() {
            signed.push(';');
        }
        signed.push_str(name);
    }
    for part in ["\n", &signed, "\n", &sha256(&request.body)] {
        canonical.push_str(part);
    }
    (canonical, signed)
}

fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(text).unwrap_or_default()
}

fn timestamp(ms: i64) -> Result<String, String> {
    let moment = DateTime::from_secs(ms.div_euclid(1_000));
    let text = moment.fmt(Format::DateTime).map_err(|e| e.to_string())?;
    Ok(text.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;

    fn credentials(token: Option<&str>) -> Arc<Credentials> {
        Arc::new(Credentials {
            key: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: token.map(str::to_owned),
            expires: None,
        })
    }

    fn request(endpoint: &str, fields: Vec<(&'static str, String)>, body: &str) -> Request {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Request { fields, ..Request::post(endpoint.into(), Arc::new(body.into())) }
    }

    fn authorization(request: &Request) -> String {
        request.field("authorization").unwrap().to_owned()
    }

    /// The example `post-vanilla` of AWS's Signature Version 4 test suite.
    #[test]
    fn the_signature_is_the_one_of_awss_test_suite() {
        let mut request = request("https://example.amazonaws.com", Vec::new(), "");
        Signer::default().sign(&mut request, &credentials(None), "us-east-1", "service", 1_440_938_160_000).unwrap();
        let signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert!(authorization(&request).ends_with(signature), "{}", authorization(&request));
    }

    #[test]
    fn it_is_the_signature_of_aws_sigv4_for_every_request_on_every_day() {
        let signer = Signer::default();
        for (at, token) in
            [(0, None), (951_827_696_000, Some("a+b/c=")), (1_800_000_000_123, Some("x")), (4_102_444_799_999, None)]
        {
            let credentials = credentials(token);
            let unsigned = || {
                let fields = vec![
                    ("content-type", "application/x-amz-json-1.0".to_owned()),
                    ("x-amz-target", "DynamoDB_20120810.GetItem".to_owned()),
                ];
                request("https://dynamodb.eu-west-1.amazonaws.com:8443", fields, &format!("{{\"at\":{at}}}"))
            };
            let mut ours = unsigned();
            signer.sign(&mut ours, &credentials, "eu-west-1", "dynamodb", at).unwrap();
            assert_eq!(authorization(&ours), reference(&unsigned(), &credentials, at));
        }
    }

    fn reference(request: &Request, credentials: &Credentials, at: i64) -> String {
        let credentials = aws_credential_types::Credentials::new(
            &credentials.key,
            &credentials.secret,
            credentials.token.clone(),
            None,
            "test",
        );
        let identity = credentials.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("dynamodb")
            .time(UNIX_EPOCH + Duration::from_millis(at as u64))
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let headers = request.fields.iter().map(|(name, value)| (&**name, value.as_str()));
        let url = format!("{}/", request.endpoint);
        let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(&request.body));
        let (instructions, _) = sign(signable.unwrap(), &params.into()).unwrap().into_parts();
        let found =
            instructions.headers().find(|(name, _)| *name == "authorization").map(|(_, value)| value.to_owned());
        found.unwrap()
    }

    #[test]
    fn other_keys_are_never_signed_with_the_kept_one() {
        let signer = Signer::default();
        let signed = |credentials: &Arc<Credentials>| {
            let mut request = request("https://example.amazonaws.com", Vec::new(), "");
            signer.sign(&mut request, credentials, "us-east-1", "dynamodb", 0).unwrap();
            authorization(&request)
        };
        let first = credentials(None);
        let second = Arc::new(Credentials { secret: "other".into(), ..(*first).clone() });
        let (one, two, again) = (signed(&first), signed(&second), signed(&first));
        assert!(one != two && one == again);
    }

    #[test]
    fn the_signature_does_not_show_in_debug() {
        let mut request = request("https://example.amazonaws.com", Vec::new(), "");
        Signer::default().sign(&mut request, &credentials(Some("whisper")), "us-east-1", "dynamodb", 0).unwrap();
        let shown = format!("{request:?}");
        assert!(!shown.contains("whisper") && !shown.contains("AKID"), "{shown}");
    }
}
