//! Plays DynamoDB, STS, SSO, the container endpoint and the instance's metadata service, all on one port.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::server::{Reaction, Reply, Seen, Server};
use crate::sigv4;

pub const REGION: &str = "eu-west-1";
/// A long-lived key that everybody may use.
pub const KEY: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
pub const CONTAINER_TOKEN: &str = "container-token";
pub const WEB_IDENTITY_TOKEN: &str = "web.identity.token";
pub const SSO_TOKEN: &str = "sso-access-token";

/// What the services know.
pub struct State {
    /// Secret and session token by key id.
    keys: HashMap<String, (String, Option<String>)>,
    /// Key ids that DynamoDB refuses as expired.
    pub expired: Vec<String>,
    /// When new temporary keys end, in seconds since the epoch.
    pub expires: i64,
    /// Services, or calls as [`Aws::calls`] lists them, that fail, with their answer.
    pub failing: HashMap<&'static str, Reaction>,
    calls: Vec<String>,
    issued: usize,
}

pub struct Aws {
    pub server: Server,
    state: Arc<Mutex<State>>,
}

impl Aws {
    pub fn start(expires: i64) -> Self {
        let keys = HashMap::from([(KEY.0.to_owned(), (KEY.1.to_owned(), None))]);
        let state = State { keys, expires, expired: Vec::new(), failing: HashMap::new(), calls: Vec::new(), issued: 0 };
        let state = Arc::new(Mutex::new(state));
        let for_server = Arc::clone(&state);
        Aws { server: Server::start(move |seen| for_server.lock().unwrap().serve(seen)), state }
    }

    /// The same over TLS.
    pub fn start_tls(config: Arc<rustls::ServerConfig>, expires: i64) -> Self {
        let Aws { state, .. } = Aws::start(expires);
        let for_server = Arc::clone(&state);
        Aws { server: Server::start_tls(config, move |seen| for_server.lock().unwrap().serve(seen)), state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Who was asked so far, in order: `DynamoDB by ASIA1`, `STS AssumeRole arn by AKIDEXAMPLE`, `IMDS role`…
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }
}

impl State {
    /// Puts a key into the services' books, as if it had been handed out.
    pub fn allow(&mut self, id: &str, secret: &str, token: Option<&str>) {
        self.keys.insert(id.to_owned(), (secret.to_owned(), token.map(str::to_owned)));
    }

    fn issue(&mut self) -> (String, String, String) {
        self.issued += 1;
        let n = self.issued;
        let (id, secret, token) = (format!("ASIA{n}"), format!("secret-{n}"), format!("token-{n}"));
        self.allow(&id, &secret, Some(&token));
        (id, secret, token)
    }

    fn call(&mut self, service: &'static str, more: &str, serve: impl FnOnce(&mut Self) -> Reply) -> Reaction {
        let call = format!("{service} {more}").trim().to_owned();
        self.calls.push(call.clone());
        match self.failing.get(&*call).or_else(|| self.failing.get(service)) {
            Some(reaction) => reaction.clone(),
            None => Reaction::Answer(serve(self)),
        }
    }

    fn serve(&mut self, seen: &Seen) -> Reaction {
        let path = seen.path().to_owned();
        if seen.header("x-amz-target").is_some_and(|target| target.starts_with("DynamoDB_20120810.")) {
            return self.dynamodb(seen);
        }
        match (&*seen.method, &*path) {
            ("PUT", "/latest/api/token") => self.call("IMDS", "token", |_| {
                Reply::new(200, "imds-token").with("x-aws-ec2-metadata-token-ttl-seconds", "21600")
            }),
            ("GET", path) if path.starts_with("/latest/meta-data/") => self.imds(seen, path),
            ("GET", "/v2/credentials/task") => self.call("container", "", |state| state.container(seen)),
            ("GET", "/federation/credentials") => self.call("SSO", "", |state| state.sso(seen)),
            ("POST", "/token") => self.call("SSO OIDC", "", |_| {
                Reply::new(200, format!(r#"{{"accessToken":"{SSO_TOKEN}","expiresIn":28800,"tokenType":"Bearer"}}"#))
            }),
            ("POST", "/") => self.sts(seen),
            _ => Reaction::Answer(Reply::new(404, "")),
        }
    }

    fn imds(&mut self, seen: &Seen, path: &str) -> Reaction {
        let path = path.trim_start_matches("/latest/meta-data/").to_owned();
        if seen.header("x-aws-ec2-metadata-token") != Some("imds-token") {
            return Reaction::Answer(Reply::new(401, ""));
        }
        self.call("IMDS", &path.clone(), |state| match &*path {
            "placement/region" => Reply::new(200, REGION),
            "iam/security-credentials/" => Reply::new(200, "shop-role"),
            "iam/security-credentials/shop-role" => Reply::new(200, state.json_credentials()),
            _ => Reply::new(404, ""),
        })
    }

    fn container(&mut self, seen: &Seen) -> Reply {
        match seen.header("authorization") {
            Some(token) if token != CONTAINER_TOKEN => Reply::new(401, ""),
            _ => Reply::new(200, self.json_credentials()),
        }
    }

    fn json_credentials(&mut self) -> String {
        let (id, secret, token) = self.issue();
        format!(
            r#"{{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"{id}",
               "SecretAccessKey":"{secret}","Token":"{token}","Expiration":"{}"}}"#,
            rfc3339(self.expires)
        )
    }

