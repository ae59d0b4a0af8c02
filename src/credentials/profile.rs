//! Credentials of a shared-file profile: static keys, roles through `source_profile` or `credential_source`, web
//! identity, SSO, and `credential_process`. aws-config follows the chain; here is what it must not or cannot do.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

use super::shared_files::SharedFiles;
use crate::config::Credentials;
use crate::error::{Cause, clean};

/// Where a profile's credentials come from in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// `aws_access_key_id` and so on, in the file.
    StaticKeys,
    /// `credential_source`: container or instance.
    CredentialSource,
    /// `credential_source = Environment`.
    Environment,
    /// `web_identity_token_file`.
    WebIdentity,
    /// `sso_session` or `sso_start_url`.
    Sso,
    /// `credential_process`, with the command.
    Process(String),
}

/// What the selected profile says about credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The profile at the end of the chain of `source_profile`.
    pub(super) last: String,
    /// Its kind.
    pub(super) base: Base,
    /// Roles are assumed on the way.
    pub(super) assumes_role: bool,
}

/// Follows the selected profile to its base; `None`: it says nothing of credentials.
pub(super) fn plan(files: &SharedFiles) -> Result<Option<Plan>, Cause> {
    let refuse = |detail: String| Err(Cause::Credentials { provider: describe(files), detail });
    let mut name = files.selected().to_owned();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let Some(profile) = files.profile(&name) else {
            return match seen.last() {
                None => Ok(None),
                Some(from) => refuse(format!("profile '{from}' names source_profile '{name}', which is not there")),
            };
        };
        let has = |property: &str| profile.get(property).is_some();
        let is_role = has("role_arn") && !has("web_identity_token_file");
        // aws-config's own rule: behind the first profile, keys in the file come before all else.
        let static_first = !seen.is_empty() && has("aws_access_key_id");
        if is_role && !static_first && has("mfa_serial") {
            return refuse(format!(
                "profile '{name}' wants a code of an MFA device (mfa_serial), and no one can enter it here; use a \
                 role that PHP can assume without"
            ));
        }
        if seen.contains(&name) {
            return refuse(format!("the profiles {} name one another as source_profile", seen.join(", ")));
        }
        seen.push(name.clone());
        let next = profile.get("source_profile").filter(|next| is_role && !static_first && *next != name);
        if let Some(next) = next {
            name = next.to_owned();
            continue;
        }
        let assumes_role = seen.len() > 1 || is_role;
        let base = if static_first {
            Base::StaticKeys
        } else if has("login_session") {
            return refuse(format!(
                "profile '{name}' is a login_session of a person; use an SSO session, a role or a key instead"
            ));
        } else if let Some(source) = profile.get("credential_source") {
            let environment = source.trim().eq_ignore_ascii_case("Environment");
            if environment { Base::Environment } else { Base::CredentialSource }
        } else if has("web_identity_token_file") {
            Base::WebIdentity
        } else if has("sso_session") || has("sso_start_url") {
            Base::Sso
        } else if let Some(command) = profile.get("credential_process") {
            Base::Process(command.to_owned())
        } else if has("aws_access_key_id") || has("aws_secret_access_key") {
            Base::StaticKeys
        } else if assumes_role {
            return refuse(format!("profile '{name}' has neither keys nor a source of credentials"));
        } else {
            return Ok(None);
        };
        return Ok(Some(Plan { last: name, base, assumes_role }));
    }
}

/// The files with `keys` in the place of profile `last`'s command or source.
pub(super) fn with_keys(files: &SharedFiles, last: &str, keys: &Credentials) -> (String, String) {
    let mut credentials = without_sources(&files.credentials);
    credentials.push_str(&format!("\n[{last}]\naws_access_key_id = {}\n", keys.key));
    credentials.push_str(&format!("aws_secret_access_key = {}\n", keys.secret));
    if let Some(token) = &keys.token {
        credentials.push_str(&format!("aws_session_token = {token}\n"));
    }
    // A role of its own has lost its source.
    if files.profile(last).is_some_and(|profile| profile.get("credential_source").is_some()) {
        credentials.push_str(&format!("source_profile = {last}\n"));
    }
    (without_sources(&files.config), credentials)
}

