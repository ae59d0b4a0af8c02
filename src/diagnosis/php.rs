//! What PHP's own settings mean for sessions: where PHP keeps them, and names in php.ini that nobody reads.

use super::Diagnosis;
use crate::config::Setting;
use crate::config::sources::DSN;

/// The oldest and the newest PHP that the tests were run on.
const TESTED: [(u32, u32); 2] = [(8, 2), (8, 6)];

/// What `session.save_handler` is called when it is this extension's.
const NATIVE: &str = "dynamodb";

/// The serializers whose data are text; in these, too, the changes of two pages can be merged.
const TEXT: [&str; 2] = ["php", "php_serialize"];

const PREFIX: &str = "dynamosess.";

/// What PHP says of itself.
#[derive(Clone, Debug, Default)]
pub struct Php {
    /// `8.4.27`
    pub version: String,
    /// `session.save_handler`
    pub save_handler: String,
    /// `session.save_path`
    pub save_path: String,
    /// `session.serialize_handler`
    pub serialize_handler: String,
    /// Whether this PHP has that serializer.
    pub has_serializer: bool,
    /// The names in php.ini that look like settings of ours, existing ones included.
    pub configured: Vec<String>,
}

impl Php {
    /// Where `session_start()` keeps sessions, as phpinfo() shows it.
    pub fn save_handler(&self) -> String {
        match self.save_handler.as_str() {
            NATIVE => NATIVE.to_owned(),
            "user" => "user (an object or functions that a script has registered)".to_owned(),
            "" => "not set (session_start() keeps no session in DynamoDB)".to_owned(),
            other => format!("{other} (session_start() keeps no session in DynamoDB)"),
        }
    }

    /// Names in php.ini that are near to a setting's and are none.
    pub fn misspelt(&self) -> Vec<String> {
        self.configured.iter().filter_map(|name| misspelt(name)).collect()
    }
}

/// Whether sessions of `session_start()` can reach DynamoDB with this `session.save_handler`.
pub fn is_ours(save_handler: &str) -> bool {
    matches!(save_handler, NATIVE | "user")
}

fn misspelt(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('.')?;
    let known = Setting::find(rest).and_then(Setting::ini_name);
    if known.as_deref() == Some(name) || strsim::jaro_winkler(prefix, PREFIX.trim_end_matches('.')) < 0.9 {
        return None;
    }
    let nearest = known.or_else(|| Setting::find(Setting::nearest(rest)?)?.ini_name());
    let remedy = match (nearest, Setting::find(rest)) {
        (Some(nearest), _) => format!("did you mean '{nearest}'?"),
        (None, Some(_)) => "it can be set by the constructor only".to_owned(),
        (None, None) => "take it out, or correct its name".to_owned(),
    };
    Some(format!("php.ini sets '{}', which is no setting and does nothing; {remedy}", crate::error::clean(name, &[])))
}

/// Adds what keeps sessions from working as they should.
pub fn look(found: &mut Diagnosis, php: &Php, data_attribute_type: &str) {
    found.save_handler = php.save_handler.clone();
    found.problems.extend(php.misspelt());
    if !is_ours(&php.save_handler) {
        found.notes.push(format!(
            "session.save_handler is '{}', so session_start() keeps no session in DynamoDB: set session.save_handler = \
             {NATIVE} in this PHP's configuration, or call register(), unless a framework is given the object",
            php.save_handler
        ));
    }
    save_path(found, php);
    serializer(found, php, data_attribute_type);
    found.notes.extend(version(&php.version));
}

/// The path itself may hold a password and is never shown.
fn save_path(found: &mut Diagnosis, php: &Php) {
    let Some((scheme, _)) = php.save_path.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return;
    };
    if php.save_path.starts_with(DSN) {
        return;
    }
    let ours = DSN.trim_end_matches("://");
    if strsim::jaro_winkler(&scheme.to_ascii_lowercase(), ours) > 0.85 {
        found.problems.push(format!(
            "session.save_path begins with '{scheme}:' and is ignored; one with settings of dynamosess begins with '{DSN}'"
        ));
    } else if php.save_handler == NATIVE && php.save_path.contains("://") {
        found.notes.push(format!(
            "session.save_path begins with '{scheme}://', which is another handler's and is ignored; take it out"
        ));
    }
}

