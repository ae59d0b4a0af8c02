//! `credential_process`: a command of the profile that prints credentials.
//!
//! It is run here and not by aws-config, which would hand it PHP's own environment: `putenv('LD_PRELOAD=…')` in a
//! script would then run code that `disable_functions` is meant to keep out. The command gets the variables that the
//! operator set, and no others.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;

use crate::clock::{Clock, SystemClock};
use crate::config::Credentials;

const LONGEST: Duration = Duration::from_secs(60);
const LARGEST: u64 = 64 * 1024;

/// Runs `command` in a shell, with `variables` alone, and reads the credentials it prints. What it prints otherwise
/// is never told to anybody.
pub(super) fn run(command: &str, variables: &[(String, String)]) -> Result<Credentials, String> {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(variables.iter().cloned());
    // A script may have gone to a directory of its own.
    shell.current_dir("/").args(["-c", command]);
    let started = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.map_err(|e| format!("credential_process could not be started: {e}"))?;
    let status = wait(&mut child, &SystemClock::default())?;
    if let Some(status) = status.filter(|status| !status.success()) {
        return Err(format!("credential_process ended with {status}; run it by hand to see why"));
    }
    let mut printed = String::new();
    let stdout = child.stdout.take().ok_or("credential_process has no output")?;
    let read = stdout.take(LARGEST).read_to_string(&mut printed);
    read.map_err(|_| "the output of credential_process is no text".to_owned())?;
    parse(&printed)
}

/// How it ended; `None` when somebody else has been told that (a script that ignores SIGCHLD, or waits for all
/// children): then the output must do.
fn wait(child: &mut Child, clock: &dyn Clock) -> Result<Option<ExitStatus>, String> {
    let end = clock.monotonic() + LONGEST;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if clock.monotonic() < end => clock.sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("credential_process did not end within {} s", LONGEST.as_secs()));
            }
            Err(_) => return Ok(None),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: i64,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

fn parse(printed: &str) -> Result<Credentials, String> {
    let bad = "the output of credential_process is not the JSON that AWS documents for it";
    let printed: Printed = serde_json::from_str(printed).map_err(|_| bad.to_owned())?;
    if printed.version != 1 {
        return Err(format!("{bad}: Version is {}", printed.version));
    }
    let seconds = |text: String| {
        let time = DateTime::from_str(&text, Format::DateTimeWithOffset);
        time.map(|time| time.secs()).map_err(|_| format!("{bad}: Expiration is no RFC 3339 date"))
    };
    Ok(Credentials {
        key: printed.access_key_id,
        secret: printed.secret_access_key,
        token: printed.session_token,
        expires: printed.expiration.map(seconds).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hush","SessionToken":"t",
                           "Expiration":"2030-01-01T01:00:00+01:00"}"#;

    #[test]
    fn what_the_command_prints_becomes_keys() {
        let credentials = run(&format!("echo '{GOOD}'"), &[]).unwrap();
        assert_eq!((credentials.key.as_str(), credentials.expires), ("AKID", Some(1_893_456_000)));
    }

    #[test]
    fn the_command_sees_the_operators_variables_and_nothing_of_this_process() {
        let test = format!("test -z \"$CARGO_PKG_NAME\" && test \"$MINE\" = 1 && echo '{GOOD}'");
        assert!(run(&test, &[("MINE".to_owned(), "1".to_owned())]).is_ok());
    }

    #[test]
    fn neither_output_nor_errors_of_the_command_are_told() {
        for command in ["echo secret >&2; exit 3", "echo secret", "echo '{\"Version\":2,\"AccessKeyId\":\"secret\"}'"] {
            let error = run(command, &[]).unwrap_err();
            assert!(!error.contains("secret") && error.contains("credential_process"), "{error}");
        }
    }
}
