//! The one table of settings.

use crate::encryption::KeySource;
use crate::environment::parse_bool;
use crate::error::clean;

/// One setting: a key of the constructor's array and, as `dynamosess.<key>`, an INI setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// Other names that the constructor and the DSN take for it.
    pub aliases: &'static [&'static str],
    /// Environment variables that count when it is not set, first one first.
    pub environment: &'static [&'static str],
    /// The default as INI text; empty: not set.
    pub default: &'static str,
    /// What is allowed.
    pub kind: Kind,
    /// Where it can be set.
    pub scope: Scope,
    /// One line for the docs.
    pub help: &'static str,
}

/// What a setting allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An attribute's name: 1 to 255 bytes.
    Attribute,
    /// 3 to 255 of `a-zA-Z0-9_.-`, or a table ARN.
    Table,
    /// A region's name: letters, digits and `-`.
    Region,
    /// An http or https URL.
    Url,
    /// On or off.
    Bool,
    /// On, off, or this word.
    BoolOr(&'static str),
    /// A whole number.
    Whole(u64, u64),
    /// Seconds, perhaps with a fraction.
    Seconds(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of keys, or a file that holds one: a secret.
    Keys,
    /// An array of the constructor; for credentials also a callable.
    Array,
    /// Anything at all: it is ignored.
    Ignored,
}

impl Kind {
    /// It can be on or off.
    pub fn is_switch(self) -> bool {
        matches!(self, Kind::Bool | Kind::BoolOr(_))
    }
}

/// Where a setting can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Constructor, save_path DSN, and INI everywhere (`PHP_INI_ALL`).
    Anywhere,
    /// Constructor, and php.ini or the pool (`PHP_INI_SYSTEM`).
    System,
    /// Constructor only.
    Constructor,
}

const DAY: f64 = 86_400.0;

macro_rules! settings {
    ($($key:ident $(| $alias:ident)* $(env [$($env:literal),+])? : $kind:expr, $default:literal, $scope:ident, $help:literal;)+) => {
        /// All settings, in the order of the docs.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            key: stringify!($key),
            aliases: &[$(stringify!($alias)),*],
            environment: &[$($($env),+)?],
            default: $default,
            kind: $kind,
            scope: Scope::$scope,
            help: $help,
        }),+];
    };
}

