//! Merges lists as bags: what counts is how often an element occurs, not where.

use std::collections::BTreeMap;

use super::document::{Kind, Value};
use super::map;
use super::value::Merged;

/// Two lists that were one; without a base both began apart.
pub(super) fn merge<'a>(base: Option<Value<'a>>, mine: Value<'a>, theirs: Value<'a>) -> Merged<'a> {
    let elements = |list: Value<'a>| list.children().collect::<Vec<_>>();
    let (before, my, their) = (base.map(elements).unwrap_or_default(), elements(mine), elements(theirs));
    // What nobody has changed at the beginning counts alike in all three: mostly they differ at the end alone.
    let alike = |((one, other), third): &((&Value<'_>, &Value<'_>), &Value<'_>)| {
        one.bytes() == other.bytes() && other.bytes() == third.bytes()
    };
    let unchanged = before.iter().zip(&my).zip(&their).take_while(alike).count();
    let changed = |list: &'_ Vec<Value<'a>>| list.iter().copied().skip(unchanged).collect::<Vec<_>>();
    let (before, my, mut result) = (changed(&before), changed(&my), Vec::with_capacity(their.len()));

    let mut bag = Bag::count(&before, &my, their.get(unchanged..).unwrap_or_default());
    if bag.both_replaced() {
        return Merged::Whole(mine);
    }
    for (at, element) in their.iter().enumerate() {
        if at < unchanged || bag.take(*element) {
            result.push(*element);
        }
    }
    let of_theirs = result.len();
    result.extend(my.into_iter().filter(|element| bag.take_new(*element)));
    if of_theirs == their.len() && result.len() == of_theirs {
        return Merged::Whole(theirs);
    }
    Merged::List { elements: result, style: map::style(mine, theirs) }
}

/// Whether both have the same elements in another order.
pub(super) fn is_reordered(base: Value<'_>, other: Value<'_>) -> bool {
    sorted(base) == sorted(other)
}

fn sorted<'a>(list: Value<'a>) -> Vec<&'a [u8]> {
    let mut all: Vec<_> = list.children().map(Value::bytes).collect();
    all.sort_unstable();
    all
}

/// How often each element occurs in each list.
struct Bag<'a>(BTreeMap<&'a [u8], Count>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    base: usize,
    mine: usize,
    theirs: usize,
    /// Taken of theirs.
    taken: usize,
    /// Those of mine that stand for what was taken of theirs.
    passed: usize,
    /// Taken of mine.
    added: usize,
    /// An array or object, which a page changes by replacing it.
    is_composed: bool,
}

impl<'a> Bag<'a> {
    fn count(base: &[Value<'a>], mine: &[Value<'a>], theirs: &[Value<'a>]) -> Self {
        let mut counts: BTreeMap<&[u8], Count> = BTreeMap::new();
        let mut add = |elements: &[Value<'a>], side: fn(&mut Count) -> &mut usize| {
            for element in elements {
                let count = counts.entry(element.bytes()).or_default();
                count.is_composed = element.kind() != Kind::Plain;
                let number = side(count);
                *number = number.saturating_add(1);
            }
        };
        add(base, |count| &mut count.base);
        add(mine, |count| &mut count.mine);
        add(theirs, |count| &mut count.theirs);
        Bag(counts)
    }

    /// Whether each side has removed some arrays or objects and added others: likely the same ones, changed.
    fn both_replaced(&self) -> bool {
        let any = |is: fn(&Count) -> bool| self.0.values().any(|count| count.is_composed && is(count));
        any(|count| count.mine < count.base)
            && any(|count| count.theirs < count.base)
            && any(|count| count.mine > count.base.max(count.theirs))
            && any(|count| count.theirs > count.base.max(count.mine))
    }

    /// Whether this element of theirs stays.
    fn take(&mut self, element: Value<'a>) -> bool {
        let Some(count) = self.0.get_mut(element.bytes()) else { return false };
        let stays = count.taken < count.merged();
        count.taken = count.taken.saturating_add(usize::from(stays));
        stays
    }

    /// Whether this element of mine is to be added to theirs.
    fn take_new(&mut self, element: Value<'a>) -> bool {
        let Some(count) = self.0.get_mut(element.bytes()) else { return false };
        if count.passed < count.taken {
            count.passed = count.passed.saturating_add(1);
            return false;
        }
        let stays = count.taken.saturating_add(count.added) < count.merged();
        count.added = count.added.saturating_add(usize::from(stays));
        stays
    }
}

impl Count {
    /// As often as on the side that changed the number. Both did: the smaller one if either removed some.
    fn merged(&self) -> usize {
        if self.mine == self.base {
            self.theirs
        } else if self.theirs == self.base {
            self.mine
        } else if self.mine < self.base || self.theirs < self.base {
            self.mine.min(self.theirs)
        } else {
            self.mine.max(self.theirs)
        }
    }
}
