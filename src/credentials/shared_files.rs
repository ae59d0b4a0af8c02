//! The shared files `~/.aws/config` and `~/.aws/credentials`: what the profile says of region, endpoint and
//! credentials.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use crate::environment::{Environment, parse_bool};
use crate::error::{Cause, clean};

/// Both files as they are now, and the profile selected in them.
pub struct SharedFiles {
    pub(super) config: String,
    pub(super) credentials: String,
    places: String,
    sections: ProfileSet,
}

impl SharedFiles {
    /// Reads both. Absent files are empty; one that is there and cannot be read or parsed is an error, and so is a
    /// profile that was asked for by name and is in neither.
    pub fn read(environment: &Environment, profile: Option<&str>) -> Result<Self, Cause> {
        let (config, config_place) = file(environment, "AWS_CONFIG_FILE", "config")?;
        let (credentials, credentials_place) = file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let places = format!("{config_place}, {credentials_place}");
        let selected = profile.unwrap_or("default").to_owned();
        let bad = |detail: String| Cause::Credentials { provider: format!("the shared files ({places})"), detail };
        let sections = parse(&config, &credentials, selected).map_err(bad)?;
        if let Some(name) = profile.filter(|name| sections.get_profile(name).is_none()) {
            return Err(bad(format!("there is no profile '{}'", clean(name, &[]))));
        }
        Ok(SharedFiles { config, credentials, places, sections })
    }

    /// Where they are.
    pub(super) fn places(&self) -> &str {
        &self.places
    }

    /// The selected profile's name.
    pub(super) fn selected(&self) -> &str {
        self.sections.selected_profile()
    }

    /// A profile by name.
    pub(super) fn profile(&self, name: &str) -> Option<&Profile> {
        self.sections.get_profile(name)
    }

    /// A property of the selected profile.
    pub fn get(&self, property: &str) -> Option<&str> {
        self.sections.get(property).map(str::trim).filter(|text| !text.is_empty())
    }

    /// A switch of the selected profile.
    pub fn flag(&self, property: &str) -> Option<bool> {
        self.get(property).and_then(parse_bool)
    }

    /// `endpoint_url` of the selected profile for a service: its `services` section's first, then its own.
    pub fn endpoint_url(&self, service: &str) -> Option<String> {
        if self.flag("ignore_configured_endpoint_urls") == Some(true) {
            return None;
        }
        let nothing = Env::from(HashMap::new());
        let value = EnvConfigValue::new().profile("endpoint_url").service_id(service);
        value.load(&nothing, Some(&self.sections)).map(|(url, _)| url.into_owned())
    }
}

/// Contents hold secrets.
impl std::fmt::Debug for SharedFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedFiles").field("places", &self.places).finish_non_exhaustive()
    }
}

/// The content and the place of one of the files.
fn file(environment: &Environment, variable: &str, name: &str) -> Result<(String, String), Cause> {
    let home = environment.trusted("HOME").map(PathBuf::from);
    let path = match (environment.trusted(variable), &home) {
        (Some(path), Some(home)) if path.starts_with("~/") => home.join(path.trim_start_matches("~/")),
        (Some(path), _) => PathBuf::from(path),
        (None, Some(home)) => home.join(".aws").join(name),
        (None, None) => return Ok((String::new(), format!("~/.aws/{name} (HOME is not set)"))),
    };
    let place = path.display().to_string();
    let named = environment.trusted(variable).is_some();
    match std::fs::read(&path) {
        Ok(bytes) => Ok((String::from_utf8_lossy(&bytes).into_owned(), place)),
        Err(e) if is_absent(&e, &path, named) => Ok((String::new(), place)),
        Err(e) => {
            let detail = format!("{place} cannot be read by PHP's user: {e}");
            Err(Cause::Credentials { provider: "the shared files".to_owned(), detail })
        }
    }
}

