//! aws-config's HTTP, over connections as DynamoDB's: one TLS, one rule for proxies.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::clock::CorrectedClock;
use crate::error::clean;
use crate::http::{Failed, Network, Reply, Request, TransportError};

/// How long a request may take for which aws-config sets no limit.
const LONGEST: Duration = Duration::from_secs(5);

/// The ways to AWS and to the metadata services.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    aws: Network,
    metadata: Network,
    /// Asked without a proxy although it is https.
    container_host: Option<String>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Connector {
    pub(super) fn new(aws: Network, metadata: Network, container_host: Option<String>) -> Self {
        Connector { aws, metadata, container_host, refusal: Arc::default() }
    }

    /// The last error that a service answered with, in its own words.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// AWS is asked over https; what is asked for metadata is near.
    fn network(&self, uri: &::http::Uri) -> &Network {
        let is_aws = uri.scheme_str() == Some("https") && uri.host() != self.container_host.as_deref();
        if is_aws { &self.aws } else { &self.metadata }
    }

    async fn call(self, request: HttpRequest, limit: Option<Duration>) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        let network = self.network(request.uri());
        let reply = network.exchange(encode(request)?, limit.unwrap_or(LONGEST)).await;
        let reply = reply.map_err(|error| connector_error(&host, &error))?;
        let said = refusal(&reply).map(|text| format!("{host}: {text}"));
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = said;
        decode(reply).map_err(|text| ConnectorError::other(text.into(), None))
    }
}

fn encode(request: ::http::Request<SdkBody>) -> Result<Request, ConnectorError> {
    let (parts, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?.to_vec();
    let (Some(scheme), Some(authority)) = (parts.uri.scheme_str(), parts.uri.authority()) else {
        return Err(ConnectorError::user("a URL without a host".into()));
    };
    let mut fields = vec![(Cow::Borrowed("host"), authority.to_string())];
    for (name, value) in &parts.headers {
        let is_ours = name == ::http::header::HOST || name == ::http::header::CONTENT_LENGTH;
        let value = value.to_str().map_err(|e| ConnectorError::user(e.into()))?;
        if !is_ours {
            fields.push((Cow::Owned(name.as_str().to_owned()), value.to_owned()));
        }
    }
    let target = parts.uri.path_and_query().map_or("/", ::http::uri::PathAndQuery::as_str);
    Ok(Request {
        method: parts.method,
        endpoint: format!("{scheme}://{authority}"),
        target: Cow::Owned(target.to_owned()),
        fields,
        body: Arc::new(body),
    })
}

fn decode(reply: Reply) -> Result<HttpResponse, String> {
    let mut response = ::http::Response::builder().status(reply.status);
    for (name, value) in reply.fields() {
        response = response.header(name, value);
    }
    let response = response.body(SdkBody::from(reply.body)).map_err(|error| error.to_string())?;
    HttpResponse::try_from(response).map_err(|error| error.to_string())
}

impl HttpClient for Connector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Limited { connector: self.clone(), limit: settings.read_timeout() })
    }
}

#[derive(Debug)]
struct Limited {
    connector: Connector,
    limit: Option<Duration>,
}

impl HttpConnector for Limited {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.connector.clone().call(request, self.limit))
    }
}

fn connector_error(host: &str, error: &TransportError) -> ConnectorError {
    let text = format!("{host}: {}", error.text);
    match error.kind {
        Failed::Timeout => ConnectorError::timeout(text.into()),
        Failed::Request => ConnectorError::user(text.into()),
        _ => ConnectorError::io(text.into()),
    }
}

/// What an error answer says: STS in XML, SSO and its OIDC service in JSON.
fn refusal(reply: &Reply) -> Option<String> {
    if reply.status < 400 {
        return None;
    }
    let body = String::from_utf8_lossy(&reply.body);
    let code = between(&body, "<Code>", "</Code>")
        .map(str::to_owned)
        .or_else(|| reply.field("x-amzn-errortype").map(str::to_owned))
        .or_else(|| json(&body, &["__type", "error", "code"]));
    let message = between(&body, "<Message>", "</Message>")
        .map(str::to_owned)
        .or_else(|| json(&body, &["message", "Message", "error_description"]));
    let code = code.unwrap_or_else(|| format!("HTTP {}", reply.status));
    let code = code.split(':').next().unwrap_or_default();
    Some(clean(&[code, message.as_deref().unwrap_or_default()].join(" "), &[]))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn json(body: &str, names: &[&str]) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).ok()?;
    names.iter().find_map(|name| Some(object.get(*name)?.as_str()?.to_owned()))
}

/// The corrected clock as aws-config takes it.
#[derive(Debug)]
pub(super) struct Time(pub(super) Arc<CorrectedClock>);

impl TimeSource for Time {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0.now_ms()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_own_words_are_found_in_xml_and_json() {
        let sts = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not \
                   allowed</Message></Error></ErrorResponse>";
        assert_eq!(refusal(&Reply::new(403, sts)).unwrap(), "AccessDenied not allowed");
        let sso = r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#;
        assert_eq!(refusal(&Reply::new(401, sso)).unwrap(), "UnauthorizedException Session token not found or invalid");
        assert_eq!(refusal(&Reply::new(500, "<html>")).unwrap(), "HTTP 500");
        assert_eq!(refusal(&Reply::new(200, sts)), None);
    }
}
