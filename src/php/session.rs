//! One session of PHP's, from open to close: what `mod_data` and the class's object point to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::abi::problem;
use super::guard::Answer;
use super::way::Way;
use super::{abi, ahead, info, ini, process};
use crate::config::given::credentials;
use crate::config::sources::ProblemKind;
use crate::config::{Problem, Source, Sources, Value, merge};
use crate::diagnosis::{Diagnosis, Subject};
use crate::dynamodb::{Client, tables};
use crate::error::Error;
use crate::session::merge::Serializer;
use crate::session::prefetch::Start;
use crate::session::{Context, Handler, garbage};

/// An array of PHP's: the constructor's, a callable's, `createTable()`'s.
#[derive(Clone, Debug, Default)]
pub struct Options(pub BTreeMap<String, Value>);

impl Options {
    /// What is wrong with them, as a constructor says it.
    pub fn check(&self) -> Answer {
        let (_, problems) = merge(&Sources { constructor: self.0.clone(), ..Sources::default() });
        let (warnings, errors): (Vec<Problem>, Vec<Problem>) =
            problems.into_iter().partition(|problem| problem.kind == ProblemKind::Warning);
        let first = errors.into_iter().next();
        Answer {
            ok: first.is_none(),
            problem: first.as_ref().map_or(problem::NONE, |first| match first.kind {
                ProblemKind::Type => problem::TYPE,
                _ => problem::VALUE,
            }),
            data: first.map(|problem| problem.text.into_bytes()).unwrap_or_default(),
            warnings: warnings.into_iter().map(|problem| problem.text).collect(),
            ..Answer::default()
        }
    }
}

/// One session.
#[derive(Debug, Default)]
pub struct Session {
    is_native: bool,
    handler: Option<Handler>,
    table: Option<(Arc<Client>, Context)>,
    is_open: bool,
    /// What it was opened with, until its first id.
    start: Option<Start<Arc<Way>>>,
    /// Why the last open failed, for `check()`.
    failed: Option<Error>,
}

impl Session {
    /// Nothing is open yet. The native module is handed what PHP itself has serialized; a class may hand over anything.
    pub fn new(is_native: bool) -> Self {
        Session { is_native, ..Session::default() }
    }

    /// `open`; the session's name is empty where the class is used without it.
    pub fn open(&mut self, options: Option<&Options>, save_path: &str, name: &str) -> Answer {
        let none = BTreeMap::new();
        match process::open(options.map_or(&none, |options| &options.0), save_path) {
            Ok(opened) => {
                let handler = self.handler.get_or_insert_with(|| Handler::new(opened.context.clone()));
                self.table = Some((opened.client, opened.context.clone()));
                handler.open(opened.context, name, opened.read_ahead);
                self.start = Some(Start { name: name.as_bytes().to_vec(), settings: opened.way });
                let serializer =
                    || abi::ini("session.serialize_handler").map(|name| Serializer::named(name.as_bytes()));
                handler.serialized_by(self.is_native.then(serializer).flatten());
                // PHP itself opens no session without a name.
                if name.is_empty() {
                    handler.without_open();
                }
                self.is_open = true;
                self.failed = None;
                // The constructor has said what it thinks of its array already.
                let unsaid = opened.problems.into_iter().filter(|problem| problem.source != Source::Constructor);
                Answer { warnings: unsaid.map(|problem| problem.text).collect(), ..Answer::done() }
            }
            Err((error, mut warnings)) => {
                self.is_open = false;
                warnings.push(error.to_string());
                self.failed = Some(error);
                Answer { warnings, ..Answer::default() }
            }
        }
    }

    /// Whether an `open` has succeeded and no `close` has come since.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// `close`
    pub fn close(&mut self) {
        self.is_open = false;
        if let Some(handler) = &mut self.handler {
            handler.close();
        }
    }

    /// PHP did not get what was read, and goes on with an empty session: nothing of that may be stored, and the locks go.
    /// It stays open, so that the class does not open it once more by itself.
    pub fn lose(&mut self) {
        self.handler = None;
    }

    /// `create_sid` has made this id.
    pub fn created(&mut self, id: &[u8]) {
        if let Some(handler) = &mut self.handler {
            handler.created(id);
        }
    }

    /// PHP asks for this id.
    pub fn asks_for(&mut self, id: &[u8]) {
        if let Some(start) = self.start.take() {
            ahead::starts(start, id);
        }
    }

