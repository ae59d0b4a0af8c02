//! What a process and a thread keep from page to page.
//!
//! php-fpm forks after module start-up, and pcntl_fork can come at any time: whatever is shared is kept by process
//! id, and a child leaves its parent's alone.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::{Arc, LazyLock, OnceLock};

use super::ahead::Ahead;
use super::way::{Fingerprint, Way, dsn};
use super::{abi, before_fork, ini, shared};
use crate::clock::{CorrectedClock, SystemClock};
use crate::config::sources::ProblemKind;
use crate::config::{self, Problem, Settings, Sources, Value};
use crate::dynamodb::Client;
use crate::environment::{Environment, SCRIPT_MAY_SET};
use crate::error::{Cause, Error, Place};
use crate::http::Network;
use crate::per_process::{PerProcess, PerThread};
use crate::resolve;
use crate::session::format::{Format, Serializers};
use crate::session::prefetch::Guess;
use crate::session::renewal::Renewals;
use crate::session::{Context, DynamoDbStore, Outage, ReadAhead};
use crate::stats::{Shared, Snapshot, Stats};

/// How many sets of settings one thread keeps a client for.
const MOST_CONTEXTS: usize = 4;

/// Module start-up: php-fpm's master. `None`: a script has loaded the module, and may have changed the environment before.
static START: OnceLock<Option<Start>> = OnceLock::new();

#[derive(Clone)]
struct Start {
    environment: Vec<(String, String)>,
    process: u32,
}

static PROCESS: LazyLock<PerProcess<Arc<Process>>> =
    LazyLock::new(|| PerProcess::new(|parents| Arc::new(Process::new(parents.map(|parents| &**parents)))));

/// What all threads of one process share.
#[derive(Debug)]
pub struct Process {
    /// What this process has done.
    pub stats: Arc<Stats>,
    /// Its clock, corrected by the server's.
    pub clock: Arc<CorrectedClock>,
    /// The renewal of its locks.
    pub renewals: Arc<Renewals>,
    environment: Environment,
}

thread_local! {
    /// The process in which the request under way has begun; 0: there is none. In a child that a script forks it is
    /// the parent.
    static REQUEST_OF: Cell<u32> = const { Cell::new(0) };
    /// The process that this thread knows to have taken note of its environment: what a page without a session costs
    /// is a look at this one, and at the next.
    static NOTED_IN: Cell<u32> = const { Cell::new(0) };
    /// Whether something was opened, read ahead or begun since the last request's end.
    static TOUCHED: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread has opened a session before: pages of others cost no more than this look.
    static HAS_OPENED: Cell<bool> = const { Cell::new(false) };
    static THREAD: RefCell<PerThread<Thread>> = RefCell::default();
}

/// What one thread, which serves one request at a time, keeps.
#[derive(Debug, Default)]
pub(super) struct Thread {
    outage: Arc<Outage>,
    contexts: Vec<Known>,
    /// What is read ahead.
    pub(super) ahead: Ahead,
}

/// A set of settings with what was made for it.
#[derive(Debug)]
struct Known {
    way: Arc<Way>,
    context: Context,
    client: Arc<Client>,
    problems: Vec<Problem>,
}

/// What `open` works with.
#[derive(Debug)]
pub struct Opened {
    /// Settings, store and the like.
    pub context: Context,
    /// For looking after the table.
    pub client: Arc<Client>,
    /// What is wrong with the settings, where the default could hold.
    pub problems: Vec<Problem>,
    /// A read begun at the request's start with these same settings.
    pub read_ahead: Option<ReadAhead>,
    /// What the settings were made from.
    pub way: Arc<Way>,
}

/// Module start-up; `by_script`: by dl().
pub fn start(by_script: bool) {
    let start = || Start { environment: abi::environment_at_start(), process: std::process::id() };
    let _ = START.set((!by_script).then(start));
    shared::make();
}

/// The environment at module start-up, without what a pool adds; `None`: a script has loaded the module.
pub fn environment_at_start() -> Option<Environment> {
    START.get().cloned().flatten().map(|start| Environment::at_start(start.environment))
}

/// Request start-up. The first one of a process takes note of the environment, before any script can change it: other
/// threads wait here for that.
pub fn request_start() {
    let process = std::process::id();
    REQUEST_OF.set(process);
    if NOTED_IN.replace(process) != process {
        current();
    }
}

/// The request's end: the next page tries anew. Not at its start, which session.auto_start comes before: what that has
/// found out about the table holds for the page.
pub fn request_end() {
    REQUEST_OF.set(0);
    if TOUCHED.replace(false) {
        with_thread(|thread| {
            thread.ahead.end();
            thread.outage.forget();
        });
    }
}

/// What all processes of this PHP have done; without memory that they share, this one.
pub fn all_stats() -> Snapshot {
    shared::get().map_or_else(|| current().stats.snapshot(), Shared::snapshot)
}

/// This process's shared state.
pub fn current() -> Arc<Process> {
    Arc::clone(PROCESS.get())
}

impl Process {
    fn new(parents: Option<&Process>) -> Self {
        let process = std::process::id();
        // In a child that a script has forked, the environment may be the script's work.
        let by_script = ![0, process].contains(&REQUEST_OF.get());
        let inherited = parents.filter(|_| by_script).map(|parents| parents.environment.clone());
        let captured = || {
            let start = START.get().cloned().flatten()?;
            let captured = Environment::at_start(start.environment);
            Some(if start.process == process { captured } else { captured.in_pool(abi::environment_of_child()) })
        };
        Process {
            stats: Arc::new(Stats::new(shared::get().and_then(|shared| shared.stripe(process)))),
            clock: Arc::new(CorrectedClock::new(Arc::new(SystemClock::default()))),
            renewals: Arc::default(),
            environment: inherited.or_else(captured).unwrap_or_default(),
        }
    }

