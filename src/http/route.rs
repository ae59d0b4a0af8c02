//! Where a connection leads, and through which proxy: pure decisions on URLs.
//!
//! Which hosts are reached without a proxy, and what a proxy's URL may be, are hyper-util's rules, the ones that the AWS
//! SDK for Rust goes by. It is handed the values that the operator set, and looks at no environment itself.

use ::http::Uri;
use ::http::uri::{Authority, Scheme};
use hyper_util::client::proxy::matcher::Matcher;

use super::{Failed, Proxies, TransportError};

/// A server that is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_tls: bool,
    /// Host and port.
    pub(super) authority: Authority,
}

/// A proxy that is gone through.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) server: Origin,
    /// The value of `Proxy-Authorization`.
    pub(super) authorization: Option<String>,
}

/// The way to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) origin: Origin,
    pub(super) proxy: Option<Proxy>,
}

impl Origin {
    fn of(url: &Uri) -> Option<Self> {
        let authority = url.authority()?;
        let has_port = authority.as_str().rsplit_once(':').is_some_and(|(_, rest)| !rest.ends_with(']'));
        if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
            return None;
        }
        Some(Origin { is_tls: url.scheme() == Some(&Scheme::HTTPS), authority: authority.clone() })
    }

    /// The host as certificates name it.
    pub(super) fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// Host and port, also where the port is the usual one.
    pub(super) fn host_and_port(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        format!("{}:{}", self.authority.host(), self.authority.port_u16().unwrap_or(usual))
    }

    /// Its URL, with a path.
    pub(super) fn url(&self) -> Result<Uri, TransportError> {
        let scheme = if self.is_tls { Scheme::HTTPS } else { Scheme::HTTP };
        let url = Uri::builder().scheme(scheme).authority(self.authority.clone()).path_and_query("/").build();
        url.map_err(|error| TransportError::new(Failed::Request, error.to_string()))
    }
}

impl Route {
    /// The way to `endpoint`.
    pub(super) fn to(endpoint: &str, proxies: &Proxies) -> Result<Self, TransportError> {
        let bad = |text: String| TransportError::new(Failed::Request, format!("dynamosess.endpoint: {text}"));
        let url: Uri = endpoint.parse().map_err(|error: ::http::uri::InvalidUri| bad(error.to_string()))?;
        let origin = Origin::of(&url).ok_or_else(|| bad("no host".to_owned()))?;
        let url = origin.url()?;
        let proxy = if origin.is_tls { &proxies.https } else { &proxies.http };
        let proxy = proxy.as_ref().map(|proxy| Proxy::find(proxy, &proxies.except, &url)).transpose()?.flatten();
        Ok(Route { origin, proxy })
    }

    /// To what a socket is connected.
    pub(super) fn first(&self) -> &Origin {
        self.proxy.as_ref().map_or(&self.origin, |proxy| &proxy.server)
    }

    /// Says of an error on the way that it is about the proxy, which the operator may have forgotten about.
    pub(super) fn blame(&self, error: TransportError) -> TransportError {
        match &self.proxy {
            Some(proxy) => {
                TransportError { text: format!("through the proxy {}: {}", proxy.name(), error.text), ..error }
            }
            None => error,
        }
    }
}

impl Proxy {
    /// The proxy at `proxy`, unless `url` is to be reached without.
    fn find(proxy: &str, except: &str, url: &Uri) -> Result<Option<Self>, TransportError> {
        // Not shown, since it may hold a password.
        let bad = || {
            let variable = if url.scheme() == Some(&Scheme::HTTPS) { "HTTPS_PROXY" } else { "HTTP_PROXY" };
            let text =
                format!("{variable} (or ALL_PROXY) must be the URL of a proxy, http://host:port or https://host:port");
            TransportError::new(Failed::Request, text)
        };
        let found = Matcher::builder().all(proxy).build().intercept(url).ok_or_else(bad)?;
        let server = Origin::of(found.uri()).filter(|_| matches!(found.uri().scheme_str(), Some("http" | "https")));
        let authorization = found.basic_auth().and_then(|value| value.to_str().ok()).map(str::to_owned);
        let found = Proxy { server: server.ok_or_else(bad)?, authorization };
        let is_through = Matcher::builder().all(proxy).no(except).build().intercept(url).is_some();
        Ok(is_through.then_some(found))
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        self.server.host_and_port()
    }
}