    /// Runs one operation of an open session.
    pub fn run(&mut self, act: impl FnOnce(&mut Handler) -> Answer) -> Answer {
        match (&mut self.handler, self.is_open) {
            (Some(handler), true) => act(handler),
            _ => Answer::default(),
        }
    }

    /// Whether the constructor's callable has to be called before the next operation.
    pub fn wants_credentials(&self) -> bool {
        let callable = self.table.as_ref().and_then(|(client, _)| client.credentials.callable());
        callable.is_some_and(|callable| callable.needs())
    }

    /// What the callable has returned.
    pub fn take_credentials(&mut self, array: &Options) -> Answer {
        let callable = self.table.as_ref().and_then(|(client, _)| client.credentials.callable());
        match (callable, credentials(&array.0)) {
            (Some(callable), Ok(credentials)) => {
                callable.hand_over(credentials);
                Answer::done()
            }
            (_, Err((_, text))) => {
                let text = format!("the callable in option 'credentials' must return ['key' =>, 'secret' =>]: {text}");
                Answer { warnings: vec![text], ..Answer::default() }
            }
            (None, Ok(_)) => Answer::done(),
        }
    }

    /// Makes the table.
    pub fn create_table(&mut self, options: &Options) -> Answer {
        let Some((client, context)) = &self.table else {
            return Answer::default();
        };
        let Some(options) = json(&options.0) else {
            let text = "must hold scalars and arrays only";
            return Answer { problem: problem::VALUE, data: text.into(), ..Answer::default() };
        };
        let settings = &context.settings;
        match tables::create(client, &settings.session_lifetime_attribute, options, settings.timeout) {
            Ok(created) => {
                let place = &client.place;
                let before = (!created.is_new).then(|| {
                    format!("table '{}' exists already in {} and was left as it is", place.table, place.region)
                });
                let notes = before.into_iter().chain(created.notes);
                Answer { notice: true, warnings: notes.collect(), ..Answer::done() }
            }
            Err(tables::Failed::Option(text)) => {
                Answer { problem: problem::VALUE, data: text.into_bytes(), ..Answer::default() }
            }
            Err(tables::Failed::Table(text)) => Answer { warnings: vec![text], ..Answer::default() },
            Err(tables::Failed::Service(error)) => Answer::failed(&error),
        }
    }

    /// What an operator runs first. It works also where nothing could be opened.
    pub fn check(&mut self, options: Option<&Options>, save_path: &str) -> Diagnosis {
        let none = BTreeMap::new();
        let sources = process::sources(options.map_or(&none, |options| &options.0), save_path);
        let client = self.table.as_ref().map(|(client, _)| &**client).filter(|_| self.failed.is_none());
        let process = process::current();
        Diagnosis::of(&Subject {
            sources: &sources,
            gc_maxlifetime: ini::gc_maxlifetime(),
            php: &info::php(),
            clock: &process.clock,
            client,
            failed: self.failed.as_ref(),
            keys: self.table.as_ref().and_then(|(_, context)| context.format.keys.as_deref()),
            encryptions: process::all_stats().encryptions(),
        })
    }

    /// Deletes expired sessions.
    pub fn garbage_collect(&mut self) -> Answer {
        let Some((_, context)) = &self.table else {
            return Answer::default();
        };
        match garbage::collect(context) {
            Ok(count) => Answer::data(count.to_string()),
            Err(error) => Answer::failed(&error),
        }
    }
}

/// The array as JSON has it: a list, where its keys are 0, 1, 2 and so on; `None` where it holds what JSON has not.
fn json(array: &BTreeMap<String, Value>) -> Option<serde_json::Value> {
    let mut values = serde_json::Map::new();
    for (key, value) in array {
        let value = match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(on) => (*on).into(),
            Value::Int(number) => (*number).into(),
            Value::Float(number) => serde_json::Number::from_f64(*number)?.into(),
            Value::Text(text) => text.as_str().into(),
            Value::Array(inner) => json(inner)?,
            Value::Callable(_) | Value::Object(_) => return None,
        };
        values.insert(key.clone(), value);
    }
    let list = (0..values.len()).map(|at| values.get(&at.to_string()).cloned()).collect::<Option<Vec<_>>>();
    Some(list.map_or(serde_json::Value::Object(values), serde_json::Value::Array))
}
