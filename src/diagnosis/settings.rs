//! The settings in force, and where each comes from.

use super::Sourced;
use crate::config::{Credentials, Kind, Merged, SETTINGS, Setting, Settings, Source};

/// In the order of the docs; what means nothing is left out.
pub fn in_force(merged: &Merged, settings: &Settings) -> Vec<(&'static str, Sourced)> {
    let known = SETTINGS.iter().filter(|setting| setting.kind != Kind::Ignored);
    known.map(|setting| (setting.key, sourced(setting, merged, settings))).collect()
}

fn sourced(setting: &Setting, merged: &Merged, settings: &Settings) -> Sourced {
    let text = merged.text(setting.key);
    let own = source(merged.source(setting.key));
    let (value, source) = match setting.key {
        "credentials" => match settings.credentials {
            Credentials::Given(_) => ("given, not shown".to_owned(), "constructor"),
            Credentials::Callable => ("a callable".to_owned(), "constructor"),
            Credentials::Chain => ("the provider chain".to_owned(), "default"),
        },
        "batch_config" => {
            let (size, delay) = (settings.batch_size, settings.batch_delay.as_secs_f64());
            let is_own = (size, delay) != (Settings::defaults().batch_size, 0.0);
            (format!("batch_size {size}, delay {delay}"), if is_own { "constructor" } else { "default" })
        }
        // 0 stands for PHP's own setting.
        "session_lifetime" if text == "0" => (settings.session_lifetime.to_string(), "session.gc_maxlifetime"),
        // Never more than a part of the lifetime.
        "touch_interval" => (settings.touch_interval.to_string(), own),
        _ => (text, own),
    };
    Sourced { value, source: source.to_owned() }
}

/// A source in words.
pub fn source(source: Source) -> &'static str {
    match source {
        Source::Default => "default",
        Source::Environment => "environment",
        Source::Ini => "INI",
        Source::SavePath => "session.save_path",
        Source::Constructor => "constructor",
    }
}
