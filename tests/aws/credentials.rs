//! Each provider, from configuration to a signed request that the service accepts.

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock, SystemClock};
use dynamosess::config::CredentialSource;
use dynamosess::error::Cause;
use dynamosess::resolve::{local_endpoint, resolve};
use dynamosess::testing::ManualClock;

use crate::server::{Reaction, Reply};
use crate::services::{Aws, CONTAINER_TOKEN, KEY, REGION, SSO_TOKEN, WEB_IDENTITY_TOKEN};
use crate::setup::{Folder, Machine, keys};

const ROLE: &str = "arn:aws:iam::123456789012:role/shop";

/// Calls to the services on the way to one read of DynamoDB.
struct Case {
    aws: Aws,
    folder: Folder,
}

impl Case {
    fn new() -> Self {
        let now = SystemClock::default().wall().as_secs() as i64;
        Case { aws: Aws::start(now + 3_600), folder: Folder::new() }
    }

    /// A machine whose services are this case's, and whose home is its folder.
    fn machine(&self, pairs: &[(&str, &str)]) -> Machine {
        let (url, home) = (self.aws.server.url(), self.folder.path());
        let mut all = vec![
            ("HOME", home.as_str()),
            ("AWS_ENDPOINT_URL_STS", &url),
            ("AWS_ENDPOINT_URL_SSO", &url),
            ("AWS_ENDPOINT_URL_SSO_OIDC", &url),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
        ];
        all.extend_from_slice(pairs);
        Machine::new(Arc::new(SystemClock::default()), &all)
    }

    fn calls(&self, machine: &Machine) -> Vec<String> {
        machine.read(&self.aws.server.url()).unwrap();
        self.aws.calls()
    }

    fn error(&self, machine: &Machine) -> String {
        machine.read(&self.aws.server.url()).unwrap_err().to_string()
    }
}

fn assume(role: &str, by: &str) -> String {
    format!("STS AssumeRole {role} by {by}")
}

#[test]
fn the_constructors_keys_sign_and_nobody_else_is_asked() {
    let case = Case::new();
    let mut machine = case.machine(&[]);
    machine.settings.credentials = CredentialSource::Given(keys());
    assert_eq!(case.calls(&machine), ["DynamoDB by AKIDEXAMPLE"]);
    assert_eq!(machine.resolve().unwrap().credentials.source(), "the constructor");
}

#[test]
fn the_environments_keys_beat_web_identity_profile_container_and_instance() {
    let case = Case::new();
    let token = case.folder.write("token", WEB_IDENTITY_TOKEN);
    let machine = case.machine(&[
        ("AWS_ACCESS_KEY_ID", KEY.0),
        ("AWS_SECRET_ACCESS_KEY", KEY.1),
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &token),
    ]);
    assert_eq!(case.calls(&machine), ["DynamoDB by AKIDEXAMPLE"]);
    assert_eq!(machine.resolve().unwrap().credentials.source(), "the environment");
}

#[test]
fn a_service_account_of_eks_assumes_its_role_with_its_token() {
    let case = Case::new();
    let token = case.folder.write("token", WEB_IDENTITY_TOKEN);
    case.folder.write(".aws/credentials", "[default]\naws_access_key_id = OTHER\naws_secret_access_key = other\n");
    let machine = case.machine(&[("AWS_ROLE_ARN", ROLE), ("AWS_WEB_IDENTITY_TOKEN_FILE", &token)]);
    let expected = [format!("STS AssumeRoleWithWebIdentity {ROLE}"), "DynamoDB by ASIA1".to_owned()];
    assert_eq!(case.calls(&machine), expected);
}

