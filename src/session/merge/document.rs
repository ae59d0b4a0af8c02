//! A parsed session: a flat tree of borrowed slices.

use super::key::{self, Key};
use super::references::Reference;
use super::{MAX_DEPTH, MAX_VALUES, Unmergeable};

/// What a value is to the rules of merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Null or a scalar.
    Plain,
    /// An array; `list`: its keys are 0 to n-1, in this order.
    Array { list: bool },
    /// An object or enum, always taken whole.
    Object,
    /// A `Laminas\Stdlib\ArrayObject` that has an array in it.
    ArrayObject,
}

/// A value with its key; those in it follow it in the document.
#[derive(Debug)]
pub(super) struct Node<'a> {
    key: Key<'a>,
    /// The key as it is written: `s:1:"a";`, in JSON `"a"`, in the format `php` without the `|`. Empty in a JSON array.
    written_key: &'a [u8],
    bytes: &'a [u8],
    kind: Kind,
    /// How many nodes it is, with those in it; at most [`MAX_VALUES`].
    size: u32,
}

impl Node<'_> {
    fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }
}

/// A session.
#[derive(Debug)]
pub(super) struct Document<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Document<'a> {
    /// A session without names.
    pub(super) fn empty() -> Self {
        let kind = Kind::Array { list: true };
        Document { nodes: vec![Node { key: Key::Int(0), written_key: b"", bytes: b"", kind, size: 1 }] }
    }

    /// The array that is the session.
    pub(super) fn root(&self) -> Option<Value<'_>> {
        Value::first_of(&self.nodes)
    }
}

/// What parsing a session has given.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) document: Document<'a>,
    /// Why it must not be merged though it can be parsed.
    pub(super) obstacle: Option<Unmergeable>,
    /// The references that can be written out.
    pub(super) references: Vec<Reference>,
}

/// A value in a document: its node and those in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    node: &'a Node<'a>,
    inner: &'a [Node<'a>],
}

impl<'a> Value<'a> {
    fn first_of(nodes: &'a [Node<'a>]) -> Option<Self> {
        let (node, rest) = nodes.split_first()?;
        Some(Value { node, inner: rest.get(..node.size().checked_sub(1)?)? })
    }

    pub(super) fn key(self) -> &'a Key<'a> {
        &self.node.key
    }

    pub(super) fn written_key(self) -> &'a [u8] {
        self.node.written_key
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        self.node.bytes
    }

    pub(super) fn kind(self) -> Kind {
        self.node.kind
    }

    pub(super) fn is_array(self) -> bool {
        matches!(self.node.kind, Kind::Array { .. })
    }

    pub(super) fn is_list(self) -> bool {
        self.node.kind == Kind::Array { list: true }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self.node.bytes, b"N;" | b"null")
    }

    /// Whether both are the same place in the same document.
    pub(super) fn is(self, other: Value<'_>) -> bool {
        std::ptr::eq(self.node, other.node)
    }

    pub(super) fn children(self) -> Children<'a> {
        Children { rest: self.inner }
    }
}

/// The values that stand directly in one.
#[derive(Clone, Debug)]
pub(super) struct Children<'a> {
    rest: &'a [Node<'a>],
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let child = Value::first_of(self.rest)?;
        self.rest = self.rest.get(child.node.size()..)?;
        Some(child)
    }
}

/// Makes a document while its text is parsed.
#[derive(Debug, Default)]
pub(super) struct Builder<'a> {
    nodes: Vec<Node<'a>>,
    depth: usize,
    /// The first thing that forbids merging though it can be parsed.
    obstacle: Option<Unmergeable>,
}

/// A value whose end is not known yet.
#[derive(Debug)]
#[must_use]
pub(super) struct Open {
    at: usize,
}

impl<'a> Builder<'a> {
    /// Begins a value: its node comes before those in it.
    pub(super) fn open(&mut self, key: Key<'a>, written_key: &'a [u8]) -> Result<Open, Unmergeable> {
        let at = self.nodes.len();
        if at >= MAX_VALUES {
            return Err(Unmergeable::TooLarge);
        }
        self.nodes.push(Node { key, written_key, bytes: b"", kind: Kind::Plain, size: 1 });
        Ok(Open { at })
    }

    /// Ends a value that has none in it.
    pub(super) fn close(&mut self, open: &Open, kind: Kind, bytes: &'a [u8]) {
        let size = u32::try_from(self.nodes.len().saturating_sub(open.at)).unwrap_or(u32::MAX);
        if let Some(node) = self.nodes.get_mut(open.at) {
            (node.kind, node.bytes, node.size) = (kind, bytes, size);
        }
    }

    /// Ends an array; `list`: its keys were 0 to n-1, in this order.
    pub(super) fn close_array(&mut self, open: &Open, list: bool, bytes: &'a [u8]) {
        if !list {
            self.look_for_duplicates(open);
        }
        self.close(open, Kind::Array { list }, bytes);
    }

    /// Ends an object. Those in it are forgotten unless `keep` wants them.
    pub(super) fn close_object(&mut self, open: &Open, bytes: &'a [u8], keep: impl Fn(Children<'_>) -> bool) {
        self.look_for_duplicates(open);
        let kept = keep(self.children(open));
        if !kept {
            self.nodes.truncate(open.at.saturating_add(1));
        }
        self.close(open, if kept { Kind::ArrayObject } else { Kind::Object }, bytes);
    }

    fn children(&self, open: &Open) -> Children<'_> {
        Children { rest: self.nodes.get(open.at.saturating_add(1)..).unwrap_or_default() }
    }

    fn look_for_duplicates(&mut self, open: &Open) {
        if key::has_duplicates(self.children(open).map(Value::key)) {
            self.cannot_merge(Unmergeable::DuplicateKeys);
        }
    }

    /// Goes into an array or object.
    pub(super) fn descend(&mut self) -> Result<(), Unmergeable> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH { Err(Unmergeable::TooDeep) } else { Ok(()) }
    }

    /// Comes back from it.
    pub(super) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Notes why this must not be merged; parsing goes on.
    pub(super) fn cannot_merge(&mut self, why: Unmergeable) {
        self.obstacle.get_or_insert(why);
    }

    pub(super) fn finish(self, references: Vec<Reference>) -> Parsed<'a> {
        Parsed { document: Document { nodes: self.nodes }, obstacle: self.obstacle, references }
    }
}
