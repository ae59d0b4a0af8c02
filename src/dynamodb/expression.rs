//! Conditions and updates: rendered as DynamoDB's expressions, and evaluated by the in-memory store with the same
//! meaning, so that both stores pass one conformance suite.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use super::wire::{AttributeValue, Item};

/// What must hold of the item before it is changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// `attribute_exists(name)`
    Exists(String),
    /// `attribute_not_exists(name)`
    Missing(String),
    /// `NOT attribute_type(name, N)`: also where there is none
    NoNumber(String),
    /// `name = value`
    Equals(String, AttributeValue),
    /// `name <= n`
    AtMost(String, i64),
    /// `name > n`
    Over(String, i64),
    /// all of them
    All(Vec<Condition>),
    /// any of them
    Any(Vec<Condition>),
}

impl Condition {
    /// What DynamoDB would say of this item.
    pub fn holds(&self, item: Option<&Item>) -> bool {
        let value = |name: &String| item.and_then(|item| item.get(name));
        let compare = |name: &String, n: i64| value(name).and_then(|value| numbers(value, &AttributeValue::number(n)));
        match self {
            Condition::Exists(name) => value(name).is_some(),
            Condition::Missing(name) => value(name).is_none(),
            Condition::NoNumber(name) => !matches!(value(name), Some(AttributeValue::Number(_))),
            Condition::Equals(name, wanted) => {
                value(name).is_some_and(|value| value == wanted || numbers(value, wanted) == Some(Ordering::Equal))
            }
            Condition::AtMost(name, n) => compare(name, *n).is_some_and(Ordering::is_le),
            Condition::Over(name, n) => compare(name, *n).is_some_and(Ordering::is_gt),
            Condition::All(parts) => parts.iter().all(|part| part.holds(item)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(item)),
        }
    }

    fn render<'a>(&'a self, names: &mut Placeholders<'a>) -> String {
        match self {
            Condition::Exists(name) => format!("attribute_exists({})", names.name(name)),
            Condition::Missing(name) => format!("attribute_not_exists({})", names.name(name)),
            Condition::NoNumber(name) => {
                format!("NOT attribute_type({}, {})", names.name(name), names.own(AttributeValue::String("N".into())))
            }
            Condition::Equals(name, value) => format!("{} = {}", names.name(name), names.value(value)),
            Condition::AtMost(name, n) => format!("{} <= {}", names.name(name), names.number(*n)),
            Condition::Over(name, n) => format!("{} > {}", names.name(name), names.number(*n)),
            Condition::All(parts) => join(parts, " AND ", names),
            Condition::Any(parts) => join(parts, " OR ", names),
        }
    }
}

/// How two numbers compare: `5` and `5.0` are one and the same. `None`: they are not both numbers.
fn numbers(left: &AttributeValue, right: &AttributeValue) -> Option<Ordering> {
    let (AttributeValue::Number(left), AttributeValue::Number(right)) = (left, right) else {
        return None;
    };
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?),
    }
}

fn join<'a>(parts: &'a [Condition], with: &str, names: &mut Placeholders<'a>) -> String {
    let parts: Vec<_> = parts.iter().map(|part| part.render(names)).collect();
    format!("({})", parts.join(with))
}

/// A change of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Update {
    /// Attributes to set.
    pub set: Vec<(String, AttributeValue)>,
    /// Attributes to set where they are absent.
    pub set_if_missing: Vec<(String, AttributeValue)>,
    /// Numbers to count one up; an absent one counts from 0.
    pub count_up: Vec<String>,
    /// Attributes to take away.
    pub remove: Vec<String>,
    /// What must hold.
    pub condition: Option<Condition>,
    /// Hand back the item as it is afterwards.
    pub return_new: bool,
}

impl Update {
    /// Does to `item` what DynamoDB would do.
    pub fn apply(&self, item: &mut Item) {
        for (name, value) in &self.set {
            item.insert(name.clone(), value.clone());
        }
        for (name, value) in &self.set_if_missing {
            item.entry(name.clone()).or_insert_with(|| value.clone());
        }
        for name in &self.count_up {
            let n = item.get(name).and_then(AttributeValue::as_i64).unwrap_or_default();
            item.insert(name.clone(), AttributeValue::number(n + 1));
        }
        for name in &self.remove {
            item.remove(name);
        }
    }

    fn render<'a>(&'a self, names: &mut Placeholders<'a>) -> String {
        let mut sets: Vec<_> =
            self.set.iter().map(|(name, value)| format!("{} = {}", names.name(name), names.value(value))).collect();
        for (name, value) in &self.set_if_missing {
            let name = names.name(name);
            sets.push(format!("{name} = if_not_exists({name}, {})", names.value(value)));
        }
        for name in &self.count_up {
            let name = names.name(name);
            sets.push(format!("{name} = if_not_exists({name}, {}) + {}", names.number(0), names.number(1)));
        }
        let removes: Vec<_> = self.remove.iter().map(|name| names.name(name)).collect();
        let mut text = String::new();
        if !sets.is_empty() {
            text = format!("SET {}", sets.join(", "));
        }
        if !removes.is_empty() {
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}REMOVE {}", removes.join(", "));
        }
        text
    }
}

