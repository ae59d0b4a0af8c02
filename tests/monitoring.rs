//! What operators are told to watch is what `metrics()` says: the series of docs/monitoring.md and of its dashboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use dynamosess::stats::Stats;

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The series that `metrics()` has, without the labels.
fn series() -> BTreeSet<String> {
    let text = Stats::default().snapshot().to_metrics();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect()
}

/// The names of ours in a text.
fn named(text: &str) -> BTreeSet<String> {
    let in_name = |c: &char| c.is_ascii_lowercase() || *c == '_';
    let names = text.match_indices("dynamosess_").map(|(at, _)| text[at..].chars().take_while(in_name).collect());
    names.collect()
}

#[test]
fn the_dashboard_asks_for_series_that_there_are_only() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("docs/monitoring/grafana.json")).unwrap();
    let asked: String =
        dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["targets"].to_string()).collect();
    let (asked, there) = (named(&asked), series());
    let unknown: Vec<_> = asked.difference(&there).collect();
    assert!(unknown.is_empty() && asked.len() > 15, "metrics() has no {unknown:?}");
}

#[test]
fn the_page_names_every_series_and_no_other() {
    let page = read("docs/monitoring.md");
    let there = series();
    let histogram = |name: &String| there.contains(&format!("{name}_bucket"));
    let unknown: Vec<_> = named(&page).into_iter().filter(|name| !there.contains(name) && !histogram(name)).collect();
    assert!(unknown.is_empty(), "metrics() has no {unknown:?}");
    let parts = ["_bucket", "_sum", "_count"];
    let plain = |name: &str| parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name).to_owned();
    let missing: Vec<_> =
        there.iter().map(|name| plain(name)).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "the page does not name {missing:?}");
}

#[test]
fn the_pages_endpoint_is_the_one_that_is_tested_behind_php_fpm() {
    let endpoint = read("tests/fpm/metrics.php");
    assert!(read("docs/monitoring.md").contains(&format!("```php\n{endpoint}```")));
}
