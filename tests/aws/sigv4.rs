//! Verifies Signature Version 4, from AWS's documentation: independent of the crate that signs.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::sync::Arc;

use ring::{digest, hmac};

use dynamosess::http::Request;

use crate::server::Seen;

/// A signature that is right.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed {
    pub key_id: String,
    pub region: String,
    pub service: String,
    pub date: String,
}

/// Checks the `Authorization` of a request against the secret of its key.
pub fn verify(seen: &Seen, secret_of: impl Fn(&str) -> Option<String>) -> Result<Signed, String> {
    let authorization = seen.header("authorization").ok_or("no Authorization")?;
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("not SigV4")?;
    let field = |name: &str| {
        let value = fields.split(',').map(str::trim).find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        value.ok_or(format!("no {name}"))
    };
    let scope: Vec<&str> = field("Credential")?.split('/').collect();
    let [key_id, day, region, service, "aws4_request"] = scope[..] else { return Err("bad scope".into()) };
    let signed_headers: Vec<&str> = field("SignedHeaders")?.split(';').collect();
    for needed in ["host", "x-amz-date"] {
        if !signed_headers.contains(&needed) {
            return Err(format!("{needed} is not signed"));
        }
    }
    for (name, _) in &seen.headers {
        if name.starts_with("x-amz-") && !signed_headers.contains(&name.as_str()) {
            return Err(format!("{name} is not signed"));
        }
    }
    let date = seen.header("x-amz-date").ok_or("no X-Amz-Date")?;
    if !date.starts_with(day) {
        return Err("date and scope differ".into());
    }
    let secret = secret_of(key_id).ok_or(format!("unknown key {key_id}"))?;
    let canonical = canonical_request(seen, &signed_headers)?;
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", scope[1..].join("/"), hash(canonical.as_bytes()));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in &scope[1..] {
        key = sign(&key, part);
    }
    let expected = hex(&sign(&key, &to_sign));
    if expected != field("Signature")? {
        return Err(format!("wrong signature; canonical request:\n{canonical}"));
    }
    let [key_id, region, service, date] = [key_id, region, service, date].map(str::to_owned);
    Ok(Signed { key_id, region, service, date })
}

fn canonical_request(seen: &Seen, signed_headers: &[&str]) -> Result<String, String> {
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    pairs.sort();
    let mut headers = String::new();
    for name in signed_headers {
        let value = seen.header(name).ok_or(format!("{name} is signed and absent"))?;
        headers.push_str(&format!("{name}:{}\n", value.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    Ok([&seen.method, path, &pairs.join("&"), &headers, &signed_headers.join(";"), &hash(&seen.body)].join("\n"))
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The signature of one of AWS's examples, with its key.
#[cfg(test)]
fn example(method: &str, target: &str, headers: &[(&str, &str)], body: &str, scope: &str, signature: &str) -> Seen {
    let mut all: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let text = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}/aws4_request, SignedHeaders={}, Signature={signature}",
        names.join(";")
    );
    all.push(("authorization".into(), text));
    Seen { method: method.into(), target: target.into(), headers: all, body: body.into(), number: 0 }
}

#[test]
fn the_verifier_agrees_with_awss_published_examples() {
    let secret = |key: &str| (key == "AKIDEXAMPLE").then(|| "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    let host = ("host", "example.amazonaws.com");
    let date = ("x-amz-date", "20150830T123600Z");
    let scope = "20150830/us-east-1/service";
    let form = ("content-type", "application/x-www-form-urlencoded");
    // Names as in the Signature Version 4 test suite; the last is the example of the IAM user guide.
    let examples = [
        example(
            "GET",
            "/",
            &[host, date],
            "",
            scope,
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        example(
            "POST",
            "/",
            &[host, date],
            "",
            scope,
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        example(
            "GET",
            "/?Param2=value2&Param1=value1",
            &[host, date],
            "",
            scope,
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        example(
            "POST",
            "/",
            &[form, host, date],
            "Param1=value1",
            scope,
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        example(
            "GET",
            "/?Action=ListUsers&Version=2010-05-08",
            &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "iam.amazonaws.com"),
                date,
            ],
            "",
            "20150830/us-east-1/iam",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ];
    for seen in &examples {
        verify(seen, secret).unwrap();
        let mut changed = seen.clone();
        changed.method = "PUT".into();
        assert!(verify(&changed, secret).unwrap_err().starts_with("wrong signature"));
    }
}

#[test]
fn the_signer_writes_what_botocore_writes_and_the_verifier_accepts_it() {
    let target = "DynamoDB_20120810.GetItem";
    let body = r#"{"TableName":"sessions","Key":{"id":{"S":"PHPSESSID_abc"}},"ConsistentRead":true}"#;
    let fields = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)];
    let fields = fields.map(|(name, value)| (name.into(), value.to_owned())).to_vec();
    let endpoint = "https://dynamodb.eu-west-1.amazonaws.com".into();
    let mut request = Request { fields, ..Request::post(endpoint, Arc::new(body.into())) };
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let keys = dynamosess::config::Credentials {
        key: "AKIDEXAMPLE".into(),
        secret: secret.into(),
        token: Some("a/session+token==".into()),
        expires: None,
    };
    // 2026-01-02T03:04:05Z
    let signer = dynamosess::dynamodb::sign::Signer::default();
    signer.sign(&mut request, &std::sync::Arc::new(keys), "eu-west-1", "dynamodb", 1_767_323_045_000).unwrap();
    let headers = request.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let seen = Seen { method: "POST".into(), target: "/".into(), headers, body: body.into(), number: 0 };
    // By botocore 1.44.5 for the same request, key and moment.
    let botocore = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/dynamodb/aws4_request, \
                    SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, \
                    Signature=7b24473595f1f3be71f2a15a43bafedd936f03b6fb39e335ce53c895a9c09ca8";
    assert_eq!(seen.header("authorization"), Some(botocore));
    verify(&seen, |_| Some(secret.to_owned())).unwrap();
}