/// The authorization is a password.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://dynamodb.eu-west-1.amazonaws.com";

    fn proxies(url: &str, except: &str) -> Proxies {
        Proxies { http: None, https: Some(url.to_owned()), except: except.to_owned() }
    }

    fn proxy(url: &str) -> Proxy {
        Route::to(ENDPOINT, &proxies(url, "")).unwrap().proxy.unwrap()
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let both = Proxies { http: Some("http://a:1".into()), https: Some("http://b:2".into()), except: String::new() };
        let name = |endpoint| Route::to(endpoint, &both).unwrap().proxy.map(|proxy| proxy.name());
        assert_eq!((name("http://x:8000"), name(ENDPOINT)), (Some("a:1".into()), Some("b:2".into())));
        let none = Proxies { http: None, ..both };
        assert_eq!(Route::to("http://x:8000", &none).unwrap().proxy, None);
    }

    #[test]
    fn a_proxy_is_spoken_to_as_its_url_says() {
        let plain = proxy("http://proxy:3128");
        assert_eq!((plain.name().as_str(), plain.server.is_tls, &plain.authorization), ("proxy:3128", false, &None));
        assert_eq!(proxy("proxy").name(), "proxy:80", "http is what is meant where nothing is said");
        let tls = proxy("https://user:p%40ss@proxy/path");
        assert_eq!((tls.name().as_str(), tls.server.is_tls), ("proxy:443", true));
        // user:p@ss
        assert_eq!(tls.authorization.as_deref(), Some("Basic dXNlcjpwQHNz"));
    }

    #[test]
    fn some_hosts_are_reached_without() {
        let is_through = |except: &str| Route::to(ENDPOINT, &proxies("http://proxy", except)).unwrap().proxy.is_some();
        for except in ["*", ".amazonaws.com", "localhost, amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"] {
            assert!(!is_through(except), "{except}");
        }
        for except in ["", "eu-west-1", "notamazonaws.com", "10.0.0.0/8"] {
            assert!(is_through(except), "{except}");
        }
        let to = |endpoint| Route::to(endpoint, &proxies("http://proxy", "10.0.0.0/8,fd00::/8")).unwrap().proxy;
        assert_eq!((to("https://10.1.2.3"), to("https://[fd00::1]:8000")), (None, None));
    }

    #[test]
    fn what_is_no_proxy_is_an_error_that_does_not_show_it() {
        for url in [
            "socks5://user:hush@proxy:1080",
            "ftp://hush@proxy",
            "http://",
            "http://user:hush@:3128",
            "http://user:hush@proxy:x",
        ] {
            let error = Route::to(ENDPOINT, &proxies(url, "")).unwrap_err();
            assert!(error.kind == Failed::Request && error.text.contains("HTTPS_PROXY"), "{url}: {error:?}");
            assert!(!error.text.contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn a_password_does_not_show_in_debug() {
        let route = Route::to(ENDPOINT, &proxies("http://user:hush@proxy", "")).unwrap();
        let shown = format!("{route:?}");
        assert!(!shown.contains("hush") && !shown.contains("Basic"), "{shown}");
    }

    #[test]
    fn a_host_is_named_without_brackets_to_certificates_and_with_its_port_to_a_proxy() {
        let origin = Route::to("https://[::1]", &Proxies::default()).unwrap().origin;
        assert_eq!((origin.host(), origin.host_and_port().as_str()), ("::1", "[::1]:443"));
    }
}
