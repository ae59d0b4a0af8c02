//! What a place says of a setting, and which place it is.

use std::collections::BTreeMap;
use std::fmt;

/// A value of the constructor's array.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// null: as if the key were not there.
    Null,
    /// bool
    Bool(bool),
    /// int
    Int(i64),
    /// float
    Float(f64),
    /// string
    Text(String),
    /// array
    Array(BTreeMap<String, Value>),
    /// A callable, which the PHP side keeps; the number tells one from another.
    Callable(u64),
    /// Any other object, by its class.
    Object(String),
}

/// A value may hold a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

impl Value {
    pub(super) fn type_name(&self) -> &str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "string",
            Value::Array(_) => "array",
            Value::Callable(_) => "callable",
            Value::Object(class) => class,
        }
    }
}

/// Who said it; a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody.
    Default,
    /// An environment variable.
    Environment,
    /// A table's ARN, which says the table's region.
    Arn,
    /// php.ini, pool, .user.ini or ini_set().
    Ini,
    /// `session.save_path`.
    SavePath,
    /// The class's constructor.
    Constructor,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Default => "default",
            Source::Environment => "environment",
            Source::Arn => "the table's ARN",
            Source::Ini => "INI",
            Source::SavePath => "session.save_path",
            Source::Constructor => "constructor",
        })
    }
}
