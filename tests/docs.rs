//! What the docs say and a test can check: the reference of the settings, the messages, links, names and targets.
//!
//! `UPDATE_DOCS=1 cargo test --no-default-features --test docs` rewrites the reference in docs/settings.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dynamosess::config::{SETTINGS, Scope, Setting};
use dynamosess::error::{Cause, Error, Place};

const BEGIN: &str = "<!-- The table is made from src/config/table.rs by tests/docs.rs: do not edit it here. -->\n";
const END: &str = "<!-- end of the table -->\n";

#[test]
fn the_reference_of_the_settings_is_what_the_table_in_the_source_says() {
    let path = root().join("docs/settings.md");
    let text = read(&path);
    let (before, rest) = text.split_once(BEGIN).expect("docs/settings.md has the line that begins the table");
    let (table, after) = rest.split_once(END).expect("docs/settings.md has the line that ends the table");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", reference())).unwrap();
        return;
    }
    assert_eq!(table, reference(), "rewrite it: UPDATE_DOCS=1 cargo test --no-default-features --test docs");
}

/// A row a setting.
fn reference() -> String {
    let mut rows = "| setting | default | where | allowed | meaning |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
        let place = match setting.scope {
            Scope::Anywhere => "anywhere",
            Scope::System => "constructor, php.ini, pool",
            Scope::Constructor => "constructor",
        };
        let meaning = format!("{}{}", setting.help, environment(setting));
        writeln!(rows, "| {} | {default} | {place} | {} | {meaning} |", names(setting), setting.allowed()).unwrap();
    }
    rows
}

fn names(setting: &Setting) -> String {
    let also = setting.aliases.iter().map(|alias| format!(", also `{alias}`"));
    format!("`{}`{}", setting.key, also.collect::<String>())
}

/// The variables, where the help does not name them.
fn environment(setting: &Setting) -> String {
    let unnamed: Vec<_> = setting.environment.iter().filter(|name| !setting.help.contains(**name)).collect();
    let list: Vec<String> = unnamed.iter().map(|name| format!("`{name}`")).collect();
    if list.is_empty() { String::new() } else { format!("; else {}", list.join(", ")) }
}

#[test]
fn troubleshooting_has_a_section_for_every_kind_of_error_with_its_message_word_for_word() {
    let text = read(&root().join("docs/troubleshooting.md"));
    for (operation, attempts, cause) in every_cause() {
        let mut error = Error::new(operation, cause);
        if operation != "open" && operation != "dynamosess" {
            error = error.at(&place());
        }
        error.attempts = attempts;
        let heading = format!("### {}\n", error.code());
        let section = text.split_once(&heading).unwrap_or_else(|| panic!("no section {}", error.code())).1;
        let section = section.split("\n### ").next().unwrap_or_default();
        assert!(section.contains(&error.to_string()), "section {} does not quote: {error}", error.code());
    }
}

#[test]
fn every_setting_that_is_named_exists() {
    for (path, text) in documents() {
        for named in text.split("dynamosess.").skip(1) {
            let in_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
            let name: String = named.chars().take_while(in_name).collect();
            let is_file = matches!(name.as_str(), "so" | "ini" | "stub" | "h" | "sh" | "zip");
            let is_setting = SETTINGS.iter().any(|s| s.ini_name() == Some(format!("dynamosess.{name}")));
            assert!(name.is_empty() || is_file || is_setting, "{}: dynamosess.{name}", path.display());
        }
    }
}