#[test]
fn a_refused_web_identity_says_so_in_the_services_words_and_without_the_token() {
    let case = Case::new();
    let token = case.folder.write("token", "not.the.token");
    let machine = case.machine(&[("AWS_ROLE_ARN", ROLE), ("AWS_WEB_IDENTITY_TOKEN_FILE", &token)]);
    let error = case.error(&machine);
    assert!(error.contains("web identity") && error.contains("InvalidIdentityToken No OpenIDConnect"), "{error}");
    assert!(!error.contains("not.the.token"), "{error}");
    let missing = case.machine(&[("AWS_ROLE_ARN", ROLE), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token")]);
    assert!(case.error(&missing).contains("/nonexistent/token cannot be read"));
}

#[test]
fn static_keys_of_the_named_profile_are_used() {
    let case = Case::new();
    let text = format!("[shop]\naws_access_key_id = {}\naws_secret_access_key = {}\n", KEY.0, KEY.1);
    case.folder.write(".aws/credentials", &text);
    assert_eq!(case.calls(&case.machine(&[("AWS_PROFILE", "shop")]).with_profile("shop")), ["DynamoDB by AKIDEXAMPLE"]);
}

#[test]
fn a_profile_that_a_setting_names_comes_before_the_environments_keys() {
    let case = Case::new();
    let text = format!("[shop]\naws_access_key_id = {}\naws_secret_access_key = {}\n", KEY.0, KEY.1);
    case.folder.write(".aws/credentials", &text);
    let machine = case.machine(&[("AWS_ACCESS_KEY_ID", "OTHER"), ("AWS_SECRET_ACCESS_KEY", "other")]);
    assert_eq!(case.calls(&machine.with_profile("shop")), ["DynamoDB by AKIDEXAMPLE"]);
}

#[test]
fn roles_are_assumed_one_by_the_other() {
    let case = Case::new();
    case.folder
        .write(".aws/credentials", &format!("[base]\naws_access_key_id={}\naws_secret_access_key={}\n", KEY.0, KEY.1));
    let (first, second) = ("arn:aws:iam::1:role/first", "arn:aws:iam::1:role/second");
    let config = format!(
        "[default]\nrole_arn = {second}\nsource_profile = middle\n\
         [profile middle]\nrole_arn = {first}\nsource_profile = base\n"
    );
    case.folder.write(".aws/config", &config);
    let calls = case.calls(&case.machine(&[]));
    assert_eq!(calls, [assume(first, KEY.0), assume(second, "ASIA1"), "DynamoDB by ASIA2".to_owned()]);
}

#[test]
fn a_role_that_may_not_be_assumed_is_told_in_the_services_words() {
    let case = Case::new();
    let text = format!(
        "[default]\nrole_arn = arn:x/forbidden\nsource_profile = base\n\
         [base]\naws_access_key_id={}\naws_secret_access_key={}\n",
        KEY.0, KEY.1
    );
    case.folder.write(".aws/credentials", &text);
    let error = case.error(&case.machine(&[]));
    assert!(error.contains("profile 'default' of") && error.contains("sts:AssumeRole"), "{error}");
    assert!(!error.contains(KEY.1) && !error.contains(KEY.0), "{error}");
}

#[test]
fn a_role_can_have_its_source_in_container_instance_or_environment() {
    for (source, first) in [
        (
            "Ec2InstanceMetadata",
            vec!["IMDS token", "IMDS iam/security-credentials/", "IMDS iam/security-credentials/shop-role"],
        ),
        ("EcsContainer", vec!["container"]),
        ("Environment", vec![]),
    ] {
        let case = Case::new();
        case.folder.write(".aws/config", &format!("[profile shop]\nrole_arn = {ROLE}\ncredential_source = {source}\n"));
        let uri = format!("{}/v2/credentials/task", case.aws.server.url());
        let mut pairs = vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str())];
        if source == "Environment" {
            pairs.extend([("AWS_ACCESS_KEY_ID", KEY.0), ("AWS_SECRET_ACCESS_KEY", KEY.1)]);
        }
        let calls = case.calls(&case.machine(&pairs).with_profile("shop"));
        let mut expected: Vec<String> = first.iter().map(|call| (*call).to_owned()).collect();
        let (by, then) = if source == "Environment" { (KEY.0, "ASIA1") } else { ("ASIA1", "ASIA2") };
        expected.extend([assume(ROLE, by), format!("DynamoDB by {then}")]);
        assert_eq!(calls, expected, "{source}");
    }
}

