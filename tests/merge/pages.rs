//! Random sessions, and what random pages make of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::literal::{Key, Php};

/// What a page does: somewhere below these keys, this.
#[derive(Clone, Debug)]
pub struct Edit {
    path: Vec<Index>,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Set(Key, Php),
    Remove(Index),
    Append(Php),
    Replace(Index, Php),
    Reverse,
}

pub fn scalar() -> impl Strategy<Value = Php> {
    prop_oneof![
        Just(Php::Null),
        any::<bool>().prop_map(Php::Bool),
        (0..4_i64).prop_map(Php::Int),
        select(vec![0.5, -1e30]).prop_map(Php::Float),
        select(vec!["", "a", "b", "\"};|", "\u{fc}"]).prop_map(|text| Php::Text(text.to_owned())),
    ]
}

/// Names that several arrays have in common; numbers only where asked for.
fn key(numbers: bool) -> impl Strategy<Value = Key> {
    let names = select(vec!["a", "b", "c", "d", "e"]).prop_map(|name| Key::Text(name.to_owned()));
    let numbers = if numbers { 1 } else { 0 };
    prop_oneof![4 => names, numbers => (-1..4_i64).prop_map(Key::Int)]
}

pub fn value(numbers: bool) -> impl Strategy<Value = Php> {
    scalar().prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Php::list), vec((key(numbers), inner), 0..4).prop_map(Php::array)]
    })
}

/// A session, and what it has become on two pages.
pub fn two_pages(numbers: bool) -> impl Strategy<Value = [Php; 3]> {
    let name = select(vec!["u", "v", "w", "x", "y"]).prop_map(|name| Key::Text(name.to_owned()));
    let base = vec((name, value(numbers)), 0..5).prop_map(Php::array);
    let page = || vec(edit(numbers), 1..5);
    (base, page(), page()).prop_map(|(base, mine, theirs)| {
        let [mine, theirs] =
            [mine, theirs].map(|edits| edits.iter().fold(base.clone(), |session, edit| edit.on(session)));
        [base, mine, theirs]
    })
}

fn edit(numbers: bool) -> impl Strategy<Value = Edit> {
    let change = prop_oneof![
        3 => (key(numbers), value(numbers)).prop_map(|(key, value)| Change::Set(key, value)),
        2 => any::<Index>().prop_map(Change::Remove),
        2 => value(numbers).prop_map(Change::Append),
        2 => (any::<Index>(), value(numbers)).prop_map(|(at, value)| Change::Replace(at, value)),
        1 => Just(Change::Reverse),
    ];
    (vec(any::<Index>(), 0..4), change).prop_map(|(path, change)| Edit { path, change })
}

impl Edit {
    fn on(&self, session: Php) -> Php {
        let Php::Array(mut entries) = session else { panic!("no session") };
        self.apply(&mut entries, &self.path, true);
        Php::Array(entries)
    }

    fn apply(&self, entries: &mut Vec<(Key, Php)>, path: &[Index], is_session: bool) {
        if let [first, rest @ ..] = path
            && !entries.is_empty()
            && let (_, Php::Array(inner)) = first.get_mut(entries)
        {
            return self.apply(inner, rest, false);
        }
        let is_list = !is_session && entries.iter().enumerate().all(|(at, (key, _))| *key == Key::Int(at as i64));
        match &self.change {
            // A list stays one, a session has names.
            Change::Set(Key::Text(_), value) | Change::Append(value) if is_list => {
                entries.push((Key::Int(entries.len() as i64), value.clone()));
            }
            Change::Set(Key::Int(_), _) if is_session => {}
            Change::Set(key, value) => match entries.iter_mut().find(|(other, _)| other == key) {
                Some((_, old)) => *old = value.clone(),
                None => entries.push((key.clone(), value.clone())),
            },
            Change::Append(_) => {}
            Change::Remove(_) | Change::Replace(..) if entries.is_empty() => {}
            Change::Remove(at) => {
                entries.remove(at.index(entries.len()));
                if is_list {
                    entries.iter_mut().enumerate().for_each(|(at, (key, _))| *key = Key::Int(at as i64));
                }
            }
            Change::Replace(at, value) => at.get_mut(entries).1 = value.clone(),
            Change::Reverse if is_list => {}
            Change::Reverse => entries.reverse(),
        }
    }
}
