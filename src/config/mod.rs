//! The settings. [`table`] holds ONE table of them, from which come the INI registration, the constructor's keys,
//! phpinfo, `check()` and the reference in the docs; [`sources`] merges what the places say; here stands the result.

pub mod given;
pub mod merged;
pub mod sources;
pub mod table;
mod value;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use merged::Merged;
pub use sources::{Problem, Sources, merge};
pub use table::{Kind, SETTINGS, Scope, Setting};
pub use value::{Source, Value};

use crate::encryption::KeySource;
use crate::error::Cause;

/// Everything a session needs to know of its surroundings, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Table name or ARN.
    pub table_name: String,
    /// AWS region, if a setting or the environment names one.
    pub region: Option<String>,
    /// Custom endpoint URL, if a setting or the environment names one.
    pub endpoint: Option<String>,
    /// Partition key's attribute name.
    pub hash_key: String,
    /// Put before every key.
    pub key_prefix: String,
    /// How long an idle session lives, in seconds.
    pub session_lifetime: u64,
    /// Attribute with the end of life.
    pub session_lifetime_attribute: String,
    /// Attribute with the session's data.
    pub data_attribute: String,
    /// How data are written.
    pub data_attribute_type: DataType,
    /// Strongly consistent reads.
    pub consistent_read: bool,
    /// Sessions are locked while a request has them open.
    pub locking: bool,
    /// Longest wait for a lock.
    pub max_lock_wait_time: Duration,
    /// Shortest pause between two tries for a lock.
    pub min_lock_retry: Duration,
    /// Longest pause between two tries for a lock.
    pub max_lock_retry: Duration,
    /// What becomes of changes that two requests make at once.
    pub on_conflict: OnConflict,
    /// What becomes of a page that waited for a lock in vain.
    pub on_lock_timeout: OnLockTimeout,
    /// How long a lock outlives a dead holder.
    pub lock_lifetime: Duration,
    /// How long a lock of the AWS SDK's, which has no end, must stand unchanged to be a dead holder's.
    pub sdk_lock_lifetime: Duration,
    /// `garbageCollect()`: deletes at a time.
    pub batch_size: u32,
    /// `garbageCollect()`: pause between batches.
    pub batch_delay: Duration,
    /// Where credentials come from.
    pub credentials: CredentialSource,
    /// Shared-file profile.
    pub profile: Option<String>,
    /// PEM file with more roots.
    pub ca_bundle: Option<PathBuf>,
    /// Longest time for a connection.
    pub connect_timeout: Duration,
    /// Longest time for one whole session operation, without lock waiting.
    pub timeout: Duration,
    /// Tries of one request.
    pub max_attempts: u32,
    /// An unchanged page writes only when the expiry would move by more than this, in seconds.
    pub touch_interval: u64,
    /// Whether the cookie's session is read from the start of the request.
    pub prefetch: Prefetch,
    /// How data are packed.
    pub compression: Compression,
    /// Data shorter than this are not packed, in bytes.
    pub compression_threshold: usize,
    /// What sessions are encrypted with.
    pub encryption: Encryption,
    /// FIPS endpoint; `None` when nobody said.
    pub use_fips_endpoint: Option<bool>,
    /// Dual-stack endpoint; `None` when nobody said.
    pub use_dual_stack_endpoint: Option<bool>,
}

/// What sessions are encrypted with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// The keys.
    pub keys: KeySource,
    /// Whether sessions that are not encrypted are refused.
    pub required: bool,
}

impl Encryption {
    /// Whether these can be used: what is required needs keys.
    pub fn check(&self) -> Result<(), Cause> {
        if self.required && self.keys == KeySource::None {
            let text = "dynamosess.encryption is 'required', and dynamosess.encryption_keys is not set";
            return Err(Cause::Setting(text.to_owned()));
        }
        Ok(())
    }
}

/// How session data are written; reading takes all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// B.
    Binary,
    /// S, as the AWS SDK writes.
    String,
    /// S in base64, as Idealstack writes.
    Base64,
}

/// What becomes of another request's changes, when both have changed one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Both stay, where they can be told apart.
    Merge,
    /// The last write wins.
    Overwrite,
}

/// What becomes of a page that waited for a lock in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLockTimeout {
    /// session_start() fails.
    Fail,
    /// It goes on with what is stored, and may not change it.
    ReadOnly,
}

/// Whether the cookie's session is read from the start of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefetch {
    /// Where the script has nearly always started it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Prefetch {
    /// As the setting says it.
    pub fn of(text: &str) -> Self {
        match crate::environment::parse_bool(text) {
            Some(true) => Prefetch::On,
            Some(false) => Prefetch::Off,
            None => Prefetch::Auto,
        }
    }
}

/// How session data are packed before they are written; reading takes all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    None,
    /// Zstandard.
    Zstd,
}

/// Where credentials come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CredentialSource {
    /// None given: the provider chain finds them.
    #[default]
    Chain,
    /// Given as they are.
    Given(Credentials),
    /// A PHP callable makes them; PHP's thread calls it and hands the result over.
    Callable,
}

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Access key id.
    pub key: String,
    /// Secret access key.
    pub secret: String,
    /// Session token of temporary credentials.
    pub token: Option<String>,
    /// When temporary credentials end, in seconds since the epoch.
    pub expires: Option<i64>,
}