#[test]
fn a_command_of_the_profile_gives_the_keys_or_the_base_of_a_role() {
    let case = Case::new();
    let json = format!(r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#, KEY.0, KEY.1);
    let command =
        case.folder.write("command", &format!("#!/bin/sh\ntest \"$HOME\" = {} && echo '{json}'\n", case.folder.path()));
    let config = format!(
        "[default]\ncredential_process = sh {command}\n[profile role]\nrole_arn = {ROLE}\nsource_profile = default\n"
    );
    case.folder.write(".aws/config", &config);
    assert_eq!(case.calls(&case.machine(&[])), ["DynamoDB by AKIDEXAMPLE"]);
    let calls = case.calls(&case.machine(&[]).with_profile("role"));
    assert_eq!(calls[1..], [assume(ROLE, KEY.0), "DynamoDB by ASIA1".to_owned()]);
}

#[test]
fn an_sso_session_gives_the_role_and_an_ended_one_asks_for_a_new_login() {
    let case = Case::new();
    let config = "[default]\nsso_session = shop\nsso_account_id = 123456789012\nsso_role_name = Shop\n\
                  [sso-session shop]\nsso_region = eu-west-1\nsso_start_url = https://shop.awsapps.com/start\n";
    case.folder.write(".aws/config", config);
    let token = |token: &str, expires: &str| {
        let json = format!(r#"{{"accessToken":"{token}","expiresAt":"{expires}","region":"{REGION}"}}"#);
        case.folder.write(&format!(".aws/sso/cache/{}.json", sha1_of_shop()), &json);
    };
    token(SSO_TOKEN, "2124-01-01T00:00:00Z");
    assert_eq!(case.calls(&case.machine(&[])), ["SSO", "DynamoDB by ASIA1"]);
    for (bad, expires) in [("other-token", "2124-01-01T00:00:00Z"), (SSO_TOKEN, "2024-01-01T00:00:00Z")] {
        token(bad, expires);
        let error = case.error(&case.machine(&[]));
        assert!(error.contains("aws sso login") && !error.contains(bad), "{error}");
    }
}

fn sha1_of_shop() -> String {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, b"shop");
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_container_is_asked_with_its_token_whose_file_may_end_with_a_newline() {
    let case = Case::new();
    let uri = format!("{}/v2/credentials/task", case.aws.server.url());
    let file = case.folder.write("token", &format!("{CONTAINER_TOKEN}\n"));
    let machine = case.machine(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the file beats this"),
    ]);
    assert_eq!(case.calls(&machine), ["container", "DynamoDB by ASIA1"]);
    assert!(machine.resolve().unwrap().credentials.source().contains("container"));
}

#[test]
fn a_container_uri_to_any_other_host_is_refused() {
    let case = Case::new();
    let machine = case.machine(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/credentials")]);
    let error = case.error(&machine);
    assert!(error.contains("URI did not refer to an allowed IP address"), "{error}");
}

#[test]
fn an_instance_is_asked_last_and_with_version_two_only() {
    let case = Case::new();
    let expected = ["IMDS token", "IMDS iam/security-credentials/", "IMDS iam/security-credentials/shop-role"];
    let calls = case.calls(&case.machine(&[]));
    assert_eq!(calls[..3], expected);
    assert_eq!(calls[3..], ["DynamoDB by ASIA1"]);
}

#[test]
fn the_instance_names_its_region_where_nobody_else_does() {
    let case = Case::new();
    let mut machine = case.machine(&[]);
    machine.settings.region = None;
    let resolved = machine.resolve().unwrap();
    assert_eq!((resolved.region.as_str(), resolved.region_source), (REGION, Some("EC2 instance metadata")));
}

#[test]
fn an_instance_that_does_not_name_its_region_is_asked_once_and_left_alone_for_a_while() {
    for silence in [Reaction::Hang, Reaction::Answer(Reply::new(403, ""))] {
        let case = Case::new();
        case.aws.state().failing.insert("IMDS token", silence);
        let clock = Arc::new(ManualClock::at(1_800_000_000));
        let mut machine = Machine { clock: Arc::new(CorrectedClock::new(clock.clone())), ..case.machine(&[]) };
        machine.settings.region = None;
        let calls_after_a_page = || {
            let deadline = machine.clock.deadline(Duration::from_millis(200));
            let resolved = resolve(&machine.settings, &machine.environment, &machine.clock, &deadline);
            assert!(matches!(resolved, Err(Cause::NoRegion)));
            case.aws.calls().len()
        };
        assert_eq!(calls_after_a_page(), 1);
        clock.advance(Duration::from_secs(14));
        assert_eq!(calls_after_a_page(), 1);
        clock.advance(Duration::from_secs(1));
        assert_eq!(calls_after_a_page(), 2);
        case.aws.state().failing.clear();
        clock.advance(Duration::from_secs(15));
        assert_eq!(machine.resolve().unwrap().region, REGION);
        let asked = case.aws.calls().len();
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(machine.resolve().unwrap().region, REGION);
        assert_eq!(case.aws.calls().len(), asked);
    }
}

#[test]
fn nothing_configured_is_said_at_once_with_all_that_was_asked() {
    let case = Case::new();
    let machine = case.machine(&[("AWS_EC2_METADATA_DISABLED", "true")]);
    let Err(Cause::NoCredentials(asked)) = machine.resolve() else { panic!() };
    for part in ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "profile 'default'", "AWS_CONTAINER", "IMDSv2"] {
        assert!(asked.contains(part), "{asked}");
    }
    assert_eq!(case.aws.server.count(), 0);
}

#[test]
fn an_instance_without_role_or_without_metadata_service_is_no_credentials() {
    let case = Case::new();
    case.aws.state().failing.insert("IMDS iam/security-credentials/", Reaction::Answer(Reply::new(404, "")));
    let error = case.error(&case.machine(&[]));
    assert!(error.contains("no AWS credentials were found"), "{error}");
    let nobody = case.machine(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")]);
    let error = case.error(&nobody);
    assert!(error.contains("no AWS credentials were found") && error.contains("IMDSv2"), "{error}");
}

#[test]
fn a_script_moves_neither_files_nor_commands_nor_hosts() {
    let case = Case::new();
    let file = case.folder.write("mine", "[default]\ncredential_process = touch /tmp/should-not-exist\n");
    let mut machine = case.machine(&[("AWS_EC2_METADATA_DISABLED", "true")]);
    let script = [
        ("AWS_CONFIG_FILE", file.as_str()),
        ("AWS_PROFILE", "mine"),
        ("HOME", "/tmp"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"),
        ("AWS_ROLE_ARN", "r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/etc/passwd"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
    ];
    machine.environment =
        machine.environment.in_script(script.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(matches!(machine.resolve(), Err(Cause::NoCredentials(_))));
}

#[test]
fn region_and_endpoint_come_from_the_profile_where_nobody_else_says() {
    let case = Case::new();
    let config = "[default]\nregion = ap-southeast-2\naws_access_key_id=a\naws_secret_access_key=b\nservices = here\n\
                  [services here]\ndynamodb =\n  endpoint_url = http://127.0.0.1:8000\n";
    case.folder.write(".aws/config", config);
    let resolve = |pairs: &[(&str, &str)]| {
        let mut machine = case.machine(pairs);
        machine.settings.region = None;
        machine.resolve().unwrap()
    };
    let resolved = resolve(&[]);
    assert_eq!((resolved.region.as_str(), resolved.region_source), ("ap-southeast-2", Some("the profile")));
    assert_eq!((resolved.endpoint.as_str(), resolved.endpoint_source), ("http://127.0.0.1:8000", Some("the profile")));
    let ignoring = resolve(&[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
    assert_eq!(ignoring.endpoint, "https://dynamodb.ap-southeast-2.amazonaws.com");
}

#[test]
fn the_endpoint_is_told_without_a_network_where_the_instance_need_not_name_the_region() {
    let case = Case::new();
    let mut machine = case.machine(&[]);
    machine.settings.region = None;
    assert_eq!(local_endpoint(&machine.settings, &machine.environment), Ok(None));
    case.folder.write(".aws/config", "[default]\nregion = ap-southeast-2\nuse_dualstack_endpoint = true\n");
    let told = local_endpoint(&machine.settings, &machine.environment).unwrap();
    assert_eq!(told.as_deref(), Some("https://dynamodb.ap-southeast-2.api.aws"));
    assert_eq!(case.aws.server.count(), 0);
}

#[test]
fn fips_and_dual_stack_come_from_the_profile_and_exclude_a_custom_endpoint() {
    let case = Case::new();
    case.folder.write(".aws/config", "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
    let mut machine = case.machine(&[]);
    assert_eq!(machine.resolve().unwrap().endpoint, "https://dynamodb-fips.eu-west-1.api.aws");
    machine.settings.endpoint = Some("http://127.0.0.1:8000".into());
    let Err(Cause::Setting(text)) = machine.resolve() else { panic!() };
    assert!(text.contains("endpoint") && text.contains("use_fips_endpoint"), "{text}");
}

#[test]
fn files_that_nobody_needs_do_not_stand_in_the_way() {
    let case = Case::new();
    case.folder.write(".aws/config", "[profile\nbroken");
    let environment = [("AWS_ACCESS_KEY_ID", KEY.0), ("AWS_SECRET_ACCESS_KEY", KEY.1), ("AWS_PROFILE", "gone")];
    let machine = case.machine(&environment).with_profile("gone");
    assert_eq!(case.calls(&machine), ["DynamoDB by AKIDEXAMPLE"]);
    assert!(case.error(&case.machine(&[])).contains("the shared files"));
}

#[test]
fn a_profiles_region_and_endpoint_are_checked_as_settings_are() {
    for (property, said) in [
        ("region", "region = moon base"),
        ("endpoint_url", "endpoint_url = localhost:8000"),
        ("endpoint_url", "endpoint_url = http://user:hush@localhost"),
    ] {
        let case = Case::new();
        case.folder.write(".aws/config", &format!("[default]\n{said}\n"));
        let mut machine = case.machine(&[]);
        machine.settings.region = None;
        let Err(Cause::Setting(text)) = machine.resolve() else { panic!("{property}") };
        assert!(text.starts_with(&format!("the profile's {property} must be")) && !text.contains("hush"), "{text}");
    }
}
