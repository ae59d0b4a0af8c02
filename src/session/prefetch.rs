//! Which pages begin with a session, learnt from those before: pure decisions, with the time as an argument.
//!
//! A read ahead is a guess at the request's start: that the script will start the session of the cookie, soon. Each script
//! and method has a balance. A page for which the guess was right, read ahead or not, earns 1; one for which it was wrong
//! costs [`COST`]; and the session is read ahead from [`READS`] on. So at most one read in [`COST`] can be useless in the long
//! run, whatever the pages do, and where fewer than 49 of 50 guesses are right, the balance sinks and nothing is read.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// A read ahead is used if the session is started at most this long after the request's start: what was read is out of date
/// later.
pub const MAX_AGE: Duration = Duration::from_millis(250);

/// What a wrong guess costs: as much as so many right ones earn.
pub const COST: i32 = 50;

/// From this balance on, sessions are read ahead.
pub const READS: i32 = 50;

/// A script's balance at first: ten right guesses, which nothing is read for, make it [`READS`].
const FIRST: i32 = READS - 10;

/// Limits of the balance: three wrong guesses in a row stop the reading of a script that was right a million
/// times, and one that was wrong a million times can make good for it.
const MOST: i32 = READS + 2 * COST;
const LEAST: i32 = -10 * COST;

/// Of so many scripts, with their methods, a process remembers what they do.
const MAX_SCRIPTS: usize = 256;

/// The request's method, as far as it tells pages apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// All others.
    Other,
}

impl Method {
    /// By its name.
    pub fn named(name: &[u8]) -> Self {
        match name {
            b"GET" => Method::Get,
            b"POST" => Method::Post,
            _ => Method::Other,
        }
    }
}

/// What tells pages apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Script {
    /// The file that the server runs.
    pub path: Vec<u8>,
    /// How it was asked for.
    pub method: Method,
}

/// What a script starts its session with.
#[derive(Clone, Debug, PartialEq)]
pub struct Start<S> {
    /// The cookie's name.
    pub name: Vec<u8>,
    /// All that says which item the session is: settings, and by which door.
    pub settings: S,
}

/// A session to be read ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess<S> {
    /// What it will be started with.
    pub start: Start<S>,
    /// Its id: the cookie's value.
    pub id: Vec<u8>,
}

/// What the scripts of a process do.
#[derive(Debug)]
pub struct Habits<S> {
    scripts: HashMap<Script, Habit<S>>,
    pages: u64,
}

#[derive(Debug)]
struct Habit<S> {
    start: Start<S>,
    balance: i32,
    last_page: u64,
}

/// A page that has begun, and what has become of it.
#[derive(Debug)]
pub struct Page<S> {
    script: Script,
    begun: Duration,
    guess: Option<Guess<S>>,
    started: Option<(Guess<S>, Duration)>,
}

impl<S> Default for Habits<S> {
    fn default() -> Self {
        Habits { scripts: HashMap::new(), pages: 0 }
    }
}

