//! The environment variables, as they were captured.
//!
//! php-fpm empties the environment of its workers (`clear_env`) after the extension was loaded in the master, so the
//! master's is kept from module start-up. A pool's `env[...]` lines, what a server sets for one request (FastCGI's
//! parameters, Apache's `SetEnv`, FrankenPHP's `env`) and `putenv()` come later and win; but what names files, commands
//! or hosts counts from the master and the pool only: otherwise `putenv()` together with `credential_process` would get
//! round `disable_functions`.

use std::collections::HashMap;
use std::fmt;

/// Variables that a script may set with `putenv()`, or a server for one request: values, never places or commands.
pub const SCRIPT_MAY_SET: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
];

/// The variables of one access key: of two places that set them, one counts for all three.
const ACCESS_KEY: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// One view of the environment. Empty variables count as not set, as in the AWS SDKs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    start: HashMap<String, String>,
    script: HashMap<String, String>,
}

impl Environment {
    /// What `start` holds: the master's (or the only) process at module start-up.
    pub fn at_start(start: impl IntoIterator<Item = (String, String)>) -> Self {
        Environment { start: without_empty(start), script: HashMap::new() }
    }

    /// What the pool adds or changes: the environment of a forked worker before its first request.
    ///
    /// php-fpm sets `HOME` for the pool's user itself, so a master's `HOME` never holds for a worker whose own is
    /// gone.
    #[must_use]
    pub fn in_pool(mut self, pool: impl IntoIterator<Item = (String, String)>) -> Self {
        self.start.remove("HOME");
        let pool = without_empty(pool);
        if pool.contains_key("AWS_ACCESS_KEY_ID") {
            self.start.retain(|name, _| !ACCESS_KEY.contains(&name.as_str()));
        }
        self.start.extend(pool);
        self
    }

    /// What the script's `putenv()`, or its server for it, says now; only [`SCRIPT_MAY_SET`] counts.
    #[must_use]
    pub fn in_script(&self, script: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut script = without_empty(script);
        script.retain(|name, _| SCRIPT_MAY_SET.contains(&name.as_str()));
        Environment { start: self.start.clone(), script }
    }

    /// A variable, the script's first.
    pub fn get(&self, name: &str) -> Option<&str> {
        if ACCESS_KEY.contains(&name) && self.script.contains_key("AWS_ACCESS_KEY_ID") {
            return self.script.get(name).map(String::as_str);
        }
        let value = self.script.get(name).or_else(|| self.start.get(name))?;
        Some(value)
    }

    /// A variable as the operator set it: what a script says does not count.
    pub fn trusted(&self, name: &str) -> Option<&str> {
        self.start.get(name).map(String::as_str)
    }

    /// The same without what a script says.
    #[must_use]
    pub fn as_trusted(&self) -> Self {
        Environment { start: self.start.clone(), script: HashMap::new() }
    }

    /// All that the operator set.
    pub fn all_trusted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.start.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A switch.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(parse_bool) == Some(true)
    }

    /// A switch that only the operator sets.
    pub fn trusted_flag(&self, name: &str) -> bool {
        self.trusted(name).and_then(parse_bool) == Some(true)
    }
}

/// On and off as AWS's documentation and PHP's INI files say them. A pool of php-fpm is such a file: of
/// `env[AWS_EC2_METADATA_DISABLED] = true` it makes `1`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" | "none" => Some(false),
        _ => None,
    }
}

fn without_empty(variables: impl IntoIterator<Item = (String, String)>) -> HashMap<String, String> {
    variables.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// Names only: the values hold secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.start.keys().chain(self.script.keys()).collect();
        names.sort();
        f.debug_tuple("Environment").field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_pools_lines_win_over_the_masters_and_putenv_over_both() {
        let worker =
            Environment::at_start(pairs(&[("AWS_REGION", "master")])).in_pool(pairs(&[("AWS_REGION", "pool")]));
        assert_eq!(worker.get("AWS_REGION"), Some("pool"));
        let page = worker.in_script(pairs(&[("AWS_REGION", "script")]));
        assert_eq!(page.get("AWS_REGION"), Some("script"));
        assert_eq!(page.trusted("AWS_REGION"), Some("pool"));
    }

    #[test]
    fn a_key_of_the_pool_or_the_script_is_not_mixed_with_an_older_keys_token() {
        let master = Environment::at_start(pairs(&[("AWS_ACCESS_KEY_ID", "a"), ("AWS_SESSION_TOKEN", "of a")]));
        let mine = pairs(&[("AWS_ACCESS_KEY_ID", "b"), ("AWS_SECRET_ACCESS_KEY", "of b")]);
        assert_eq!(master.in_script(mine.clone()).get("AWS_SESSION_TOKEN"), None);
        assert_eq!(master.in_pool(mine).get("AWS_SESSION_TOKEN"), None);
    }

    #[test]
    fn a_script_cannot_name_files_commands_or_hosts() {
        for name in ["AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_CA_BUNDLE", "HTTPS_PROXY"] {
            let page = Environment::default().in_script(pairs(&[(name, "mine")]));
            assert_eq!(page.get(name), None, "{name}");
        }
    }

    #[test]
    fn a_switch_is_on_as_aws_says_it_and_as_a_pool_of_php_fpm_hands_it_over() {
        for (text, is_on) in [("true", true), ("TRUE", true), ("1", true), ("false", false), ("0", false), ("x", false)]
        {
            let environment = Environment::at_start(pairs(&[("AWS_EC2_METADATA_DISABLED", text)]));
            assert_eq!(environment.trusted_flag("AWS_EC2_METADATA_DISABLED"), is_on, "{text}");
            assert_eq!(environment.flag("AWS_EC2_METADATA_DISABLED"), is_on, "{text}");
        }
    }

    #[test]
    fn the_masters_home_is_not_a_workers() {
        let master = Environment::at_start(pairs(&[("HOME", "/master")]));
        assert_eq!(master.clone().in_pool(vec![]).get("HOME"), None);
        assert_eq!(master.in_pool(pairs(&[("HOME", "/pool")])).get("HOME"), Some("/pool"));
    }

    #[test]
    fn debug_shows_names_and_never_values() {
        let shown = format!("{:?}", Environment::at_start(pairs(&[("AWS_SECRET_ACCESS_KEY", "hush")])));
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("hush"));
    }
}
