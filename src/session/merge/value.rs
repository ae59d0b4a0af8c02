//! What becomes of one key, given both sides and what they began with.

use super::document::{Kind, Value};
use super::key::Key;
use super::map;
use super::php::LAMINAS_STORAGE;

/// What a value has become.
#[derive(Debug)]
pub(super) enum Merged<'a> {
    /// This value as it stands.
    Whole(Value<'a>),
    /// An array of these; each with the value whose key it has.
    Map { entries: Vec<(Value<'a>, Merged<'a>)>, style: Style },
    /// A list of these.
    List { elements: Vec<Value<'a>>, style: Style },
    /// This object, with another array in it.
    ArrayObject { object: Value<'a>, storage: Box<Merged<'a>> },
}

/// How an array is written where the format leaves a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As PHP writes it: JSON has brackets for a list, braces for the rest.
    ByKeys,
    /// In braces: both sides have written a JSON object.
    Braces,
}

/// The value of a key that `mine` or `theirs` has or both have; `None` where the key goes.
pub(super) fn merge<'a>(
    base: Option<Value<'a>>,
    mine: Option<Value<'a>>,
    theirs: Option<Value<'a>>,
) -> Option<Merged<'a>> {
    if is_same(mine, base) || is_same(mine, theirs) {
        return theirs.map(Merged::Whole);
    }
    if is_same(theirs, base) {
        return mine.map(Merged::Whole);
    }
    match (mine, theirs) {
        (Some(mine), Some(theirs)) => Some(merge_changed(base, mine, theirs)),
        (Some(kept), None) | (None, Some(kept)) => keep_new(base?, kept),
        (None, None) => None,
    }
}

/// Both sides have the key, and have changed it each in its own way.
fn merge_changed<'a>(base: Option<Value<'a>>, mine: Value<'a>, theirs: Value<'a>) -> Merged<'a> {
    if let (Some(pair), Some(before)) = (Pair::of(mine, theirs), base.and_then(|base| array_like(base, theirs))) {
        return pair.wrap(map::merge_arrays(before, pair.mine, pair.theirs));
    }
    if base.is_some_and(|base| base.kind() != Kind::Plain) {
        if mine.kind() == Kind::Plain {
            return Merged::Whole(mine);
        }
        if theirs.kind() == Kind::Plain {
            return Merged::Whole(theirs);
        }
    }
    if !base.is_some_and(Value::is_array) {
        let joined = Pair::of(mine, theirs).and_then(|pair| Some(pair.wrap(map::join_arrays(pair.mine, pair.theirs)?)));
        return joined.unwrap_or(Merged::Whole(mine));
    }
    let only_reordered = base.is_some_and(|base| map::is_reordered(base, mine));
    Merged::Whole(if only_reordered { theirs } else { mine })
}

/// Two values of one kind that have arrays to merge: arrays, or Laminas' objects that differ in their array alone.
pub(super) struct Pair<'a> {
    pub(super) mine: Value<'a>,
    pub(super) theirs: Value<'a>,
    object: Option<Value<'a>>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(mine: Value<'a>, theirs: Value<'a>) -> Option<Self> {
        if mine.is_array() && theirs.is_array() {
            return Some(Pair { mine, theirs, object: None });
        }
        let (storage, other) = (storage(mine)?, storage(theirs)?);
        let frame = |object: Value<'a>| object.children().filter(|member| !is_storage(*member));
        let member = |member: Value<'a>| (member.key(), member.bytes());
        let alike = frame(mine).map(member).eq(frame(theirs).map(member));
        alike.then_some(Pair { mine: storage, theirs: other, object: Some(theirs) })
    }

    pub(super) fn wrap(&self, merged: Merged<'a>) -> Merged<'a> {
        match (self.object, merged) {
            (Some(object), Merged::Whole(array)) if array.is(self.theirs) => Merged::Whole(object),
            (Some(object), storage) => Merged::ArrayObject { object, storage: Box::new(storage) },
            (None, merged) => merged,
        }
    }
}

/// The array of a value of the same kind as the other one.
fn array_like<'a>(value: Value<'a>, other: Value<'a>) -> Option<Value<'a>> {
    if other.is_array() { Some(value).filter(|value| value.is_array()) } else { storage(value) }
}

/// The array in a Laminas object.
fn storage(value: Value<'_>) -> Option<Value<'_>> {
    let object = Some(value).filter(|value| value.kind() == Kind::ArrayObject)?;
    object.children().find(|member| is_storage(*member))
}

pub(super) fn is_storage(member: Value<'_>) -> bool {
    *member.key() == Key::name(LAMINAS_STORAGE)
}

fn is_same(one: Option<Value<'_>>, other: Option<Value<'_>>) -> bool {
    one.map(Value::bytes) == other.map(Value::bytes)
}

/// What is left of a value that one side has changed and the other has removed.
///
/// Nothing, if anything in it is as it was: a late page has written its own change into what a logout has removed. Else
/// the keys that are new. CodeIgniter keeps its marks for messages in such an array: one page removes the old marks, the
/// other sets new ones. A list has no keys that tell new from old, and goes.
pub(super) fn keep_new<'a>(base: Value<'a>, kept: Value<'a>) -> Option<Merged<'a>> {
    let after = as_array(kept).filter(|array| array.children().next().is_some())?;
    let before = as_array(base).filter(|array| array.children().next().is_some());
    let Some(before) = before else {
        return (base.is_null() || as_array(base).is_some()).then_some(Merged::Whole(kept));
    };
    if before.is_list() || after.is_list() {
        return None;
    }
    let merged = map::keep_new(before, after)?;
    Some(match merged {
        Merged::Whole(_) => Merged::Whole(kept),
        storage if kept.kind() == Kind::ArrayObject => Merged::ArrayObject { object: kept, storage: Box::new(storage) },
        merged => merged,
    })
}

fn as_array(value: Value<'_>) -> Option<Value<'_>> {
    if value.is_array() { Some(value) } else { storage(value) }
}
