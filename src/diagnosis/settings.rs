//! The settings in force, and where each comes from.

use super::Sourced;
use crate::config::{CredentialSource, Kind, Merged, SETTINGS, Setting, Settings, Source};
use crate::encryption::KeySource;

/// In the order of the docs; what means nothing is left out.
pub fn in_force(merged: &Merged, settings: &Settings) -> Vec<(&'static str, Sourced)> {
    let known = SETTINGS.iter().filter(|setting| setting.kind != Kind::Ignored);
    known.map(|setting| (setting.key, sourced(setting, merged, settings))).collect()
}

fn sourced(setting: &Setting, merged: &Merged, settings: &Settings) -> Sourced {
    let text = merged.text(setting.key);
    let own = merged.source(setting.key).to_string();
    let (value, source) = match setting.key {
        "credentials" => match settings.credentials {
            CredentialSource::Given(_) => ("given, not shown".to_owned(), Source::Constructor.to_string()),
            CredentialSource::Callable => ("a callable".to_owned(), Source::Constructor.to_string()),
            CredentialSource::Chain => ("the provider chain".to_owned(), Source::Default.to_string()),
        },
        "batch_config" => {
            let (size, delay) = (settings.batch_size, settings.batch_delay.as_secs_f64());
            let is_own = (size, delay) != (Settings::defaults().batch_size, 0.0);
            (
                format!("batch_size {size}, delay {delay}"),
                if is_own { Source::Constructor } else { Source::Default }.to_string(),
            )
        }
        // 0 stands for PHP's own setting.
        "session_lifetime" if text == "0" => {
            (settings.session_lifetime.to_string(), "session.gc_maxlifetime".to_owned())
        }
        "encryption_keys" => (keys(&settings.encryption.keys), own),
        // Never more than a part of the lifetime.
        "touch_interval" => (settings.touch_interval.to_string(), own),
        _ => (text, own),
    };
    Sourced { value, source }
}

/// Where they are, and never one of them.
fn keys(keys: &KeySource) -> String {
    match keys {
        KeySource::None => String::new(),
        KeySource::File(path) => format!("file:{}", path.display()),
        KeySource::Ring(_) => "given, not shown".to_owned(),
    }
}