settings! {
    table_name: Kind::Table, "sessions", Anywhere,
        "table name, or the ARN of another account's table";
    region env ["AWS_REGION", "AWS_DEFAULT_REGION"]: Kind::Region, "", Anywhere,
        "AWS region; else that of a table ARN, AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's";
    endpoint | endpoint_url env ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]: Kind::Url, "", Anywhere,
        "URL of another endpoint, such as a local engine's; else AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, the profile's, the region's";
    hash_key: Kind::Attribute, "id", Anywhere,
        "name of the table's partition key (S)";
    key_prefix: Kind::Text, "", Anywhere,
        "put before every key: several applications on one table, and IAM's LeadingKeys";
    session_lifetime: Kind::Whole(0, 315_360_000), "0", Anywhere,
        "seconds an idle session lives; 0: session.gc_maxlifetime";
    session_lifetime_attribute: Kind::Attribute, "expires", Anywhere,
        "attribute (N, epoch seconds) with the end of life: the table's TTL attribute";
    data_attribute: Kind::Attribute, "data", Anywhere,
        "attribute with the session's data";
    data_attribute_type: Kind::Choice(&["binary", "string", "base64"]), "binary", Anywhere,
        "how data are written: binary (B), string (S, as the AWS SDK), base64 (S, as Idealstack); all are read";
    base64: Kind::Bool, "", Anywhere,
        "true: data_attribute_type base64, false: string; for code written for Idealstack's handler";
    consistent_read | consistent_reads: Kind::Bool, "1", Anywhere,
        "strongly consistent reads; off halves read units, and another node may see a session a moment late";
    locking | session_locking: Kind::Bool, "0", Anywhere,
        "one request at a time has a session open";
    max_lock_wait_time: Kind::Seconds(0.0, DAY), "10", Anywhere,
        "seconds to wait for a lock before session_start() fails";
    min_lock_retry_microtime: Kind::Whole(100, 60_000_000), "10000", Anywhere,
        "shortest pause between two tries for a lock, in microseconds";
    max_lock_retry_microtime: Kind::Whole(100, 60_000_000), "50000", Anywhere,
        "longest pause between two tries for a lock, in microseconds";
    on_conflict: Kind::Choice(&["merge", "overwrite"]), "merge", Anywhere,
        "when another request has changed the session meanwhile: merge both changes, or overwrite its";
    on_lock_timeout: Kind::Choice(&["fail", "read_only"]), "fail", Anywhere,
        "after max_lock_wait_time: session_start() fails, or the page goes on with a session that it cannot change";
    lock_lifetime: Kind::Seconds(1.0, DAY), "20", Anywhere,
        "seconds a lock outlives a dead holder; a living holder's is renewed";
    sdk_lock_lifetime: Kind::Seconds(1.0, DAY), "60", Anywhere,
        "seconds after which a lock of the AWS SDK's that nothing has changed counts as a dead holder's";
    batch_config: Kind::Array, "", Constructor,
        "garbageCollect(): ['batch_size' => deletes at a time, 'delay' => seconds between batches]";
    credentials: Kind::Array, "", Constructor,
        "['key' =>, 'secret' =>, 'token' =>] or a callable that returns such an array";
    profile env ["AWS_PROFILE"]: Kind::Text, "", System,
        "profile of the shared AWS files";
    ca_bundle env ["AWS_CA_BUNDLE"]: Kind::Text, "", System,
        "PEM file with certificate authorities in addition to the built-in ones";
    connect_timeout: Kind::Seconds(0.01, 300.0), "1", Anywhere,
        "seconds a connection may take";
    timeout: Kind::Seconds(0.01, 300.0), "5", Anywhere,
        "seconds one session operation may take: all attempts, waits and credentials, without lock waiting";
    max_attempts | retries: Kind::Whole(1, 20), "4", Anywhere,
        "tries of one request";
    touch_interval: Kind::Whole(0, 86_400), "60", Anywhere,
        "an unchanged page writes only when the expiry would move by more seconds than this; 0: every page";
    prefetch: Kind::BoolOr("auto"), "auto", Anywhere,
        "read the cookie's session from the start of the request: auto: where the script has nearly always started it; on: always";
    compression: Kind::Choice(&["none", "zstd"]), "none", Anywhere,
        "none or zstd; both are read, by dynamosess only";
    compression_threshold: Kind::Whole(0, 409_600), "900", Anywhere,
        "data shorter than this many bytes are not compressed";
    encryption_keys env ["DYNAMOSESS_ENCRYPTION_KEYS"]: Kind::Keys, "", System,
        "keys that sessions are encrypted with: the first one encrypts, all decrypt; see encryption.md";
    encryption: Kind::Choice(&["optional", "required"]), "optional", System,
        "required: a session that is not encrypted is not read, and nothing works without keys";
    use_fips_endpoint env ["AWS_USE_FIPS_ENDPOINT"]: Kind::Bool, "", Anywhere,
        "the region's FIPS endpoint";
    use_dual_stack_endpoint env ["AWS_USE_DUALSTACK_ENDPOINT"]: Kind::Bool, "", Anywhere,
        "the region's dual-stack (IPv6) endpoint";
    version: Kind::Ignored, "", Constructor, "accepted and ignored, for code written for the PHP libraries";
    debug: Kind::Ignored, "", Constructor, "accepted and ignored";
    service: Kind::Ignored, "", Constructor, "accepted and ignored";
    scheme: Kind::Ignored, "", Constructor, "accepted and ignored";
    http: Kind::Ignored, "", Constructor, "accepted and ignored; 'verify' off and 'proxy' get a warning";
}