    fn sso(&mut self, seen: &Seen) -> Reply {
        if seen.header("x-amz-sso_bearer_token") != Some(SSO_TOKEN) {
            let body = r#"{"message":"Session token not found or invalid"}"#;
            return Reply::new(401, body).with("x-amzn-errortype", "UnauthorizedException");
        }
        let (id, secret, token) = self.issue();
        let body = format!(
            r#"{{"roleCredentials":{{"accessKeyId":"{id}","secretAccessKey":"{secret}","sessionToken":"{token}",
               "expiration":{}}}}}"#,
            self.expires * 1_000
        );
        Reply::new(200, body)
    }

    fn sts(&mut self, seen: &Seen) -> Reaction {
        let fields: HashMap<String, String> =
            url::form_urlencoded::parse(&seen.body).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        let action = fields["Action"].clone();
        let role = fields.get("RoleArn").cloned().unwrap_or_default();
        if action == "AssumeRoleWithWebIdentity" {
            return self.call("STS", &format!("{action} {role}"), |state| {
                if fields["WebIdentityToken"] == WEB_IDENTITY_TOKEN {
                    state.assumed(&action, &role)
                } else {
                    sts_error(400, "InvalidIdentityToken", "No OpenIDConnect provider found")
                }
            });
        }
        let signed = match self.verify(seen, "sts") {
            Ok(signed) => signed,
            Err(text) => return Reaction::Answer(sts_error(403, "SignatureDoesNotMatch", &text)),
        };
        self.call("STS", &format!("{action} {role} by {}", signed.key_id), |state| {
            if role.ends_with("/forbidden") {
                return sts_error(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole");
            }
            state.assumed(&action, &role)
        })
    }

    fn assumed(&mut self, action: &str, role: &str) -> Reply {
        let (id, secret, token) = self.issue();
        let expires = rfc3339(self.expires);
        Reply::new(
            200,
            format!(
                r#"<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
                   <AssumedRoleUser><Arn>{role}/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
                   <Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
                   <SessionToken>{token}</SessionToken><Expiration>{expires}</Expiration></Credentials>
                   </{action}Result></{action}Response>"#
            ),
        )
        .with("content-type", "text/xml")
    }

    fn dynamodb(&mut self, seen: &Seen) -> Reaction {
        let signed = match self.verify(seen, "dynamodb") {
            Ok(signed) => signed,
            Err(text) => return Reaction::Answer(dynamodb_error("UnrecognizedClientException", &text)),
        };
        self.call("DynamoDB", &format!("by {}", signed.key_id), |state| {
            if state.expired.contains(&signed.key_id) {
                return dynamodb_error(
                    "ExpiredTokenException",
                    "The security token included in the request is expired",
                );
            }
            Reply::new(200, "{}")
        })
    }

    fn verify(&self, seen: &Seen, service: &str) -> Result<sigv4::Signed, String> {
        let signed = sigv4::verify(seen, |id| Some(self.keys.get(id)?.0.clone()))?;
        let token = self.keys.get(&signed.key_id).and_then(|(_, token)| token.as_deref());
        if seen.header("x-amz-security-token") != token {
            return Err("wrong session token".into());
        }
        if (&*signed.service, &*signed.region) != (service, REGION) {
            return Err(format!("signed for {} in {}", signed.service, signed.region));
        }
        Ok(signed)
    }
}

pub fn dynamodb_error(code: &str, message: &str) -> Reply {
    let body = serde_json::json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message});
    Reply::new(400, body.to_string()).with("x-amzn-requestid", "REQUESTID")
}

fn sts_error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
           <Code>{code}</Code><Message>{message}</Message></Error><RequestId>STSREQUEST</RequestId></ErrorResponse>"#
    );
    Reply::new(status, body).with("content-type", "text/xml")
}

fn rfc3339(seconds: i64) -> String {
    let time = aws_smithy_types::DateTime::from_secs(seconds);
    time.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap()
}