impl<S: Clone + PartialEq> Habits<S> {
    /// A page begins. `cookie` tells the value of the cookie of a name. Says what is to be read ahead.
    pub fn begin(
        &mut self,
        script: Script,
        now: Duration,
        cookie: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> (Page<S>, Option<Guess<S>>) {
        self.pages += 1;
        let habit = self.scripts.get_mut(&script);
        let (mut guess, mut is_sure) = (None, false);
        if let Some(habit) = habit {
            habit.last_page = self.pages;
            is_sure = habit.balance >= READS;
            guess = cookie(&habit.start.name).map(|id| Guess { start: habit.start.clone(), id });
        }
        let ahead = guess.clone().filter(|_| is_sure);
        (Page { script, begun: now, guess, started: None }, ahead)
    }

    /// A page has ended.
    pub fn end(&mut self, page: Page<S>) {
        let Page { script, begun, guess, started } = page;
        let habit = self.scripts.get_mut(&script);
        match (habit, guess, started) {
            (Some(habit), Some(guess), started) => {
                let is_right = matches!(&started, Some((found, at)) if *found == guess && *at <= begun + MAX_AGE);
                habit.balance = (habit.balance + if is_right { 1 } else { -COST }).clamp(LEAST, MOST);
                if let Some((found, _)) = started {
                    habit.learn(found.start);
                }
            }
            // A visitor without a cookie.
            (Some(habit), None, Some((found, _))) => habit.learn(found.start),
            (None, _, Some((found, _))) => self.add(script, found.start),
            (_, _, None) => {}
        }
    }

    fn add(&mut self, script: Script, start: Start<S>) {
        if self.scripts.len() >= MAX_SCRIPTS {
            let oldest = self.scripts.iter().min_by_key(|(_, habit)| habit.last_page).map(|(script, _)| script.clone());
            oldest.map(|script| self.scripts.remove(&script));
        }
        self.scripts.insert(script, Habit { start, balance: FIRST, last_page: self.pages });
    }
}

impl<S: PartialEq> Habit<S> {
    /// Another start takes the place of one that is not sure; what was lost on that one stays lost.
    fn learn(&mut self, start: Start<S>) {
        if self.start != start && self.balance < READS {
            *self = Habit { start, balance: self.balance.min(FIRST), last_page: self.last_page };
        }
    }
}

impl<S> Page<S> {
    /// The page starts a session: the first one counts.
    pub fn start(&mut self, start: Start<S>, id: &[u8], now: Duration) {
        self.started.get_or_insert_with(|| (Guess { start, id: id.to_owned() }, now));
    }
}

/// The value of a cookie in the request's `Cookie` field: the first of its name, as PHP takes it.
pub fn cookie<'a>(field: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut pairs = field.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"=")).filter(|_| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::testing::ManualClock;

    const SOON: Duration = Duration::from_millis(8);

    fn script(path: &str) -> Script {
        Script { path: path.as_bytes().to_vec(), method: Method::Get }
    }

    fn start(name: &str) -> Start<u8> {
        Start { name: name.as_bytes().to_vec(), settings: 1 }
    }

    /// A page of a visitor with all cookies, that starts this session so long after its begin; whether it was read ahead.
    fn page(habits: &mut Habits<u8>, path: &str, started: Option<(&str, Duration)>) -> bool {
        let (mut page, ahead) = habits.begin(script(path), Duration::ZERO, |_| Some(b"id".to_vec()));
        if let Some((name, after)) = started {
            page.start(start(name), b"id", after);
        }
        habits.end(page);
        ahead.is_some()
    }

    fn pages(habits: &mut Habits<u8>, count: usize, started: Option<(&str, Duration)>) {
        for _ in 0..count {
            page(habits, "a", started);
        }
    }