impl Setting {
    /// The setting of this name or alias.
    pub fn find(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|s| s.key == name || s.aliases.contains(&name))
    }

    /// The known name that a mistyped one is near to, if it is near to any.
    pub fn nearest(name: &str) -> Option<&'static str> {
        let names = SETTINGS.iter().flat_map(|s| std::iter::once(&s.key).chain(s.aliases));
        let likeness = |known: &&'static str| strsim::jaro_winkler(name, known);
        names.copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|known| likeness(known) > 0.8)
    }

    /// Its INI name, if it has one.
    pub fn ini_name(&self) -> Option<String> {
        (self.scope != Scope::Constructor).then(|| format!("dynamosess.{}", self.key))
    }

    /// Whether this text is allowed.
    pub fn allows(&self, text: &str) -> bool {
        if text.is_empty() {
            // PHP's INI files read the bare word `none` as an empty value.
            return matches!(self.default, "" | "none");
        }
        match self.kind {
            Kind::Text => !text.contains('\0'),
            Kind::Attribute => text.len() <= 255 && !text.contains('\0'),
            Kind::Table => is_table(text),
            Kind::Region => text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
            Kind::Url => is_endpoint(text),
            Kind::Bool => parse_bool(text).is_some(),
            Kind::BoolOr(word) => text == word || parse_bool(text).is_some(),
            Kind::Whole(min, max) => text.trim().parse::<u64>().is_ok_and(|n| (min..=max).contains(&n)),
            Kind::Seconds(min, max) => text.trim().parse::<f64>().is_ok_and(|n| (min..=max).contains(&n)),
            Kind::Choice(words) => words.contains(&text),
            Kind::Keys => KeySource::parse(text).is_ok(),
            Kind::Array | Kind::Ignored => true,
        }
    }

    /// A text that is not allowed, fit for a message: of what is meant for a URL without user and password, of keys nothing.
    pub fn shown(&self, text: &str) -> String {
        match text.rsplit_once('@') {
            _ if self.kind == Kind::Keys => "[hidden]".to_owned(),
            Some((user, host)) if self.kind == Kind::Url => {
                let scheme = user.split_once("://").map_or("", |(scheme, _)| scheme);
                let separator = if scheme.is_empty() { "" } else { "://" };
                clean(&format!("{scheme}{separator}[hidden]@{host}"), &[])
            }
            _ => clean(text, &[]),
        }
    }

    /// What is allowed, in words.
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Text => "a text without NUL bytes".to_owned(),
            Kind::Attribute => "an attribute name of 1 to 255 bytes".to_owned(),
            Kind::Table => "3 to 255 of a-z, A-Z, 0-9, '_', '.', '-', or a table ARN".to_owned(),
            Kind::Region => "a region's name such as eu-west-1".to_owned(),
            Kind::Url => "an http or https URL without user, path and query".to_owned(),
            Kind::Bool => "a boolean".to_owned(),
            Kind::BoolOr(word) => format!("a boolean or {word}"),
            Kind::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Kind::Seconds(min, max) => format!("a number of seconds from {min} to {max}"),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            Kind::Keys => {
                "a list of id:key separated by commas, each key 32 bytes in base64, or file: and an absolute path"
                    .to_owned()
            }
            Kind::Array if self.key == "credentials" => "an array or a callable".to_owned(),
            Kind::Array => "an array".to_owned(),
            Kind::Ignored => "anything".to_owned(),
        }
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn is_table(text: &str) -> bool {
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    match text.strip_prefix("arn:") {
        Some(arn) => arn
            .split_once(":table/")
            .is_some_and(|(place, name)| place.contains(":dynamodb:") && !name.is_empty() && plain(name)),
        None => (3..=255).contains(&text.len()) && plain(text),
    }
}

fn is_endpoint(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed_and_every_name_stands_once() {
        let mut names = std::collections::HashSet::new();
        for setting in SETTINGS {
            assert!(setting.allows(setting.default), "{}", setting.key);
            for name in std::iter::once(&setting.key).chain(setting.aliases) {
                assert!(names.insert(*name), "{name} stands twice");
            }
        }
    }

    #[test]
    fn table_names_and_arns_are_told_from_nonsense() {
        let table = Setting::find("table_name").unwrap();
        let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop.sessions";
        for good in ["abc", "Shop_Sessions-1.2", arn] {
            assert!(table.allows(good), "{good}");
        }
        let long = "a".repeat(256);
        for bad in ["ab", "with space", "ümlaut", "arn:aws:s3:::bucket", "", &long] {
            assert!(!table.allows(bad), "{bad}");
        }
    }

    #[test]
    fn none_can_be_said_as_ini_files_hand_it_over() {
        let compression = Setting::find("compression").unwrap();
        assert!(compression.allows("") && compression.allows("none") && !compression.allows("gzip"));
        assert!(!Setting::find("data_attribute_type").unwrap().allows(""));
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest() {
        assert_eq!(Setting::nearest("tabel_name"), Some("table_name"));
        assert_eq!(Setting::nearest("session_lock"), Some("session_locking"));
        assert_eq!(Setting::nearest("0"), None);
    }

    #[test]
    fn a_url_is_shown_without_user_and_password() {
        let endpoint = Setting::find("endpoint").unwrap();
        for (text, shown) in [
            ("https://user:pass@host:8000", "https://[hidden]@host:8000"),
            ("https://us/er:p@ss@host", "https://[hidden]@host"),
            ("user:pass@host", "[hidden]@host"),
            ("localhost:8000", "localhost:8000"),
        ] {
            assert_eq!(endpoint.shown(text), shown);
        }
        assert_eq!(Setting::find("table_name").unwrap().shown("me@home"), "me@home");
    }

    #[test]
    fn an_endpoint_is_a_plain_url() {
        let endpoint = Setting::find("endpoint_url").unwrap();
        assert!(endpoint.allows("http://127.0.0.1:8000") && endpoint.allows("https://vpce-1.example/"));
        for bad in ["localhost:8000", "ftp://host", "http://user:pass@host", "http://host/?a=b"] {
            assert!(!endpoint.allows(bad), "{bad}");
        }
    }
}