#[test]
fn a_module_uses_only_those_below_it_in_the_list_of_lib_rs() {
    let list = read(&root().join("src/lib.rs"));
    let row = |line: &str| Some(line.strip_prefix("//! | ")?.split('`').nth(1)?.to_owned());
    let modules: Vec<String> = list.lines().filter_map(row).collect();
    let place = |name: &str| modules.iter().position(|module| module == name);
    let declared =
        list.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    declared.for_each(|name| assert!(place(name).is_some(), "src/lib.rs has no row for {name}"));
    for path in files(&root().join("src"), "rs") {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let (Some(at), false) = (place(module), path.ends_with("tests.rs")) else { continue };
        let code = read(&path);
        let code = code.split("#[cfg(test)]").next().unwrap();
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            assert!(place(&used).is_none_or(|below| below >= at), "{}: {module} uses {used}", path.display());
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in documents() {
        for target in links(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(file.exists(), "{} links to {target}, which is not there", path.display());
            let is_document = file.extension().is_some_and(|end| end == "md");
            assert!(
                anchor.is_empty() || !is_document || anchors(&read(&file)).contains(anchor),
                "{} links to {target}: there is no such heading",
                path.display()
            );
        }
    }
}

#[test]
fn every_make_target_that_is_named_exists() {
    let makefile = read(&root().join("Makefile"));
    for (path, text) in documents() {
        for named in code(&text).iter().flat_map(|code| code.split("make ").skip(1)) {
            let target: String = named.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            let exists = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
            assert!(target.is_empty() || exists, "{}: make {target}", path.display());
        }
    }
}

/// One of each; a new one does not compile until it is here. The words are those of docs/troubleshooting.md.
fn every_cause() -> Vec<(&'static str, u32, Cause)> {
    let service =
        |status, code: &str, message: &str| Cause::Service { status, code: code.into(), message: message.to_owned() };
    let text = |text: &str| text.to_owned();
    let all = vec![
        ("open", 0, Cause::Setting(text("a custom endpoint and use_fips_endpoint exclude each other"))),
        ("open", 0, Cause::NoRegion),
        ("open", 0, Cause::NoCredentials(text("asked: …"))),
        (
            "open",
            0,
            Cause::Credentials {
                provider: text("the environment"),
                detail: text("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"),
            },
        ),
        ("GetItem", 1, service(400, "ResourceNotFoundException", "")),
        ("GetItem", 1, service(400, "ValidationException", "The provided key element does not match the schema")),
        ("UpdateItem", 1, service(400, "AccessDeniedException", "User: … is not authorized to perform: …")),
        ("GetItem", 1, service(400, "ExpiredTokenException", "The security token included in the request is expired")),
        (
            "GetItem",
            1,
            service(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
        ),
        (
            "GetItem",
            1,
            service(400, "InvalidSignatureException", "The request signature we calculated does not match …"),
        ),
        (
            "GetItem",
            3,
            service(
                400,
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded. …",
            ),
        ),
        ("GetItem", 4, service(500, "InternalServerError", "")),
        ("GetItem", 4, Cause::Dns(text("failed to lookup address information: Name or service not known"))),
        ("GetItem", 4, Cause::Connect(text("Connection refused (os error 111)"))),
        ("GetItem", 1, Cause::Tls(text("invalid peer certificate: UnknownIssuer"))),
        ("GetItem", 2, Cause::Timeout(Duration::from_secs(5))),
        ("GetItem", 4, Cause::Lost(text("connection closed before message completed"))),
        ("GetItem", 4, Cause::Malformed(text("it is not a JSON object"))),
        ("write", 0, Cause::TooLarge { bytes: 500_066 }),
        ("write", 0, Cause::TooLong { bytes: 20_000_000 }),
        ("read", 0, Cause::Undecodable(text("its zstd frame is broken"))),
        (
            "read",
            0,
            Cause::Undecryptable(text(
                "it is encrypted with key '2025a', which dynamosess.encryption_keys does not have",
            )),
        ),
        ("write", 0, Cause::NoRandomness),
        ("read", 0, Cause::Id("the session id is empty")),
        ("lock", 0, Cause::Locked(Duration::from_secs(10))),
        ("write", 0, Cause::LockLost),
        ("write", 0, Cause::LockGivenBack),
        ("write", 0, Cause::ParentsLock),
        ("write", 0, Cause::DestroyedUnderLock),
        ("write", 0, Cause::Expired),
        ("write", 0, Cause::Contended),
        ("write", 0, Cause::ReadOnly),
        ("write", 0, Cause::SerializeFailed),
        ("dynamosess", 0, Cause::Panic),
    ];
    for (_, _, cause) in &all {
        match cause {
            Cause::Setting(_) | Cause::NoRegion | Cause::NoCredentials(_) | Cause::Credentials { .. } => {}
            Cause::Service { .. } | Cause::Dns(_) | Cause::Connect(_) | Cause::Tls(_) | Cause::Timeout(_) => {}
            Cause::Lost(_) | Cause::Malformed(_) | Cause::TooLarge { .. } => {}
            Cause::TooLong { .. } | Cause::Undecodable(_) | Cause::Undecryptable(_) | Cause::NoRandomness => {}
            Cause::Id(_) => {}
            Cause::Locked(_)
            | Cause::LockLost
            | Cause::LockGivenBack
            | Cause::ParentsLock
            | Cause::DestroyedUnderLock
            | Cause::Expired
            | Cause::Contended
            | Cause::ReadOnly
            | Cause::SerializeFailed
            | Cause::Panic => {}
        }
    }
    all
}

fn place() -> Place {
    Place {
        table: "sessions".to_owned(),
        region: "eu-west-1".to_owned(),
        endpoint: "https://dynamodb.eu-west-1.amazonaws.com".to_owned(),
        hash_key: "id".to_owned(),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder and of those in it, by the end of their names.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let all = entries.flat_map(|path| if path.is_dir() { files(&path, end) } else { vec![path] });
    all.filter(|path| path.extension().is_some_and(|found| found == end)).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README, changelog and everything in docs.
fn documents() -> Vec<(PathBuf, String)> {
    let pages = files(&root().join("docs"), "md");
    let all = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
        .map(|name| root().join(name))
        .into_iter()
        .chain(pages);
    all.map(|path| (path.clone(), read(&path))).collect()
}

/// `[text](target)`, also of images.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let headings = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

/// What stands in backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}
