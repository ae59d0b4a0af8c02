//! Where settings come from: constructor, save_path DSN, INI, environment; and how they are merged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::merged::Merged;
use super::table::{Kind, SETTINGS, Scope, Setting};
use super::value::{Source, Value};
use super::{CredentialSource, given};
use crate::encryption::KeySource;
use crate::environment::Environment;

/// How a `session.save_path` of ours begins.
pub const DSN: &str = "dynamodb://";

/// All places at one moment.
#[derive(Clone, Default, PartialEq)]
pub struct Sources {
    /// The constructor's array.
    pub constructor: BTreeMap<String, Value>,
    /// `session.save_path`; looked at only if it begins with `dynamodb://`.
    pub save_path: String,
    /// INI values by key, without the prefix.
    pub ini: HashMap<String, String>,
    /// Environment variables.
    pub environment: Environment,
}

/// INI values may hold keys.
impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ini: BTreeSet<_> = self.ini.keys().collect();
        f.debug_struct("Sources").field("constructor", &self.constructor).field("ini", &ini).finish_non_exhaustive()
    }
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Names the setting, its value and what is allowed.
    pub text: String,
    /// How grave it is.
    pub kind: ProblemKind,
    /// Whose setting it is.
    pub source: Source,
}

/// How grave a problem is, and which exception it is in a constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The default or the nearest meaning holds: a warning.
    Warning,
    /// A wrong value: ValueError in the constructor, a warning elsewhere.
    Value,
    /// A wrong type: TypeError in the constructor.
    Type,
    /// Nothing can be done with it: opening fails.
    Fatal,
}

/// Merges all places: constructor over DSN over INI over environment over default.
pub fn merge(sources: &Sources) -> (Merged, Vec<Problem>) {
    let mut merging = Merging {
        merged: Merged { texts: HashMap::new(), batch: BTreeMap::new(), credentials: CredentialSource::Chain },
        problems: Vec::new(),
    };
    for setting in SETTINGS {
        let default = (setting.default.to_owned(), Source::Default);
        merging.merged.texts.insert(setting.key, default);
        merging.environment(setting, &sources.environment);
        if let Some(text) = sources.ini.get(setting.key) {
            merging.ini(setting, text);
        }
    }
    merging.save_path(&sources.save_path);
    for (name, value) in &sources.constructor {
        merging.option(name, value);
    }
    merging.merged.heed_arn();
    (merging.merged, merging.problems)
}

struct Merging {
    merged: Merged,
    problems: Vec<Problem>,
}