fn is_scheme(text: &str) -> bool {
    text.len() > 2 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn serializer(found: &mut Diagnosis, php: &Php, data_attribute_type: &str) {
    let name = php.serialize_handler.as_str();
    if name.is_empty() || TEXT.contains(&name) {
        return;
    }
    if !php.has_serializer {
        found.problems.push(format!(
            "session.serialize_handler is '{name}', which this PHP does not have, so session_start() fails: load the \
             extension that brings it, or set php"
        ));
        return;
    }
    found.notes.push(format!(
        "session.serialize_handler is '{name}': changes that two pages make of one session at the same time are not merged, \
         the last write wins; with php or php_serialize they are"
    ));
    if data_attribute_type == "string" {
        found.notes.push(format!(
            "data_attribute_type is 'string' and session.serialize_handler '{name}' makes binary data: what is not UTF-8 is \
             written as B, which handlers that read only S cannot read; use php or php_serialize on all servers"
        ));
    }
}

fn version(text: &str) -> Option<String> {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor) = (parts.next()?, parts.next()?);
    let [(old_major, old_minor), (new_major, new_minor)] = TESTED;
    let than = match (major, minor) {
        seen if seen < TESTED[0] => "older",
        seen if seen > TESTED[1] => "newer",
        _ => return None,
    };
    Some(format!(
        "PHP {major}.{minor} is {than} than those that dynamosess {} was tested on ({old_major}.{old_minor} to \
         {new_major}.{new_minor})",
        env!("CARGO_PKG_VERSION")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn php() -> Php {
        Php {
            version: "8.4.27".into(),
            save_handler: "dynamodb".into(),
            save_path: "/var/lib/php/sessions".into(),
            serialize_handler: "php".into(),
            has_serializer: true,
            configured: vec!["dynamosess.region".into(), "dynamosess.table_name".into()],
        }
    }

    fn looked(php: &Php, data_attribute_type: &str) -> (Vec<String>, Vec<String>) {
        let mut found = Diagnosis::default();
        look(&mut found, php, data_attribute_type);
        (found.problems, found.notes)
    }

    #[test]
    fn nothing_is_said_of_a_configuration_as_debian_has_it() {
        assert_eq!(looked(&php(), "binary"), (vec![], vec![]));
        assert_eq!(looked(&Php { save_handler: "user".into(), ..php() }, "binary"), (vec![], vec![]));
    }

    #[test]
    fn another_save_handler_is_told_as_it_may_be_what_a_framework_wants() {
        for handler in ["files", "redis"] {
            let (problems, notes) = looked(&Php { save_handler: handler.into(), ..php() }, "binary");
            assert!(problems.is_empty());
            assert!(
                notes[0].starts_with(&format!("session.save_handler is '{handler}', so session_start()")),
                "{notes:?}"
            );
        }
    }

    #[test]
    fn a_misspelt_name_is_a_problem_that_names_the_nearest() {
        for (wrong, right) in [
            ("dynamosess.tablename", "did you mean 'dynamosess.table_name'?"),
            ("dynamosess.regoin", "did you mean 'dynamosess.region'?"),
            ("dynamoses.region", "did you mean 'dynamosess.region'?"),
            ("Dynamosess.locking", "did you mean 'dynamosess.locking'?"),
            ("dynamosess.credentials", "it can be set by the constructor only"),
            ("dynamosess.zzz", "take it out, or correct its name"),
        ] {
            let (problems, _) = looked(&Php { configured: vec![wrong.into()], ..php() }, "binary");
            assert!(problems.len() == 1 && problems[0].ends_with(right), "{problems:?}");
        }
        let other = Php { configured: vec!["dynamic.library".into()], ..php() };
        assert!(looked(&other, "binary").0.is_empty());
    }

    #[test]
    fn a_save_path_of_another_handler_is_told_without_its_password() {
        let path = |text: &str| Php { save_path: text.into(), ..php() };
        let (problems, notes) = looked(&path("tcp://10.0.0.5:6379?auth=hush"), "binary");
        assert!(problems.is_empty() && notes.len() == 1, "{notes:?}");
        assert!(notes[0].contains("'tcp://'") && !notes[0].contains("hush"), "{notes:?}");
        for wrong in ["dynamo://sessions", "dynamodb:sessions", "dynamodb:/sessions", "DynamoDB://sessions"] {
            let (problems, _) = looked(&path(wrong), "binary");
            assert!(problems.len() == 1 && problems[0].contains("begins with 'dynamodb://'"), "{wrong}: {problems:?}");
        }
        for right in ["dynamodb://sessions?region=eu-west-1", "", "5;/tmp", "C:\\sessions", "N;MODE;/path"] {
            assert_eq!(looked(&path(right), "binary"), (vec![], vec![]), "{right}");
        }
    }

    #[test]
    fn a_binary_serializer_is_told_where_it_costs_something() {
        let igbinary = Php { serialize_handler: "igbinary".into(), ..php() };
        assert_eq!(looked(&igbinary, "binary").1.len(), 1);
        assert_eq!(looked(&igbinary, "string").1.len(), 2);
        let (problems, _) = looked(&Php { has_serializer: false, ..igbinary }, "binary");
        assert!(problems[0].contains("'igbinary', which this PHP does not have"), "{problems:?}");
    }

    #[test]
    fn a_php_that_no_test_was_run_on_is_told() {
        let notes = |version: &str| looked(&Php { version: version.into(), ..php() }, "binary").1;
        for known in ["8.2.0", "8.3.1", "8.6.0RC3"] {
            assert!(notes(known).is_empty(), "{known}");
        }
        assert!(notes("8.1.30")[0].starts_with("PHP 8.1 is older than"));
        assert!(notes("9.0.0")[0].starts_with("PHP 9.0 is newer than"));
    }
}
