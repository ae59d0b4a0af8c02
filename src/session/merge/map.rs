//! Merges arrays by key.

use super::document::{Children, Value};
use super::key::{self, Key};
use super::list;
use super::value::{self, Merged, Pair, Style};

/// Two arrays that were one.
pub(super) fn merge_arrays<'a>(base: Value<'a>, mine: Value<'a>, theirs: Value<'a>) -> Merged<'a> {
    if base.is_list() && mine.is_list() && theirs.is_list() {
        return list::merge(Some(base), mine, theirs);
    }
    let (mut before, mut ours, mut others) = (Index::of(base), Index::of(mine), Index::of(theirs));
    let mut entries = Vec::new();
    let mut is_theirs = true;
    for child in theirs.children() {
        let merged = value::merge(before.get(child.key()), ours.get(child.key()), Some(child));
        is_theirs &= matches!(&merged, Some(Merged::Whole(value)) if value.is(child));
        entries.extend(merged.map(|merged| (child, merged)));
    }
    for child in mine.children().filter(|child| others.get(child.key()).is_none()) {
        let merged = value::merge(before.get(child.key()), Some(child), None);
        is_theirs &= merged.is_none();
        entries.extend(merged.map(|merged| (child, merged)));
    }
    if is_theirs { Merged::Whole(theirs) } else { Merged::Map { entries, style: style(mine, theirs) } }
}

/// Two arrays that began apart; `None` where a value of theirs would be overwritten.
pub(super) fn join_arrays<'a>(mine: Value<'a>, theirs: Value<'a>) -> Option<Merged<'a>> {
    if mine.is_list() && theirs.is_list() {
        return Some(list::merge(None, mine, theirs));
    }
    let (mut ours, mut others) = (Index::of(mine), Index::of(theirs));
    let mut entries = Vec::new();
    let mut is_theirs = true;
    for child in theirs.children() {
        let merged = match ours.get(child.key()) {
            Some(my) if my.bytes() != child.bytes() => {
                let pair = Pair::of(my, child)?;
                pair.wrap(join_arrays(pair.mine, pair.theirs)?)
            }
            _ => Merged::Whole(child),
        };
        is_theirs &= matches!(merged, Merged::Whole(value) if value.is(child));
        entries.push((child, merged));
    }
    for child in mine.children().filter(|child| others.get(child.key()).is_none()) {
        is_theirs = false;
        entries.push((child, Merged::Whole(child)));
    }
    Some(if is_theirs { Merged::Whole(theirs) } else { Merged::Map { entries, style: style(mine, theirs) } })
}

pub(super) fn style(mine: Value<'_>, theirs: Value<'_>) -> Style {
    let in_braces = |value: Value<'_>| value.bytes().starts_with(b"{");
    if in_braces(mine) && in_braces(theirs) { Style::Braces } else { Style::ByKeys }
}

/// Whether both have the same in another order.
pub(super) fn is_reordered(base: Value<'_>, other: Value<'_>) -> bool {
    if !base.is_array() || !other.is_array() {
        return false;
    }
    if base.is_list() && other.is_list() {
        return list::is_reordered(base, other);
    }
    let mut before = Index::of(base);
    let same = |one: Value<'_>, two: Value<'_>| one.bytes() == two.bytes() || is_reordered(one, two);
    base.children().count() == other.children().count()
        && other.children().all(|child| before.get(child.key()).is_some_and(|value| same(value, child)))
}

/// What an array has that the base had not; `None` where that is nothing, or anything is as it was.
pub(super) fn keep_new<'a>(base: Value<'a>, array: Value<'a>) -> Option<Merged<'a>> {
    let mut before = Index::of(base);
    let mut entries = Vec::new();
    let mut is_whole = true;
    for child in array.children() {
        let kept = match before.get(child.key()) {
            Some(old) if old.bytes() == child.bytes() => return None,
            Some(old) => value::keep_new(old, child),
            None => Some(Merged::Whole(child)),
        };
        is_whole &= matches!(&kept, Some(Merged::Whole(_)));
        entries.extend(kept.map(|kept| (child, kept)));
    }
    if entries.is_empty() {
        return None;
    }
    Some(if is_whole { Merged::Whole(array) } else { Merged::Map { entries, style: style(array, array) } })
}

/// How many names there were, and how many of them are left.
pub(super) fn count_left(base: Value<'_>, mine: Value<'_>) -> (usize, usize) {
    let mut ours = Index::of(mine);
    (base.children().count(), base.children().filter(|child| ours.get(child.key()).is_some()).count())
}

/// Finds an array's values by key.
struct Index<'a> {
    array: Value<'a>,
    /// Most are asked for in the order in which they stand.
    next: Children<'a>,
    /// All, made when one is asked for out of order: where each stands, ordered by key.
    sorted: Option<Vec<(u64, &'a Key<'a>, Children<'a>)>>,
}

impl<'a> Index<'a> {
    fn of(array: Value<'a>) -> Self {
        Index { array, next: array.children(), sorted: None }
    }

    fn get(&mut self, wanted: &Key<'_>) -> Option<Value<'a>> {
        let mut next = self.next.clone();
        if let Some(child) = next.next()
            && child.key() == wanted
        {
            self.next = next;
            return Some(child);
        }
        let sorted = self.sorted.get_or_insert_with(|| sorted(self.array));
        let order = (key::beginning(wanted), wanted);
        let at = sorted.binary_search_by(|(beginning, key, _)| (*beginning, *key).cmp(&order)).ok()?;
        let mut found = sorted.get(at)?.2.clone();
        let child = found.next();
        self.next = found;
        child
    }
}

fn sorted(array: Value<'_>) -> Vec<(u64, &Key<'_>, Children<'_>)> {
    let mut rest = array.children();
    let mut all = Vec::new();
    loop {
        let here = rest.clone();
        let Some(child) = rest.next() else { break };
        all.push((key::beginning(child.key()), child.key(), here));
    }
    all.sort_unstable_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    all
}
