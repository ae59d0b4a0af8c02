//! One text a setting, and from there to its value.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::CredentialSource;
use super::{Source, Value};
use crate::environment::parse_bool;

/// One text a setting, with its source.
#[derive(Clone)]
pub struct Merged {
    pub(super) texts: HashMap<&'static str, (String, Source)>,
    pub(super) batch: BTreeMap<String, Value>,
    /// The constructor's credentials.
    pub credentials: CredentialSource,
}

/// A text may be a list of keys.
impl std::fmt::Debug for Merged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sources: BTreeMap<_, _> = self.texts.iter().map(|(key, (_, source))| (key, source)).collect();
        f.debug_struct("Merged").field("sources", &sources).finish_non_exhaustive()
    }
}

impl Merged {
    /// A table's ARN says where the table is: only a region that a setting names comes before that.
    pub(super) fn heed_arn(&mut self) {
        let region = region_of_arn(&self.text("table_name"));
        if let Some(region) = region.filter(|_| self.source("region") < Source::Arn) {
            self.texts.insert("region", (region, Source::Arn));
        }
    }

    /// Who set it.
    pub fn source(&self, key: &str) -> Source {
        self.texts.get(key).map_or(Source::Default, |(_, source)| *source)
    }

    /// Its text; empty when it is not set.
    pub fn text(&self, key: &str) -> String {
        debug_assert!(self.texts.contains_key(key), "there is no setting '{key}'");
        self.texts.get(key).map(|(text, _)| text.clone()).unwrap_or_default()
    }

    pub(super) fn optional(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    pub(super) fn optional_flag(&self, key: &str) -> Option<bool> {
        parse_bool(&self.text(key))
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.optional_flag(key).unwrap_or(false)
    }

    pub(super) fn whole(&self, key: &str) -> u64 {
        self.text(key).trim().parse().unwrap_or(0)
    }

    pub(super) fn seconds(&self, key: &str) -> Duration {
        let seconds = self.text(key).trim().parse().unwrap_or(0.0);
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    pub(super) fn batch_size(&self) -> u32 {
        match self.batch.get("batch_size") {
            Some(Value::Int(n)) => u32::try_from((*n).clamp(1, 100)).unwrap_or(1),
            _ => 25,
        }
    }

    pub(super) fn batch_delay(&self) -> Duration {
        let seconds = match self.batch.get("delay") {
            Some(Value::Int(n)) => *n as f64,
            Some(Value::Float(n)) => *n,
            _ => 0.0,
        };
        Duration::try_from_secs_f64(seconds.clamp(0.0, 60.0)).unwrap_or_default()
    }
}

/// `arn:aws:dynamodb:eu-west-1:123456789012:table/sessions`
fn region_of_arn(table: &str) -> Option<String> {
    let region = table.strip_prefix("arn:")?.split(':').nth(2)?;
    (!region.is_empty()).then(|| region.to_owned())
}
