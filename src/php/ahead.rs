//! Reading ahead: the session that this thread's page will probably start.

use std::sync::Arc;

use super::way::Way;
use super::{abi, ini, process};
use crate::clock::{Clock, SystemClock};
use crate::config::Prefetch;
use crate::session::prefetch::{Guess, Habits, Page, Script, Start, cookie};
use crate::session::{ReadAhead, key};

/// What a thread has learnt, what page it serves, and what it reads for that.
#[derive(Debug, Default)]
pub struct Ahead {
    habits: Habits<Arc<Way>>,
    page: Option<Page<Arc<Way>>>,
    read: Option<(Arc<Way>, ReadAhead)>,
}

impl Ahead {
    /// What was begun to be read, once.
    pub fn take(&mut self) -> Option<(Arc<Way>, ReadAhead)> {
        self.read.take()
    }

    /// The page has ended.
    pub fn end(&mut self) {
        if let Some(page) = self.page.take() {
            self.habits.end(page);
        }
        self.read = None;
    }
}

/// A page begins, whose request has cookies: begins to read the session of one, where `prefetch` says so.
pub fn page_begins(script: Script, cookies: &[u8]) {
    match ini::prefetch() {
        Prefetch::Off => {}
        Prefetch::On => begin(of_ini(cookies)),
        Prefetch::Auto if process::has_opened() => begin(learnt(script, cookies)),
        Prefetch::Auto => {}
    }
}

/// A session of this page's is asked for for the first time since it was opened.
pub fn starts(start: Start<Arc<Way>>, id: &[u8]) {
    process::with_thread(|thread| {
        if let Some(page) = &mut thread.ahead.page {
            page.start(start, id, SystemClock::default().monotonic());
        }
    });
}

fn begin(guess: Option<Guess<Arc<Way>>>) {
    let Some(guess) = guess else { return };
    process::touch();
    process::with_thread(|thread| {
        let begun = thread.begin_read(&guess);
        thread.ahead.read = begun.map(|read| (guess.start.settings, read));
    });
}

/// By what the script has done before.
fn learnt(script: Script, cookies: &[u8]) -> Option<Guess<Arc<Way>>> {
    process::touch();
    process::with_thread(|thread| {
        let id = |name: &[u8]| native_id(cookies, name).map(<[u8]>::to_vec);
        let (page, guess) = thread.ahead.habits.begin(script, SystemClock::default().monotonic(), id);
        thread.ahead.page = Some(page);
        guess
    })
}

/// Without a look at what the script has done before: the session that php.ini names.
fn of_ini(cookies: &[u8]) -> Option<Guess<Arc<Way>>> {
    let name = abi::ini("session.name")?.into_bytes();
    let id = native_id(cookies, &name)?.to_vec();
    if abi::ini("session.save_handler")? != "dynamodb" {
        return None;
    }
    let settings = Arc::new(Way::native(&abi::ini("session.save_path").unwrap_or_default()));
    Some(Guess { start: Start { name, settings }, id })
}

fn native_id<'a>(cookies: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    cookie(cookies, name).filter(|id| key::is_native_id(id))
}