/// Not there; or, where nobody has named it, in a home directory that PHP's user may not enter: then nobody can see
/// whether it is there.
fn is_absent(error: &std::io::Error, path: &Path, named: bool) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound | NotADirectory => true,
        PermissionDenied => !named && std::fs::metadata(path).is_err(),
        _ => false,
    }
}

fn parse(config: &str, credentials: &str, profile: String) -> Result<ProfileSet, String> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials)
        .build();
    let (fs, env) = (Fs::from_map(HashMap::<String, Vec<u8>>::new()), Env::from(HashMap::new()));
    let loaded = at_once(aws_config::profile::load(&fs, &env, &files, Some(profile.into())));
    let sections = loaded.ok_or("they could not be read at once")?;
    sections.map_err(|e| clean(&std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string), &[]))
}

/// The result of a future that has nothing to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

#[cfg(test)]
impl SharedFiles {
    /// For tests: these contents.
    pub(super) fn of(config: &str, credentials: &str, profile: &str) -> Self {
        SharedFiles {
            config: config.to_owned(),
            credentials: credentials.to_owned(),
            places: "test".to_owned(),
            sections: parse(config, credentials, profile.to_owned()).unwrap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::at_start(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_services_section_beats_the_profiles_own_endpoint_url() {
        let config = "[profile a]\nendpoint_url = http://all\nservices = mine\n\
                      [services mine]\ndynamodb =\n  endpoint_url = http://dynamodb\n";
        let files = SharedFiles::of(config, "", "a");
        assert_eq!(files.endpoint_url("dynamodb").as_deref(), Some("http://dynamodb"));
        assert_eq!(files.endpoint_url("sts").as_deref(), Some("http://all"));
        let ignoring = SharedFiles::of(
            &format!("{config}[profile b]\nendpoint_url=http://b\nignore_configured_endpoint_urls=true"),
            "",
            "b",
        );
        assert_eq!(ignoring.endpoint_url("dynamodb"), None);
    }

    #[test]
    fn a_profile_that_was_named_and_is_not_there_is_an_error_and_the_default_one_is_not() {
        let nowhere = environment(&[("AWS_CONFIG_FILE", "/dev/null"), ("HOME", "/nonexistent")]);
        assert!(SharedFiles::read(&nowhere, None).is_ok());
        let Err(Cause::Credentials { provider, detail }) = SharedFiles::read(&nowhere, Some("shop")) else { panic!() };
        assert!(provider.contains("/nonexistent/.aws/credentials"), "{provider}");
        assert_eq!(detail, "there is no profile 'shop'");
    }

    #[test]
    fn a_file_that_may_not_be_read_is_absent_only_where_its_folder_may_not_be_entered() {
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let (seen, hidden) = (Path::new("/dev/null"), Path::new("/root-only/.aws/credentials"));
        assert!(!is_absent(&denied, seen, false) && !is_absent(&denied, seen, true));
        assert!(is_absent(&denied, hidden, false) && !is_absent(&denied, hidden, true));
    }

    #[test]
    fn a_tilde_is_the_home_that_the_operator_gave() {
        let places = |pairs| SharedFiles::read(&environment(pairs), None).unwrap().places().to_owned();
        let shown = places(&[("HOME", "/nonexistent"), ("AWS_CONFIG_FILE", "~/x/config")]);
        assert_eq!(shown, "/nonexistent/x/config, /nonexistent/.aws/credentials");
        assert!(places(&[]).contains("HOME is not set"));
    }

    #[test]
    fn a_file_that_does_not_parse_is_an_error_without_its_content() {
        let Err(text) = parse("[default]\n not a section = [[[\nsecret!", "", "default".into()) else { panic!() };
        assert!(!text.contains("secret!"), "{text}");
    }

    #[test]
    fn contents_do_not_show_in_debug() {
        let files = SharedFiles::of("", "[default]\naws_secret_access_key = hush", "default");
        assert!(!format!("{files:?}").contains("hush"));
    }
}