/// Leaves out `credential_process` and `credential_source` lines with their continuations.
fn without_sources(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut dropping = false;
    for line in text.lines() {
        let name = line.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
        let continues = line.starts_with([' ', '\t']);
        dropping = if continues { dropping } else { matches!(&*name, "credential_process" | "credential_source") };
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// In AWS's words, for messages.
pub(super) fn describe(files: &SharedFiles) -> String {
    format!("profile '{}' of {}", clean(files.selected(), &[]), files.places())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(config: &str) -> Result<Option<Plan>, Cause> {
        plan(&SharedFiles::of(config, "", "a"))
    }

    fn base(config: &str) -> Base {
        planned(config).unwrap().unwrap().base
    }

    #[test]
    fn each_kind_of_profile_is_told_by_its_properties() {
        assert_eq!(base("[profile a]\naws_access_key_id=x\naws_secret_access_key=y"), Base::StaticKeys);
        assert_eq!(base("[profile a]\nrole_arn=r\ncredential_source=EcsContainer"), Base::CredentialSource);
        assert_eq!(base("[profile a]\nrole_arn=r\ncredential_source = Environment"), Base::Environment);
        assert_eq!(base("[profile a]\nrole_arn=r\nweb_identity_token_file=/t"), Base::WebIdentity);
        assert_eq!(base("[profile a]\nsso_session=s\n[sso-session s]\nsso_region=x"), Base::Sso);
        assert_eq!(base("[profile a]\ncredential_process=cmd --x"), Base::Process("cmd --x".into()));
        assert_eq!(planned("[profile a]\nregion=eu-west-1"), Ok(None));
        assert_eq!(planned(""), Ok(None));
    }

    #[test]
    fn a_chain_of_roles_ends_at_its_base() {
        let config = "[profile a]\nrole_arn=r1\nsource_profile=b\n[profile b]\nrole_arn=r2\nsource_profile=c\n\
                      [profile c]\ncredential_process=cmd";
        let expected = Plan { last: "c".into(), base: Base::Process("cmd".into()), assumes_role: true };
        assert_eq!(planned(config), Ok(Some(expected)));
    }

    #[test]
    fn what_needs_a_person_or_leads_nowhere_is_refused_with_the_profiles_name() {
        for (config, said) in [
            ("[profile a]\nrole_arn=r\nsource_profile=b\nmfa_serial=m\n[profile b]\naws_access_key_id=x", "mfa_serial"),
            ("[profile a]\nrole_arn=r\nsource_profile=b", "'b', which is not there"),
            ("[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a", "one another"),
            ("[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nregion=x", "neither keys nor"),
            ("[profile a]\nlogin_session=arn", "login_session"),
        ] {
            let Err(Cause::Credentials { provider, detail }) = planned(config) else { panic!("{config}") };
            assert!(provider.starts_with("profile 'a' of") && detail.contains(said), "{detail}");
        }
    }

    #[test]
    fn the_output_of_the_command_takes_the_commands_place() {
        let config =
            "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\ncredential_process = cmd\n  more\nregion=x";
        let files = SharedFiles::of(config, "", "a");
        let keys = Credentials { key: "AKID".into(), secret: "s".into(), token: None, expires: None };
        let (config, credentials) = with_keys(&files, "b", &keys);
        let replaced = SharedFiles::of(&config, &credentials, "a");
        assert_eq!(plan(&replaced).unwrap().unwrap().base, Base::StaticKeys);
        assert_eq!(replaced.profile("b").unwrap().get("region"), Some("x"));
        assert_eq!(replaced.profile("b").unwrap().get("aws_access_key_id"), Some("AKID"));
    }
}
