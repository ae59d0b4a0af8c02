//! aws-config's HTTP, through our own client: one TLS, one proxy rule, no thread.

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
use crate::http::{Answered, Failed, Network, TransportError, exchange};

/// The ways to AWS and to the metadata services.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    aws: reqwest::Client,
    metadata: reqwest::Client,
    /// Asked without a proxy although it is https.
    container_host: Option<String>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Connector {
    /// Of this thread and process; before a future runs on `network`, not in it.
    pub(super) fn new(
        network: &Network,
        metadata: &Network,
        container_host: Option<String>,
    ) -> Result<Self, TransportError> {
        Ok(Connector { aws: network.client()?, metadata: metadata.client()?, container_host, refusal: Arc::default() })
    }

    /// The last error that a service answered with, in its own words.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Only https can go through a proxy, and what is asked for metadata is near.
    fn client(&self, uri: &::http::Uri) -> reqwest::Client {
        let through_proxy = uri.scheme_str() == Some("https") && uri.host() != self.container_host.as_deref();
        if through_proxy { self.aws.clone() } else { self.metadata.clone() }
    }

    async fn call(self, request: HttpRequest, limit: Option<Duration>) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
        let (parts, body) = request.into_parts();
        let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?.to_vec();
        let client = self.client(&parts.uri);
        let host = parts.uri.host().unwrap_or_default().to_owned();
        let exchange = exchange(client, ::http::Request::from_parts(parts, body));
        let reply = match limit {
            Some(limit) => tokio::time::timeout(limit, exchange)
                .await
                .unwrap_or_else(|_| Err(TransportError::new(Failed::Timeout, "no answer in time"))),
            None => exchange.await,
        };
        let reply = reply.map_err(|error| connector_error(&host, &error))?;
        let said = refusal(&reply).map(|text| format!("{host}: {text}"));
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = said;
        HttpResponse::try_from(reply.map(SdkBody::from)).map_err(|e| ConnectorError::other(e.into(), None))
    }
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
fn refusal(reply: &Answered) -> Option<String> {
    let status = reply.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let body = String::from_utf8_lossy(reply.body());
    let code = between(&body, "<Code>", "</Code>")
        .map(str::to_owned)
        .or_else(|| header(reply, "x-amzn-errortype"))
        .or_else(|| json(&body, &["__type", "error", "code"]));
    let message = between(&body, "<Message>", "</Message>")
        .map(str::to_owned)
        .or_else(|| json(&body, &["message", "Message", "error_description"]));
    let code = code.unwrap_or_else(|| format!("HTTP {}", status.as_u16()));
    let code = code.split(':').next().unwrap_or_default();
    Some(clean(&[code, message.as_deref().unwrap_or_default()].join(" "), &[]))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn header(reply: &Answered, name: &str) -> Option<String> {
    Some(reply.headers().get(name)?.to_str().ok()?.to_owned())
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

    fn reply(status: u16, body: &str) -> Answered {
        let mut reply = Answered::new(body.as_bytes().to_vec());
        *reply.status_mut() = ::http::StatusCode::from_u16(status).unwrap();
        reply
    }

    #[test]
    fn a_services_own_words_are_found_in_xml_and_json() {
        let sts = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not \
                   allowed</Message></Error></ErrorResponse>";
        assert_eq!(refusal(&reply(403, sts)).unwrap(), "AccessDenied not allowed");
        let sso = r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#;
        assert_eq!(refusal(&reply(401, sso)).unwrap(), "UnauthorizedException Session token not found or invalid");
        assert_eq!(refusal(&reply(500, "<html>")).unwrap(), "HTTP 500");
        assert_eq!(refusal(&reply(200, sts)), None);
    }
}
