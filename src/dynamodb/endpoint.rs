//! Where the service is.

use crate::config::Settings;
use crate::error::Cause;

/// Domain suffixes by region prefix: plain, and dual-stack where the partition has it.
/// From AWS's partitions.json; the first match holds.
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("", "amazonaws.com", "api.aws"),
];

/// The endpoint's URL, without a trailing slash.
pub fn resolve(settings: &Settings, region: &str) -> Result<String, Cause> {
    let fips = settings.use_fips_endpoint.unwrap_or(false);
    let dual_stack = settings.use_dual_stack_endpoint.unwrap_or(false);
    if let Some(url) = &settings.endpoint {
        for (on, name) in [(fips, "use_fips_endpoint"), (dual_stack, "use_dual_stack_endpoint")] {
            if on {
                let text = format!("a custom endpoint and {name} exclude each other");
                return Err(Cause::Setting(text));
            }
        }
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let found = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    let (plain, dual) = found.map_or(("amazonaws.com", "api.aws"), |(_, plain, dual)| (*plain, *dual));
    // GovCloud's plain hosts are FIPS hosts, its dual-stack hosts are not: so says AWS's endpoint rule set,
    // <https://github.com/boto/botocore/blob/develop/botocore/data/dynamodb/2012-08-10/endpoint-rule-set-1.json>
    let is_fips_anyway = region.starts_with("us-gov-") && !dual_stack;
    let host = if fips && !is_fips_anyway { "dynamodb-fips" } else { "dynamodb" };
    Ok(format!("https://{host}.{region}.{}", if dual_stack { dual } else { plain }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(region: &str, fips: bool, dual_stack: bool) -> String {
        let settings = Settings {
            use_fips_endpoint: Some(fips),
            use_dual_stack_endpoint: Some(dual_stack),
            ..Settings::defaults()
        };
        resolve(&settings, region).unwrap()
    }

    #[test]
    fn each_partition_has_its_suffix() {
        assert_eq!(url("eu-west-1", false, false), "https://dynamodb.eu-west-1.amazonaws.com");
        assert_eq!(url("cn-north-1", false, false), "https://dynamodb.cn-north-1.amazonaws.com.cn");
        assert_eq!(url("cn-north-1", false, true), "https://dynamodb.cn-north-1.api.amazonwebservices.com.cn");
        assert_eq!(url("us-iso-east-1", false, false), "https://dynamodb.us-iso-east-1.c2s.ic.gov");
        assert_eq!(url("us-isob-east-1", false, false), "https://dynamodb.us-isob-east-1.sc2s.sgov.gov");
    }

    #[test]
    fn fips_and_dual_stack_change_the_host() {
        assert_eq!(url("us-east-1", true, false), "https://dynamodb-fips.us-east-1.amazonaws.com");
        assert_eq!(url("us-east-1", true, true), "https://dynamodb-fips.us-east-1.api.aws");
        assert_eq!(url("us-gov-west-1", true, false), "https://dynamodb.us-gov-west-1.amazonaws.com");
        assert_eq!(url("us-gov-west-1", false, true), "https://dynamodb.us-gov-west-1.api.aws");
        assert_eq!(url("us-gov-west-1", true, true), "https://dynamodb-fips.us-gov-west-1.api.aws");
    }

    #[test]
    fn a_custom_endpoint_excludes_both_by_name() {
        let settings = Settings {
            endpoint: Some("http://127.0.0.1:8000/".into()),
            use_fips_endpoint: Some(true),
            ..Settings::defaults()
        };
        let Err(Cause::Setting(text)) = resolve(&settings, "us-east-1") else { panic!() };
        assert!(text.contains("endpoint") && text.contains("use_fips_endpoint"));
        let plain = Settings { use_fips_endpoint: None, ..settings };
        assert_eq!(resolve(&plain, "us-east-1").unwrap(), "http://127.0.0.1:8000");
    }
}
