//! The body of a request about one item.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>

use serde::Serialize;

use super::expression::Expressions;

/// What GetItem, UpdateItem and DeleteItem are told; each leaves out what is not its own.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Body<'a> {
    pub(super) table_name: &'a str,
    pub(super) key: Key<'a>,
    #[serde(flatten)]
    pub(super) expressions: Expressions<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) return_values: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) return_values_on_condition_check_failure: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) consistent_read: bool,
    /// About how long its JSON will be.
    #[serde(skip)]
    pub(super) room: usize,
}

/// The item's primary key.
pub(super) struct Key<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl Serialize for Key<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        #[derive(Serialize)]
        struct Text<'a> {
            #[serde(rename = "S")]
            s: &'a str,
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name, &Text { s: self.value })?;
        map.end()
    }
}