    /// How many of so many pages read ahead, and how many of these in vain: pages that start the session by chance.
    fn useless(pages: u32, chance: f64) -> (u32, u32) {
        let (mut habits, clock) = (Habits::default(), ManualClock::at(0));
        let mixed = |n: u64| (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
        let (mut read, mut wasted) = (0, 0);
        for _ in 0..pages {
            let starts = (mixed(clock.random()) as f64) < chance * f64::from(1 << 24);
            let was_read = page(&mut habits, "a", starts.then_some(("S", SOON)));
            read += u32::from(was_read);
            wasted += u32::from(was_read && !starts);
        }
        (read, wasted)
    }

    #[test]
    fn a_script_that_always_starts_its_session_is_read_ahead_after_ten_right_guesses() {
        let mut habits = Habits::default();
        let reads: Vec<bool> = (0..13).map(|_| page(&mut habits, "a", Some(("S", SOON)))).collect();
        // The first page shows what there is to guess.
        assert_eq!(reads.iter().position(|read| *read), Some(11));
        assert!(reads[11..].iter().all(|read| *read));
        assert!(!page(&mut habits, "b", Some(("S", SOON))), "another script");
        let (_, ahead) = habits.begin(Script { method: Method::Post, ..script("a") }, SOON, |_| Some(b"id".to_vec()));
        assert_eq!(ahead, None, "another method");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_the_first_one_counts() {
        let field = b"XPHPSESSID=1; PHPSESSID2=2; PHPSESSID=3;a=b; PHPSESSID=4; =5";
        let value = |name: &str| cookie(field, name.as_bytes()).map(|value| std::str::from_utf8(value).unwrap());
        assert_eq!([value("PHPSESSID"), value("a"), value("b"), value("")], [Some("3"), Some("b"), None, None]);
    }

    #[test]
    fn pages_that_start_sessions_half_of_the_time_are_never_read_ahead() {
        assert_eq!(useless(10_000, 0.5), (0, 0));
    }

    #[test]
    fn at_most_one_read_in_fifty_is_useless() {
        for chance in [0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.999, 1.0] {
            let (read, wasted) = useless(100_000, chance);
            assert!(wasted <= 3 + read / 50, "{chance}: {wasted} of {read}");
        }
        assert!(useless(100_000, 0.99).0 > 90_000 && useless(100_000, 0.95).0 < 100);
    }

    #[test]
    fn a_session_started_late_or_with_another_id_or_not_at_all_is_a_wrong_guess() {
        let mut habits = Habits::default();
        let learn = |habits: &mut Habits<u8>| pages(habits, 200, Some(("S", MAX_AGE)));
        let balance = |habits: &Habits<u8>| habits.scripts[&script("a")].balance;
        learn(&mut habits);
        assert_eq!(balance(&habits), MOST);
        page(&mut habits, "a", Some(("S", MAX_AGE + Duration::from_millis(1))));
        assert_eq!(balance(&habits), MOST - COST);
        learn(&mut habits);
        let (mut other, _) = habits.begin(script("a"), Duration::ZERO, |_| Some(b"id".to_vec()));
        other.start(start("S"), b"another", SOON);
        habits.end(other);
        assert_eq!(balance(&habits), MOST - COST);
        pages(&mut habits, 100, None);
        assert_eq!(balance(&habits), LEAST);
    }

    #[test]
    fn a_visitor_without_the_cookie_says_nothing() {
        let mut habits = Habits::default();
        pages(&mut habits, 20, Some(("S", SOON)));
        for _ in 0..20 {
            let (mut page, ahead) = habits.begin(script("a"), Duration::ZERO, |name| (name != b"S").then(Vec::new));
            page.start(start("S"), b"new", SOON);
            habits.end(page);
            assert_eq!(ahead, None);
        }
        assert!(page(&mut habits, "a", Some(("S", SOON))));
    }

    #[test]
    fn a_script_that_takes_another_session_is_learnt_again() {
        let mut habits = Habits::default();
        pages(&mut habits, 20, Some(("old", SOON)));
        let reads: Vec<bool> = (0..200).map(|_| page(&mut habits, "a", Some(("new", SOON)))).collect();
        // One is in vain; then its cost has to be earned.
        assert_eq!(reads.iter().take_while(|read| **read).count(), 1);
        assert!(!reads[2..40].contains(&true) && reads[100..].iter().all(|read| *read));
    }

    #[test]
    fn a_page_that_takes_two_sessions_is_known_by_its_first() {
        let mut habits = Habits::default();
        for _ in 0..20 {
            let (mut page, _) = habits.begin(script("a"), Duration::ZERO, |_| Some(b"id".to_vec()));
            page.start(start("first"), b"id", SOON);
            page.start(start("second"), b"id", SOON);
            habits.end(page);
        }
        let (_, ahead) = habits.begin(script("a"), Duration::ZERO, |name| Some(name.to_vec()));
        assert_eq!(ahead, Some(Guess { start: start("first"), id: b"first".to_vec() }));
    }

    #[test]
    fn a_limited_number_of_scripts_is_remembered_and_the_one_asked_for_least_lately_is_forgotten() {
        let mut habits = Habits::default();
        for n in 0..MAX_SCRIPTS {
            page(&mut habits, &n.to_string(), Some(("S", SOON)));
        }
        page(&mut habits, "0", Some(("S", SOON)));
        page(&mut habits, "new", Some(("S", SOON)));
        assert_eq!(habits.scripts.len(), MAX_SCRIPTS);
        assert!(habits.scripts.contains_key(&script("0")) && !habits.scripts.contains_key(&script("1")));
        page(&mut habits, "static", None);
        assert!(!habits.scripts.contains_key(&script("static")), "a page without a session takes no room");
    }
}