/// Attribute names and values under the placeholders that stand for them: names may be reserved words.
#[derive(Default)]
struct Placeholders<'a> {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, Cow<'a, AttributeValue>>,
}

impl<'a> Placeholders<'a> {
    fn name(&mut self, name: &str) -> String {
        let next = format!("#n{}", self.names.len());
        self.names.entry(name.to_owned()).or_insert(next).clone()
    }

    fn value(&mut self, value: &'a AttributeValue) -> String {
        self.stand_for(Cow::Borrowed(value))
    }

    fn own(&mut self, value: AttributeValue) -> String {
        self.stand_for(Cow::Owned(value))
    }

    fn number(&mut self, n: i64) -> String {
        self.own(AttributeValue::number(n))
    }

    fn stand_for(&mut self, value: Cow<'a, AttributeValue>) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// The members of a request that expressions make up.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Expressions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    update_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projection_expression: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_values: BTreeMap<String, Cow<'a, AttributeValue>>,
}

impl<'a> Expressions<'a> {
    /// Of an UpdateItem.
    pub fn update(update: &'a Update) -> Self {
        let mut names = Placeholders::default();
        let text = update.render(&mut names);
        let condition = update.condition.as_ref().map(|c| c.render(&mut names));
        Expressions {
            update_expression: (!text.is_empty()).then_some(text),
            condition_expression: condition,
            ..Expressions::of(names)
        }
    }

    /// Of a DeleteItem.
    pub fn condition(condition: Option<&'a Condition>) -> Self {
        let mut names = Placeholders::default();
        let condition = condition.map(|c| c.render(&mut names));
        Expressions { condition_expression: condition, ..Expressions::of(names) }
    }

    /// Of a Scan that returns one attribute of the items for which `filter` holds.
    pub fn filter(filter: &'a Condition, attribute: &str) -> Self {
        let mut names = Placeholders::default();
        let filter = filter.render(&mut names);
        let projection = names.name(attribute);
        Expressions {
            filter_expression: Some(filter),
            projection_expression: Some(projection),
            ..Expressions::of(names)
        }
    }

    fn of(placeholders: Placeholders<'a>) -> Self {
        Expressions {
            expression_attribute_names: placeholders.names.into_iter().map(|(name, holder)| (holder, name)).collect(),
            expression_attribute_values: placeholders.values,
            ..Expressions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn names_and_values_are_placeholders_and_a_name_stands_once() {
        let update = Update {
            set: vec![(name("data"), AttributeValue::Binary(vec![1]))],
            set_if_missing: vec![(name("expires"), AttributeValue::number(9))],
            count_up: vec![],
            remove: vec![name("lock")],
            condition: Some(Condition::Any(vec![
                Condition::Missing(name("id")),
                Condition::All(vec![Condition::Over(name("lock"), 1), Condition::AtMost(name("lock"), 5)]),
            ])),
            return_new: false,
        };
        let json = serde_json::to_value(Expressions::update(&update)).unwrap();
        assert_eq!(json["UpdateExpression"], "SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1) REMOVE #n2");
        assert_eq!(json["ConditionExpression"], "(attribute_not_exists(#n3) OR (#n2 > :v2 AND #n2 <= :v3))");
        assert_eq!(json["ExpressionAttributeNames"]["#n2"], "lock");
        assert_eq!(json["ExpressionAttributeValues"][":v3"]["N"], "5");
    }

    #[test]
    fn a_comparison_with_a_missing_attribute_is_false() {
        assert!(!Condition::AtMost(name("lock"), 5).holds(Some(&Item::new())));
        assert!(!Condition::Over(name("lock"), 5).holds(None));
        assert!(Condition::Missing(name("id")).holds(None));
    }

    #[test]
    fn an_update_does_what_it_says() {
        let mut item = Item::from([(name("a"), AttributeValue::number(1)), (name("b"), AttributeValue::number(2))]);
        let update = Update {
            set: vec![(name("c"), AttributeValue::number(3))],
            set_if_missing: vec![(name("a"), AttributeValue::number(9))],
            count_up: vec![name("n")],
            remove: vec![name("b")],
            ..Update::default()
        };
        update.apply(&mut item);
        let number = |of: &str, n| (name(of), AttributeValue::number(n));
        assert_eq!(item, Item::from([number("a", 1), number("c", 3), number("n", 1)]));
    }
}