impl Merging {
    fn environment(&mut self, setting: &'static Setting, environment: &Environment) {
        if setting.key == "endpoint" && environment.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return;
        }
        let said = setting.environment.iter().find_map(|name| Some((name, environment.get(name)?)));
        if let Some((name, text)) = said {
            self.take(setting, name, text, Source::Environment);
        }
    }

    fn ini(&mut self, setting: &'static Setting, text: &str) {
        let is_off = setting.kind.is_switch() && text.is_empty();
        if text != setting.default || is_off {
            self.take(setting, &format!("dynamosess.{}", setting.key), text, Source::Ini);
        }
    }

    /// `dynamodb://table?region=…&…`
    fn save_path(&mut self, path: &str) {
        let Some(dsn) = path.strip_prefix(DSN) else {
            return;
        };
        let (table, query) = dsn.split_once('?').unwrap_or((dsn, ""));
        let has_secret = |name: &str| matches!(name, "credentials" | "key" | "secret" | "token" | "password");
        let is_encryption = |name: &str| matches!(name, "encryption_keys" | "encryption");
        let pairs = || url::form_urlencoded::parse(query.as_bytes());
        if table.contains('@') || pairs().any(|(name, _)| has_secret(&name)) {
            self.problem(
                Source::SavePath,
                ProblemKind::Fatal,
                "session.save_path must not hold credentials; use a role or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
                    .to_owned(),
            );
            return;
        }
        if pairs().any(|(name, _)| is_encryption(&name)) {
            let text = "session.save_path must not say how sessions are encrypted; that stands in php.ini, in a pool of \
                        php-fpm, or in DYNAMOSESS_ENCRYPTION_KEYS";
            self.problem(Source::SavePath, ProblemKind::Fatal, text.to_owned());
            return;
        }
        let table = table.trim_end_matches('/');
        if let (false, Some(setting)) = (table.is_empty(), Setting::find("table_name")) {
            self.take(setting, "session.save_path: table_name", table, Source::SavePath);
        }
        for (name, text) in pairs() {
            match Setting::find(&name).filter(|s| s.scope == Scope::Anywhere) {
                Some(setting) => {
                    self.take(setting, &format!("session.save_path: {name}"), &text, Source::SavePath);
                }
                None => self.unknown(Source::SavePath, "session.save_path: option", &name),
            }
        }
    }

    fn option(&mut self, name: &str, value: &Value) {
        let Some(setting) = Setting::find(name) else {
            return self.unknown(Source::Constructor, "option", name);
        };
        if *value == Value::Null {
            return;
        }
        match (setting.key, value) {
            ("credentials", _) => self.credentials(value),
            ("batch_config", Value::Array(batch)) => self.batch(batch),
            ("http", Value::Array(http)) => self.http(http),
            ("max_attempts", _) if name == "retries" => self.retries(setting, value),
            (_, _) if setting.kind == Kind::Ignored => {}
            (_, Value::Bool(on)) if setting.kind.is_switch() => self.given(setting, if *on { "1" } else { "0" }),
            (_, Value::Int(n)) if setting.kind.is_switch() => self.given(setting, if *n != 0 { "1" } else { "0" }),
            (_, Value::Int(n)) => self.given(setting, &n.to_string()),
            (_, Value::Float(n)) => self.given(setting, &n.to_string()),
            // Else a variable that an application has not set would turn off what php.ini turns on.
            (_, Value::Text(text)) if setting.kind == Kind::Keys && text.is_empty() => {
                let text = format!("option '{}' must be {}; no key is in it", setting.key, setting.allowed());
                self.problem(Source::Constructor, ProblemKind::Value, text);
            }
            (_, Value::Text(text)) => self.given(setting, text),
            _ => self.wrong_type(setting, value),
        }
    }

    fn given(&mut self, setting: &'static Setting, text: &str) {
        self.take(setting, &format!("option '{}'", setting.key), text, Source::Constructor);
    }

    /// The SDK counts retries, and takes an array with `max_attempts` too.
    fn retries(&mut self, setting: &'static Setting, value: &Value) {
        match value {
            Value::Int(n) => self.given(setting, &n.saturating_add(1).to_string()),
            Value::Array(array) => match array.get("max_attempts") {
                Some(Value::Int(n)) => self.given(setting, &n.to_string()),
                None => {}
                Some(other) => self.wrong_type(setting, other),
            },
            other => self.wrong_type(setting, other),
        }
    }

    fn batch(&mut self, batch: &BTreeMap<String, Value>) {
        if batch.contains_key("before") {
            let text = "option 'batch_config': the SDK's 'before' callable is ignored; requests are dynamosess's own";
            self.problem(Source::Constructor, ProblemKind::Warning, text.to_owned());
        }
        for (name, value) in batch {
            let known = matches!(name.as_str(), "batch_size" | "delay" | "before");
            let number =
                matches!(value, Value::Int(0..) | Value::Null) || matches!(value, Value::Float(n) if *n >= 0.0);
            if known && name != "before" && !number {
                let text = format!("option 'batch_config': '{name}' must be a number of 0 or more");
                self.problem(Source::Constructor, ProblemKind::Value, text);
            }
        }
        self.merged.batch = batch.clone();
    }

    fn http(&mut self, http: &BTreeMap<String, Value>) {
        if matches!(http.get("verify"), Some(Value::Bool(false))) {
            let text = "option 'http': certificate checks cannot be turned off; a private certificate authority goes \
                        into 'ca_bundle'";
            self.problem(Source::Constructor, ProblemKind::Warning, text.to_owned());
        }
        if http.contains_key("proxy") {
            let text = "option 'http': 'proxy' is ignored; set HTTPS_PROXY in the environment of PHP";
            self.problem(Source::Constructor, ProblemKind::Warning, text.to_owned());
        }
    }

    fn credentials(&mut self, value: &Value) {
        match value {
            Value::Callable(_) => self.merged.credentials = CredentialSource::Callable,
            Value::Array(array) => match given::credentials(array) {
                Ok(given) => self.merged.credentials = CredentialSource::Given(given),
                Err((kind, text)) => self.problem(Source::Constructor, kind, format!("option 'credentials': {text}")),
            },
            // The SDK takes false for anonymous access and true for its own default.
            Value::Bool(true) => {}
            other => {
                let text = format!(
                    "option 'credentials' must be ['key' =>, 'secret' =>, 'token' =>] or a callable that returns such \
                     an array, {} given; leave it out to use the machine's role, profile or environment",
                    other.type_name()
                );
                self.problem(Source::Constructor, ProblemKind::Type, text);
            }
        }
    }

    fn take(&mut self, setting: &'static Setting, name: &str, text: &str, source: Source) {
        // PHP makes the empty text of `Off`, `no`, `false` in its INI files, and of ini_set()'s false.
        let text = if setting.kind.is_switch() && text.is_empty() { "0" } else { text };
        if setting.allows(text) {
            self.merged.texts.insert(setting.key, (text.to_owned(), source));
            return;
        }
        // Without its keys a session would be stored as it is.
        let is_grave = matches!(setting.key, "encryption_keys" | "encryption");
        let then = match source {
            Source::Constructor => String::new(),
            _ if is_grave => "; no session is opened with it".to_owned(),
            _ if setting.default.is_empty() => "; it is not used".to_owned(),
            _ => format!("; the default '{}' is used", setting.default),
        };
        let why = match KeySource::parse(text) {
            Err(why) if setting.kind == Kind::Keys => format!("; {why}"),
            _ => format!(", '{}' given", setting.shown(text)),
        };
        let text = format!("{name} must be {}{why}{then}", setting.allowed());
        let kind = if is_grave && source != Source::Constructor { ProblemKind::Fatal } else { ProblemKind::Value };
        self.problem(source, kind, text);
    }

    fn wrong_type(&mut self, setting: &Setting, value: &Value) {
        let text = format!("option '{}' must be {}, {} given", setting.key, setting.allowed(), value.type_name());
        self.problem(Source::Constructor, ProblemKind::Type, text);
    }

    fn unknown(&mut self, source: Source, what: &str, name: &str) {
        let nearest = Setting::nearest(name).map(|known| format!("; did you mean '{known}'?")).unwrap_or_default();
        let text = format!("{what} '{}' is unknown{nearest}", crate::error::clean(name, &[]));
        self.problem(source, ProblemKind::Warning, text);
    }

    fn problem(&mut self, source: Source, kind: ProblemKind, text: String) {
        self.problems.push(Problem { text, kind, source });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{DataType, Prefetch, Settings};
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    fn settings(sources: &Sources) -> (Settings, Vec<Problem>) {
        let (mut merged, problems) = merge(sources);
        (Settings::parse(&mut merged, 1_440), problems)
    }

    fn constructor(options: &[(&str, Value)]) -> Sources {
        Sources {
            constructor: options.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            ..Sources::default()
        }
    }

    #[test]
    fn constructor_wins_over_dsn_over_ini_over_environment() {
        let environment = Environment::at_start([("AWS_REGION".to_owned(), "env-1".to_owned())]);
        let mut sources = Sources { environment, ..Sources::default() };
        assert_eq!(settings(&sources).0.region.as_deref(), Some("env-1"));
        sources.ini.insert("region".into(), "ini-1".into());
        assert_eq!(settings(&sources).0.region.as_deref(), Some("ini-1"));
        sources.save_path = "dynamodb://shop_sessions?region=dsn-1&locking=on".into();
        let (dsn, problems) = settings(&sources);
        assert_eq!((dsn.region.as_deref(), dsn.table_name.as_str()), (Some("dsn-1"), "shop_sessions"));
        assert!(dsn.locking && problems.is_empty());
        sources.constructor.insert("region".into(), text("new-1"));
        assert_eq!(settings(&sources).0.region.as_deref(), Some("new-1"));
    }

    #[test]
    fn a_table_arns_region_wins_over_the_environments_and_not_over_a_settings() {
        let arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/sessions";
        let environment = Environment::at_start([("AWS_REGION".to_owned(), "eu-west-1".to_owned())]);
        let mut sources = Sources { environment, ..Sources::default() };
        sources.ini.insert("table_name".into(), arn.into());
        assert_eq!(settings(&sources).0.region.as_deref(), Some("eu-central-1"));
        assert_eq!(merge(&sources).0.source("region").to_string(), "the table's ARN");
        sources.ini.insert("region".into(), "us-east-1".into());
        assert_eq!(settings(&sources).0.region.as_deref(), Some("us-east-1"));
    }

    #[test]
    fn any_other_save_path_is_ignored() {
        let sources = Sources { save_path: "/var/lib/php/sessions".into(), ..Sources::default() };
        assert_eq!(settings(&sources), (Settings::defaults(), vec![]));
    }

    #[test]
    fn a_save_path_with_credentials_is_refused() {
        for path in ["dynamodb://key:secret@table", "dynamodb://table?secret=x"] {
            let sources = Sources { save_path: path.into(), ..Sources::default() };
            assert_eq!(settings(&sources).1.first().map(|p| p.kind), Some(ProblemKind::Fatal), "{path}");
        }
    }

    const KEYS: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn how_sessions_are_encrypted_is_never_said_by_a_save_path() {
        for path in ["dynamodb://table?encryption_keys=a:x", "dynamodb://table?encryption=optional"] {
            let sources = Sources { save_path: path.into(), ..Sources::default() };
            assert_eq!(settings(&sources).1.first().map(|p| p.kind), Some(ProblemKind::Fatal), "{path}");
        }
    }

    #[test]
    fn a_mistake_in_encryption_is_fatal_and_never_means_none() {
        let broken = KEYS.trim_end_matches("8=");
        let environment = Environment::at_start([("DYNAMOSESS_ENCRYPTION_KEYS".to_owned(), broken.to_owned())]);
        let ini =
            |key: &str, text: &str| Sources { ini: HashMap::from([(key.into(), text.into())]), ..Sources::default() };
        let constructor = constructor(&[("encryption_keys", text(broken))]);
        for (sources, kind) in [
            (ini("encryption_keys", broken), ProblemKind::Fatal),
            (ini("encryption_keys", "file:keys"), ProblemKind::Fatal),
            (ini("encryption", "require"), ProblemKind::Fatal),
            (Sources { environment, ..Sources::default() }, ProblemKind::Fatal),
            (constructor, ProblemKind::Value),
            (self::constructor(&[("encryption_keys", text(""))]), ProblemKind::Value),
        ] {
            let problems = settings(&sources).1;
            assert_eq!(problems.iter().map(|p| p.kind).collect::<Vec<_>>(), [kind], "{sources:?}");
            assert!(!problems[0].text.contains("AAEC"), "{problems:?}");
        }
    }

    #[test]
    fn no_key_shows_in_debug() {
        let mut sources = constructor(&[("encryption_keys", text(KEYS))]);
        sources.ini.insert("encryption_keys".into(), KEYS.into());
        let (mut merged, problems) = merge(&sources);
        let parsed = Settings::parse(&mut merged, 0);
        let shown = format!("{sources:?} {merged:?} {problems:?} {parsed:?}");
        assert!(!shown.contains("AAEC") && shown.contains("Key(\"a\")"), "{shown}");
    }

    #[test]
    fn a_wrong_ini_value_names_setting_value_and_what_is_allowed_and_the_default_holds() {
        let mut sources = Sources::default();
        sources.ini.insert("timeout".into(), "soon".into());
        let (parsed, problems) = settings(&sources);
        assert_eq!(parsed.timeout, Duration::from_secs(5));
        let expected =
            "dynamosess.timeout must be a number of seconds from 0.01 to 300, 'soon' given; the default '5' is used";
        assert_eq!(problems.first().map(|p| p.text.as_str()), Some(expected));
    }

    #[test]
    fn a_switch_set_to_nothing_is_off_and_one_that_is_not_set_is_neither() {
        let mut sources = Sources::default();
        for setting in SETTINGS.iter().filter(|setting| setting.kind.is_switch()) {
            sources.ini.insert(setting.key.to_owned(), String::new());
        }
        let (off, problems) = settings(&sources);
        assert_eq!(problems, vec![]);
        assert!(!off.consistent_read && !off.locking && off.prefetch == Prefetch::Off);
        assert_eq!(off.data_attribute_type, DataType::String);
        assert_eq!((off.use_fips_endpoint, off.use_dual_stack_endpoint), (Some(false), Some(false)));
        let unset = Settings::defaults();
        assert_eq!(unset.data_attribute_type, DataType::Binary);
        assert_eq!((unset.use_fips_endpoint, unset.use_dual_stack_endpoint), (None, None));
    }

    #[test]
    fn what_code_for_the_php_libraries_passes_is_taken() {
        let credentials = BTreeMap::from([("key".to_owned(), text("k")), ("secret".to_owned(), text("s"))]);
        let (parsed, problems) = settings(&constructor(&[
            ("table_name", text("sessions")),
            ("credentials", Value::Array(credentials)),
            ("region", text("eu-west-1")),
            ("version", text("latest")),
            ("base64", Value::Bool(false)),
            ("hash_key", text("id")),
            ("session_lifetime", Value::Int(3600)),
            ("consistent_reads", Value::Bool(false)),
            ("session_locking", Value::Bool(true)),
            ("retries", Value::Int(2)),
            ("debug", Value::Bool(false)),
        ]));
        assert_eq!(problems, vec![]);
        assert_eq!(parsed.data_attribute_type, DataType::String);
        assert!(parsed.locking && !parsed.consistent_read);
        assert_eq!((parsed.session_lifetime, parsed.max_attempts), (3600, 3));
        assert!(matches!(parsed.credentials, CredentialSource::Given(_)));
    }

    #[test]
    fn a_type_that_cannot_be_meant_is_a_type_problem() {
        for (name, value) in [
            ("table_name", Value::Array(BTreeMap::new())),
            ("credentials", Value::Object("Aws\\Credentials\\Credentials".into())),
            ("timeout", Value::Object("DateInterval".into())),
        ] {
            let problems = settings(&constructor(&[(name, value)])).1;
            assert_eq!(problems.first().map(|p| p.kind), Some(ProblemKind::Type), "{name}");
        }
    }

    #[test]
    fn an_unknown_key_warns_with_the_nearest_known_name() {
        let problems = settings(&constructor(&[("tablename", text("x"))])).1;
        assert!(
            problems.first().is_some_and(|p| p.text == "option 'tablename' is unknown; did you mean 'table_name'?")
        );
    }

    #[test]
    fn configured_endpoint_urls_of_the_environment_can_be_ignored() {
        let url = ("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:8000".to_owned());
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS".to_owned(), "true".to_owned());
        let with = Sources { environment: Environment::at_start([url.clone()]), ..Sources::default() };
        assert_eq!(settings(&with).0.endpoint.as_deref(), Some("http://127.0.0.1:8000"));
        let without = Sources { environment: Environment::at_start([url, ignore]), ..Sources::default() };
        assert_eq!(settings(&without).0.endpoint, None);
    }

    #[test]
    fn credentials_are_trimmed_and_must_be_printable() {
        let array = |key: &str| BTreeMap::from([("key".to_owned(), text(key)), ("secret".to_owned(), text("s"))]);
        assert_eq!(given::credentials(&array(" AKID\n")).map(|k| k.key), Ok("AKID".to_owned()));
        assert!(given::credentials(&array("AK\nID")).is_err());
        assert!(given::credentials(&array("")).is_err());
    }
}