/// Never shows a secret, nor the id.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the merged texts: all are allowed ones, since [`merge`] has left out the others.
    ///
    /// `gc_maxlifetime` is PHP's `session.gc_maxlifetime` in seconds, the lifetime when none is set.
    pub fn parse(merged: &mut Merged, gc_maxlifetime: i64) -> Settings {
        let lifetime = match merged.whole("session_lifetime") {
            0 => u64::try_from(gc_maxlifetime).unwrap_or(0),
            own => own,
        };
        let touch_interval = merged.whole("touch_interval");
        Settings {
            table_name: merged.text("table_name"),
            region: merged.optional("region"),
            endpoint: merged.optional("endpoint"),
            hash_key: merged.text("hash_key"),
            key_prefix: merged.text("key_prefix"),
            session_lifetime: lifetime,
            session_lifetime_attribute: merged.text("session_lifetime_attribute"),
            data_attribute: merged.text("data_attribute"),
            data_attribute_type: data_type(merged),
            consistent_read: merged.flag("consistent_read"),
            locking: merged.flag("locking"),
            max_lock_wait_time: merged.seconds("max_lock_wait_time"),
            min_lock_retry: Duration::from_micros(merged.whole("min_lock_retry_microtime")),
            max_lock_retry: Duration::from_micros(merged.whole("max_lock_retry_microtime")),
            on_conflict: match merged.text("on_conflict").as_str() {
                "overwrite" => OnConflict::Overwrite,
                _ => OnConflict::Merge,
            },
            on_lock_timeout: match merged.text("on_lock_timeout").as_str() {
                "read_only" => OnLockTimeout::ReadOnly,
                _ => OnLockTimeout::Fail,
            },
            lock_lifetime: merged.seconds("lock_lifetime"),
            sdk_lock_lifetime: merged.seconds("sdk_lock_lifetime"),
            batch_size: merged.batch_size(),
            batch_delay: merged.batch_delay(),
            credentials: merged.credentials.clone(),
            profile: merged.optional("profile"),
            ca_bundle: merged.optional("ca_bundle").map(PathBuf::from),
            connect_timeout: merged.seconds("connect_timeout"),
            timeout: merged.seconds("timeout"),
            max_attempts: u32::try_from(merged.whole("max_attempts")).unwrap_or(u32::MAX),
            // Never more than 1/24 of the lifetime, so that `expires` is padded by a little only.
            touch_interval: touch_interval.min(lifetime / 24),
            prefetch: Prefetch::of(&merged.text("prefetch")),
            compression: match merged.text("compression").as_str() {
                "zstd" => Compression::Zstd,
                _ => Compression::None,
            },
            compression_threshold: usize::try_from(merged.whole("compression_threshold")).unwrap_or(usize::MAX),
            encryption: Encryption {
                keys: KeySource::parse(&merged.text("encryption_keys")).unwrap_or_default(),
                required: merged.text("encryption") == "required",
            },
            use_fips_endpoint: merged.optional_flag("use_fips_endpoint"),
            use_dual_stack_endpoint: merged.optional_flag("use_dual_stack_endpoint"),
        }
    }

    /// The settings when nobody says anything; for tests and tools.
    pub fn defaults() -> Settings {
        let (mut merged, _) = merge(&Sources::default());
        Settings::parse(&mut merged, 1_440)
    }
}

/// The seed library's `base64` says the same as `data_attribute_type`; where both are set, the place that comes first
/// in precedence wins, and `base64` wins within one place.
fn data_type(merged: &mut Merged) -> DataType {
    let source = merged.source("base64");
    if source >= merged.source("data_attribute_type")
        && let Some(is_on) = merged.optional_flag("base64")
    {
        let text = if is_on { "base64" } else { "string" };
        merged.texts.insert("data_attribute_type", (text.to_owned(), source));
    }
    match merged.text("data_attribute_type").as_str() {
        "string" => DataType::String,
        "base64" => DataType::Base64,
        _ => DataType::Binary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::SCRIPT_MAY_SET;

    #[test]
    fn credentials_do_not_show_in_debug() {
        let keys = Credentials {
            key: "AKIDEXAMPLE".into(),
            secret: "hush".into(),
            token: Some("whisper".into()),
            expires: None,
        };
        let shown = format!("{:?} {:?}", CredentialSource::Given(keys.clone()), keys);
        for secret in ["AKIDEXAMPLE", "hush", "whisper"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn the_touch_interval_is_at_most_a_twentyfourth_of_the_lifetime() {
        assert_eq!(Settings::defaults().touch_interval, 60);
        let (mut merged, _) = merge(&Sources::default());
        assert_eq!(Settings::parse(&mut merged, 240).touch_interval, 10);
    }

    #[test]
    fn scripts_set_the_variables_of_settings_but_none_that_names_a_file() {
        for setting in SETTINGS {
            for name in setting.environment {
                let names_a_file = matches!(setting.key, "profile" | "ca_bundle" | "encryption_keys");
                assert_eq!(SCRIPT_MAY_SET.contains(name), !names_a_file, "{name}");
            }
        }
    }
}