    /// With what the page has set by putenv(), or its server for it.
    fn environment_now(&self) -> Environment {
        self.environment.in_script(SCRIPT_MAY_SET.iter().filter_map(|name| {
            let mut value = Vec::new();
            abi::append_page_variable(&CString::new(*name).ok()?, &mut value);
            Some(((*name).to_owned(), String::from_utf8(value).ok()?))
        }))
    }
}

/// Something of this page's has to be looked after at its end.
pub(super) fn touch() {
    TOUCHED.set(true);
}

/// Whether this thread has opened a session before.
pub(super) fn has_opened() -> bool {
    HAS_OPENED.get()
}

/// What all places say now.
pub fn sources(constructor: &BTreeMap<String, Value>, save_path: &str) -> Sources {
    Sources {
        constructor: constructor.clone(),
        save_path: dsn(save_path).to_owned(),
        ini: ini::values(),
        environment: current().environment_now(),
    }
}

/// Settings, client and the like for what all places say now: those made before where nothing has changed.
pub fn open(constructor: &BTreeMap<String, Value>, save_path: &str) -> Result<Opened, (Error, Vec<String>)> {
    TOUCHED.set(true);
    HAS_OPENED.set(true);
    let fingerprint = Fingerprint::now(save_path);
    with_thread(|thread| {
        let is_same = |way: &Way| way.fingerprint == fingerprint && way.constructor == *constructor;
        let same = |known: &Known| is_same(&known.way);
        let read_ahead = thread.ahead.take().filter(|(way, _)| is_same(way));
        if !thread.contexts.iter().any(same) {
            let known = make(fingerprint.clone(), sources(constructor, save_path), &current(), &thread.outage)?;
            if thread.contexts.len() >= MOST_CONTEXTS {
                thread.contexts.remove(0);
            }
            thread.contexts.push(known);
        }
        let known = thread.contexts.iter().rfind(|known| same(known));
        let known = known.ok_or_else(|| (Error::new("open", Cause::Panic), Vec::new()))?;
        Ok(Opened {
            context: known.context.clone(),
            client: Arc::clone(&known.client),
            problems: known.problems.clone(),
            read_ahead: read_ahead.map(|(_, ahead)| ahead),
            way: Arc::clone(&known.way),
        })
    })
}

impl Thread {
    /// Begins to read a session, where all that this takes was made by an earlier page.
    pub(super) fn begin_read(&self, Guess { start, id }: &Guess<Arc<Way>>) -> Option<ReadAhead> {
        let known = self.contexts.iter().find(|known| known.way == start.settings)?;
        ReadAhead::begin(&known.context, &String::from_utf8_lossy(&start.name), id)
    }
}

fn make(
    fingerprint: Fingerprint,
    sources: Sources,
    process: &Process,
    outage: &Arc<Outage>,
) -> Result<Known, (Error, Vec<String>)> {
    let (mut merged, problems) = config::merge(&sources);
    let (fatal, rest): (Vec<Problem>, Vec<Problem>) =
        problems.into_iter().partition(|problem| problem.kind == ProblemKind::Fatal);
    let warnings = || rest.iter().map(|problem| problem.text.clone()).collect();
    let fail = |cause| (Error::new("open", cause), warnings());
    if let Some(problem) = fatal.into_iter().next() {
        return Err(fail(Cause::Setting(problem.text)));
    }
    let mut settings = Settings::parse(&mut merged, ini::gc_maxlifetime());
    before_fork::load_keys(&mut settings.encryption).map_err(fail)?;
    let deadline = process.clock.deadline(settings.timeout);
    let resolved = resolve::resolve(&settings, &sources.environment, &process.clock, &deadline).map_err(fail)?;
    let place = Place {
        table: settings.table_name.clone(),
        region: resolved.region,
        endpoint: resolved.endpoint,
        hash_key: settings.hash_key.clone(),
    };
    let network = Network::new(resolved.network, Arc::clone(process.clock.machine()), Arc::clone(&process.stats));
    let (clock, stats) = (Arc::clone(&process.clock), Arc::clone(&process.stats));
    let client = Client::new(
        place,
        settings.max_attempts,
        Arc::new(network),
        resolved.credentials,
        Arc::clone(&clock),
        Arc::clone(&stats),
    );
    let client = Arc::new(client);
    let store = Arc::new(DynamoDbStore::new(Arc::clone(&client)));
    let made = Context::new(settings, store, clock).map_err(fail)?;
    let context = Context {
        format: Arc::new(Format { serializers: serializers(), ..(*made.format).clone() }),
        stats,
        renewals: Arc::clone(&process.renewals),
        outage: Arc::clone(outage),
        ..made
    };
    let way = Arc::new(Way { fingerprint, constructor: sources.constructor });
    Ok(Known { way, context, client, problems: rest })
}

fn serializers() -> Serializers {
    Serializers { igbinary: abi::has_serializer(c"igbinary"), msgpack: abi::has_serializer(c"msgpack") }
}

/// This thread's, of this process.
pub(super) fn with_thread<T>(act: impl FnOnce(&mut Thread) -> T) -> T {
    THREAD.with(|thread| act(thread.borrow_mut().get()))
}
