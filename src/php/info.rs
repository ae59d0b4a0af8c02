//! What phpinfo() and stats() say.

use std::collections::BTreeMap;
use std::ffi::CString;

use super::{abi, ini, process};
use crate::config::{self, Settings};
use crate::diagnosis::{self, Php};
use crate::environment::Environment;
use crate::error::Error;
use crate::resolve;

/// phpinfo()'s rows: name, tab, value; a heading has no tab.
pub fn rows() -> String {
    let save_path = abi::ini("session.save_path").unwrap_or_default();
    let sources = process::sources(&BTreeMap::new(), &save_path);
    let (mut merged, problems) = config::merge(&sources);
    let settings = Settings::parse(&mut merged, ini::gc_maxlifetime());
    let mut rows = vec![
        row("DynamoDB session support", "enabled"),
        row("Version", env!("CARGO_PKG_VERSION")),
        row("session.save_handler", &php().save_handler()),
        row("Class", "DynamoDbSessionHandler"),
        row("Endpoint", &address(&settings, &sources.environment)),
    ];
    rows.push("Settings in force".to_owned());
    let in_force = diagnosis::in_force(&merged, &settings);
    rows.extend(in_force.iter().map(|(name, setting)| row(name, &setting.to_string())));
    rows.extend(problems.iter().map(|problem| row("Problem", &problem.text)));
    rows.extend(php().misspelt().iter().map(|text| row("Problem", text)));
    rows.push("This process".to_owned());
    for (_, value, meaning) in process::current().stats.list() {
        rows.push(row(meaning, &value.to_string()));
    }
    rows.join("\n")
}

/// What PHP says of itself.
pub fn php() -> Php {
    let ini = |name| abi::ini(name).unwrap_or_default();
    let serialize_handler = ini("session.serialize_handler");
    let has_serializer = CString::new(serialize_handler.as_str()).is_ok_and(|name| abi::has_serializer(&name));
    Php {
        version: abi::php_version(),
        save_handler: ini("session.save_handler"),
        save_path: ini("session.save_path"),
        serialize_handler,
        has_serializer,
        configured: abi::configured(),
    }
}

/// `stats()`: the counters as JSON, of this process or of all.
pub fn stats(of_all: bool) -> String {
    let snapshot = if of_all { process::all_stats() } else { process::current().stats.snapshot() };
    let mut counters = serde_json::Map::new();
    for (name, value, _) in snapshot.list() {
        counters.insert(name.to_owned(), value.into());
    }
    serde_json::Value::Object(counters).to_string()
}

fn address(settings: &Settings, environment: &Environment) -> String {
    match resolve::local_endpoint(settings, environment) {
        Ok(Some(url)) => url,
        Ok(None) => "(no region is set, unless the instance names one)".to_owned(),
        Err(cause) => format!("({})", Error::new("open", cause)),
    }
}

fn row(name: &str, value: &str) -> String {
    let plain = |text: &str| text.replace(['\n', '\t'], " ");
    format!("{}\t{}", plain(name), plain(value))
}
