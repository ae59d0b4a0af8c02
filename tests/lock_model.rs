//! The locking protocol, played through: every interleaving of a few requests on one session, with stalls, lost
//! answers (served, never served, or served late), repetitions, renewals and clocks two seconds apart.
//!
//! The conditions and updates are the library's own; the model adds only what a handler does with their outcomes. In
//! every state it reaches:
//!
//! - a write that is stored contains all that was stored before it: nothing acknowledged is ever lost;
//! - what was read before the session was destroyed is not written to the one begun after it;
//! - a write that is acknowledged was stored;
//! - the lock of a living holder within its lease is neither taken over nor taken away;
//! - if all were killed now, the lock would be free after its lifetime and two seconds more (and the difference of the
//!   clocks). Somebody killed is somebody who never does his next step, so that kills need no steps of their own.
//!
//! That it can fail is shown by protocols with one rule changed, each of which it refutes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::time::Duration;

use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Condition, Item, Update};
use dynamosess::session::item::{self, GEN, LOCK, LOCK_COUNT, LOCK_OWNER, LOCK_SEEN, Layout};
use dynamosess::session::lock::{self, Holder, Lease, Refusal};

/// The moment at which the model begins, in seconds since the epoch.
const START: i64 = 1_800_000_000;
const LIFETIME: Duration = Duration::from_secs(4);
/// Time goes in steps of two seconds: every moment that matters is a multiple of it.
const STEP: i64 = 2;
const MARGIN: i64 = 2;
/// How a story can end badly.
const LOST: &str = "a stored write is lost";
const ROBBED: &str = "was robbed of its lock";
const UNSTORED: &str = "acknowledged and was never stored";

/// What every session's `expires` is later than its write.
const LIFE: i64 = 1_000;

/// The rules under test, and places where another one can be put.
#[derive(Clone, Copy)]
struct Rules {
    free: fn(i64) -> Condition,
    fence: fn(&Lease) -> Condition,
    release: fn(&Lease) -> Update,
    is_certain: fn(&Lease, Duration, i64) -> bool,
    sdk_look: Duration,
}

const REAL: Rules = Rules {
    free: lock::free,
    fence: Lease::write_fence,
    release: lock::release,
    is_certain: Lease::is_certain,
    sdk_look: lock::SDK_LOOK,
};

/// Who takes part, and how much may go wrong.
#[derive(Clone)]
struct Cast {
    /// Our requests by their clocks' error in milliseconds.
    ours: &'static [i64],
    /// How many pages the AWS SDK serves one after the other, with its own locking.
    sdk_pages: u8,
    /// Somebody writes once without looking at locks.
    careless: bool,
    /// Somebody destroys the session once.
    destroyer: bool,
    /// There is a session to begin with.
    exists: bool,
    seconds: i64,
    faults: u8,
    renewals: u8,
}

const NOBODY: Cast = Cast {
    ours: &[],
    sdk_pages: 0,
    careless: false,
    destroyer: false,
    exists: true,
    seconds: 8,
    faults: 0,
    renewals: 0,
};

/// Where a request of ours stands.
#[derive(Clone, Hash, PartialEq)]
enum Phase {
    /// About to look at the lock again, and before that to try.
    Asking,
    /// About to send the request made at `body_ms`, perhaps once more.
    Trying {
        body_ms: i64,
        repeat: bool,
    },
    Holding,
    /// The write's first answer was lost.
    Rewriting {
        body_ms: i64,
    },
    Closing,
    Ended,
}

#[derive(Clone)]
struct Ours {
    number: usize,
    skew_ms: i64,
    phase: Phase,
    /// The item by which the lock's condition was judged; none for a first try.
    judged_by: Option<Item>,
    /// Since when the SDK's lock is seen beside this `expires`.
    sdk_seen: Option<(Option<i64>, i64)>,
    asked: i64,
    confirmed: i64,
    until_ms: i64,
    count: i64,
    seen: String,
    generation: Option<AttributeValue>,
    was_ghost: bool,
    epoch: u8,
    is_stored: bool,
}

/// The AWS SDK's page with locking on: `lock` = 1 if there is none, then an unconditional write.
#[derive(Clone, Hash, PartialEq)]
enum Sdk {
    Away,
    Holding { seen: String, since: i64, epoch: u8 },
}

/// A request that its sender has given up, and that is served later.
#[derive(Clone, Hash)]
enum Late {
    Acquire(usize, i64),
    Renew(usize, i64),
    Write(usize, i64),
    Release(usize),
}

#[derive(Clone)]
struct World {
    now: i64,
    item: Option<Item>,
    /// How often the session was destroyed.
    epoch: u8,
    ours: Vec<Ours>,
    sdk: Sdk,
    sdk_pages: u8,
    careless: bool,
    destroyer: bool,
    late: Vec<Late>,
    faults: u8,
    renewals: u8,
    seconds: i64,
    last: Option<Rc<Step>>,
}

/// How a state was reached.
struct Step {
    text: String,
    before: Option<Rc<Step>>,
}

type Answer = Result<Item, Option<Item>>;

/// What happens to one request on its way.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Answered,
    AnswerLost,
    NeverServed,
    ServedLate,
}

const WAYS: [Way; 4] = [Way::Answered, Way::AnswerLost, Way::NeverServed, Way::ServedLate];

fn layout() -> Layout {
    Layout::new(&Settings::defaults()).unwrap()
}

fn data(item: Option<&Item>) -> String {
    match item.and_then(|item| item.get("data")) {
        Some(AttributeValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(AttributeValue::as_i64).unwrap_or_default()
}

fn bytes(item: &Item) -> Vec<u8> {
    let mut attributes: Vec<_> = item.iter().collect();
    attributes.sort_by_key(|(name, _)| *name);
    let mut bytes = Vec::new();
    for (name, value) in attributes {
        bytes.extend(name.as_bytes());
        bytes.push(0);
        match value {
            AttributeValue::String(text) | AttributeValue::Number(text) => bytes.extend(text.as_bytes()),
            AttributeValue::Binary(value) => bytes.extend(value),
            AttributeValue::Other => {}
        }
        bytes.push(0);
    }
    bytes
}

impl Ours {
    fn owner(&self) -> String {
        format!("{:016x}{:016x}", self.number + 1, self.number + 1)
    }

    fn lease(&self) -> Lease {
        let seconds = |at: i64| Duration::from_secs(at as u64);
        let lease = Lease::new("k", self.owner(), seconds(self.asked), LIFETIME);
        let numbers = [(LOCK, self.until_ms), (LOCK_COUNT, self.count)];
        let mut item = Item::from(numbers.map(|(name, n)| (name.to_owned(), AttributeValue::number(n))));
        item.extend(self.generation.clone().map(|generation| (GEN.to_owned(), generation)));
        lease.take(seconds(self.confirmed), &item);
        lease
    }

    fn mark(&self) -> char {
        char::from(b'a' + self.number as u8)
    }

    fn is_living_holder(&self, now: i64) -> bool {
        self.phase == Phase::Holding && now < self.confirmed + LIFETIME.as_secs() as i64
    }

    fn write(&self, rules: &Rules, body_ms: i64) -> Update {
        let expires = AttributeValue::number(body_ms / 1_000 + LIFE);
        let text = format!("{}{}", self.seen, self.mark());
        let mut update = Update {
            set: vec![("expires".to_owned(), expires), ("data".to_owned(), AttributeValue::String(text))],
            ..Update::default()
        };
        if self.generation.is_none() {
            update.set.push((GEN.to_owned(), self.lease().generation()));
        }
        lock::write_through(&mut update, &self.lease());
        update.condition = Some((rules.fence)(&self.lease()));
        update
    }

    fn acquire(&self, rules: &Rules, layout: &Layout, body_ms: i64) -> Update {
        let condition = match &self.judged_by {
            None => lock::untouched(),
            Some(item) => match lock::holder(layout, item, body_ms) {
                Holder::Sdk { seen_ms: Some(seen) } => lock::dead_sdk(layout, item, seen),
                _ => (rules.free)(body_ms),
            },
        };
        lock::acquire(layout, &self.owner(), body_ms, LIFETIME, condition)
    }
}

impl World {
    fn new(cast: &Cast) -> Self {
        let item = cast.exists.then(|| {
            Item::from([
                ("id".to_owned(), AttributeValue::String("k".into())),
                (GEN.to_owned(), AttributeValue::Binary(vec![9; 8])),
                ("expires".to_owned(), AttributeValue::number(START + LIFE)),
            ])
        });
        let ours = cast.ours.iter().enumerate().map(|(number, skew_ms)| Ours {
            number,
            skew_ms: *skew_ms,
            phase: Phase::Asking,
            judged_by: None,
            sdk_seen: None,
            asked: START,
            confirmed: START,
            until_ms: 0,
            count: 0,
            seen: String::new(),
            generation: None,
            was_ghost: false,
            epoch: 0,
            is_stored: false,
        });
        World {
            now: START,
            item,
            epoch: 0,
            ours: ours.collect(),
            sdk: Sdk::Away,
            sdk_pages: cast.sdk_pages,
            careless: cast.careless,
            destroyer: cast.destroyer,
            late: Vec::new(),
            faults: cast.faults,
            renewals: cast.renewals,
            seconds: cast.seconds,
            last: None,
        }
    }

    /// Two states with the same fingerprint go on alike.
    fn fingerprint(&self) -> u128 {
        let hash = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, self.now, self.item.as_ref().map(bytes), self.epoch, &self.sdk, self.sdk_pages).hash(&mut hasher);
            (self.careless, self.destroyer, &self.late, self.faults, self.renewals).hash(&mut hasher);
            for ours in &self.ours {
                (&ours.phase, &ours.sdk_seen, ours.asked, ours.confirmed, ours.until_ms, ours.count, &ours.seen)
                    .hash(&mut hasher);
                (ours.judged_by.as_ref().map(bytes), ours.was_ghost, ours.epoch, ours.is_stored).hash(&mut hasher);
                ours.generation.is_some().hash(&mut hasher);
            }
            hasher.finish()
        };
        u128::from(hash(0)) << 64 | u128::from(hash(1))
    }

    fn fail(&self, text: &str) -> String {
        let mut steps = Vec::new();
        let mut last = &self.last;
        while let Some(step) = last {
            steps.push(step.text.as_str());
            last = &step.before;
        }
        steps.reverse();
        format!("{text}\n  {}", steps.join("\n  "))
    }

    fn after(&self, step: String) -> World {
        let mut next = self.clone();
        let text = format!("{:>2} s  {step}", self.now - START);
        next.last = Some(Rc::new(Step { text, before: self.last.clone() }));
        next
    }

    /// DynamoDB serves one update; `by`: which of our requests sent it.
    fn serve(&mut self, by: usize, update: &Update) -> Result<Answer, String> {
        let before = self.item.clone();
        if !update.condition.as_ref().is_none_or(|condition| condition.holds(before.as_ref())) {
            return Ok(Err(before));
        }
        let made = || Item::from([("id".to_owned(), AttributeValue::String("k".into()))]);
        let item = self.item.get_or_insert_with(made);
        update.apply(item);
        let after = item.clone();
        if update.set.iter().any(|(name, _)| name == "data") {
            if self.ours[by].epoch != self.epoch {
                return Err(self.fail("a write over a session begun after its own was destroyed"));
            }
            self.ours[by].is_stored = true;
        }
        self.check_change(Some(by), before.as_ref())?;
        Ok(Ok(after))
    }

    fn check_change(&self, by: Option<usize>, before: Option<&Item>) -> Result<(), String> {
        if !data(self.item.as_ref()).starts_with(&data(before)) {
            return Err(self.fail(LOST));
        }
        let robbed = self.ours.iter().find(|ours| {
            Some(ours.number) != by
                && ours.is_living_holder(self.now)
                && before.is_some_and(|item| lock::is_owner(item, &ours.owner()))
                && !self.item.as_ref().is_some_and(|item| lock::is_owner(item, &ours.owner()))
        });
        match robbed {
            Some(ours) if by.is_some() => Err(self.fail(&format!("{} {ROBBED}", ours.mark()))),
            _ => Ok(()),
        }
    }

    fn next(&self, rules: &Rules, layout: &Layout) -> Result<Vec<World>, String> {
        let mut next = Vec::new();
        if self.now < START + self.seconds {
            let mut later = self.clone();
            later.now += STEP;
            next.push(later);
        }
        for at in 0..self.ours.len() {
            self.next_of(at, rules, layout, &mut next)?;
        }
        self.next_of_sdk(&mut next)?;
        self.next_of_others(rules, layout, &mut next)?;
        Ok(next)
    }

    /// One request, whatever way it goes. `act` continues with the answer, or with none.
    fn send(
        &self,
        at: usize,
        what: &str,
        update: &Update,
        late: Late,
        next: &mut Vec<World>,
        act: impl Fn(&mut World, Option<Answer>) -> Result<(), String>,
    ) -> Result<(), String> {
        for way in WAYS {
            if way != Way::Answered && self.faults == 0 || way == Way::ServedLate && !self.late.is_empty() {
                continue;
            }
            let (says, is_served) = match way {
                Way::Answered => ("", true),
                Way::AnswerLost => (": served, answer lost", true),
                Way::NeverServed => (": lost", false),
                Way::ServedLate => (": late", false),
            };
            let mut world = self.after(format!("{} {what}{says}", self.ours[at].mark()));
            let answer = if is_served { Some(world.serve(at, update)?) } else { None };
            if way != Way::Answered {
                world.faults -= 1;
            }
            if way == Way::ServedLate {
                world.late.push(late.clone());
            }
            act(&mut world, answer.filter(|_| way == Way::Answered))?;
            next.push(world);
        }
        Ok(())
    }

    fn next_of(&self, at: usize, rules: &Rules, layout: &Layout, next: &mut Vec<World>) -> Result<(), String> {
        let ours = &self.ours[at];
        let now_ms = self.now * 1_000 + ours.skew_ms;
        match ours.phase.clone() {
            Phase::Ended => Ok(()),
            Phase::Asking => self.look(at, rules, layout, now_ms, next),
            Phase::Trying { body_ms, repeat } => {
                let update = ours.acquire(rules, layout, body_ms);
                self.send(at, "asks", &update, Late::Acquire(at, body_ms), next, |world, answer| {
                    world.asked(at, layout, body_ms, answer, repeat);
                    Ok(())
                })
            }
            Phase::Holding => {
                self.next_write(at, rules, now_ms, false, next)?;
                self.next_close(at, rules, layout, next)?;
                if self.renewals == 0 {
                    return Ok(());
                }
                let update = lock::renew(&ours.lease(), now_ms);
                self.send(at, "renews", &update, Late::Renew(at, now_ms), next, |world, answer| {
                    world.renewals -= 1;
                    if let Some(Ok(_)) = answer {
                        world.ours[at].confirmed = world.now;
                        world.ours[at].until_ms = lock::until(now_ms, LIFETIME);
                    }
                    Ok(())
                })
            }
            Phase::Rewriting { body_ms } => self.next_write(at, rules, body_ms, true, next),
            Phase::Closing => self.next_close(at, rules, layout, next),
        }
    }

    fn next_write(
        &self,
        at: usize,
        rules: &Rules,
        body_ms: i64,
        repeat: bool,
        next: &mut Vec<World>,
    ) -> Result<(), String> {
        let update = self.ours[at].write(rules, body_ms);
        self.send(at, "writes", &update, Late::Write(at, body_ms), next, |world, answer| {
            world.wrote(at, rules, &update, body_ms, repeat, answer)
        })
    }

    fn next_close(&self, at: usize, rules: &Rules, layout: &Layout, next: &mut Vec<World>) -> Result<(), String> {
        if self.ours[at].was_ghost {
            return self.delete_ghost(at, layout, next);
        }
        let update = (rules.release)(&self.ours[at].lease());
        self.send(at, "unlocks", &update, Late::Release(at), next, |world, _| {
            world.ours[at].phase = Phase::Ended;
            Ok(())
        })
    }

    /// What a handler's `wait` does with what it sees.
    fn look(
        &self,
        at: usize,
        rules: &Rules,
        layout: &Layout,
        now_ms: i64,
        next: &mut Vec<World>,
    ) -> Result<(), String> {
        let mut world = self.after(format!("{} looks", self.ours[at].mark()));
        let ours = &mut world.ours[at];
        let first = Phase::Trying { body_ms: now_ms, repeat: false };
        let Some(item) = self.item.clone() else {
            ours.judged_by = None;
            ours.phase = first;
            next.push(world);
            return Ok(());
        };
        match lock::holder(layout, &item, now_ms) {
            _ if !item.contains_key(LOCK) => ours.phase = first,
            _ if (rules.free)(now_ms).holds(Some(&item)) => {
                ours.judged_by = Some(item);
                ours.phase = first;
            }
            Holder::Sdk { seen_ms: Some(seen) } if lock::is_dead_sdk(seen, now_ms, LIFETIME) => {
                ours.judged_by = Some(item);
                ours.phase = first;
            }
            Holder::Sdk { seen_ms: None } => {
                let expires = layout.expires(&item);
                let since = ours.sdk_seen.filter(|(of, _)| *of == expires).map_or(self.now, |(_, since)| since);
                ours.sdk_seen = Some((expires, since));
                if self.now - since >= rules.sdk_look.as_secs_f64().ceil() as i64 {
                    let mark = lock::mark_sdk(layout, &item, now_ms);
                    world.serve(at, &mark)?.ok();
                } else if self.ours[at].sdk_seen == world.ours[at].sdk_seen {
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        next.push(world);
        Ok(())
    }

    fn asked(&mut self, at: usize, layout: &Layout, body_ms: i64, answer: Option<Answer>, repeat: bool) {
        let (now, epoch) = (self.now, self.epoch);
        let ours = &mut self.ours[at];
        let (item, sent) = match answer {
            // The client repeats; after that session_start() fails and closes.
            None if repeat => {
                ours.phase = Phase::Closing;
                return;
            }
            None => {
                ours.phase = Phase::Trying { body_ms, repeat: true };
                return;
            }
            Some(Ok(item)) => (item, body_ms / 1_000 - ours.skew_ms / 1_000),
            Some(Err(Some(item))) if lock::is_owner(&item, &ours.owner()) => (item, ours.asked),
            Some(Err(_)) => {
                ours.judged_by = None;
                ours.phase = Phase::Asking;
                return;
            }
        };
        ours.confirmed = sent.min(now);
        ours.until_ms = number(&item, LOCK);
        ours.count = number(&item, LOCK_COUNT);
        ours.was_ghost = lock::is_ghost(layout, &item);
        ours.generation = item::generation(&item);
        ours.seen = data(Some(&item));
        ours.epoch = epoch;
        ours.judged_by = None;
        ours.sdk_seen = None;
        ours.phase = Phase::Holding;
    }

    fn wrote(
        &mut self,
        at: usize,
        rules: &Rules,
        update: &Update,
        body_ms: i64,
        repeat: bool,
        answer: Option<Answer>,
    ) -> Result<(), String> {
        let now = self.now;
        let ours = &mut self.ours[at];
        ours.phase = match answer {
            None if repeat => Phase::Closing,
            None => Phase::Rewriting { body_ms },
            Some(_) => Phase::Ended,
        };
        let is_acknowledged = match answer {
            None => false,
            Some(Ok(_)) => true,
            Some(Err(item)) => {
                let certain = repeat && (rules.is_certain)(&ours.lease(), Duration::from_secs(now as u64), now);
                let refusal = lock::refusal(item.as_ref(), update, ours.generation.as_ref(), certain);
                refusal == Refusal::OwnDoing
            }
        };
        if is_acknowledged && !ours.is_stored {
            let text = format!("{}'s write is {UNSTORED}", ours.mark());
            return Err(self.fail(&text));
        }
        Ok(())
    }

    fn delete_ghost(&self, at: usize, layout: &Layout, next: &mut Vec<World>) -> Result<(), String> {
        let mut world = self.after(format!("{} takes its ghost away", self.ours[at].mark()));
        world.ours[at].phase = Phase::Ended;
        if lock::release_ghost(layout, &self.ours[at].lease()).holds(self.item.as_ref()) {
            world.item = None;
            world.check_change(Some(at), self.item.as_ref())?;
        }
        next.push(world);
        Ok(())
    }

    /// Its conditions are those of aws-sdk-php's LockingSessionConnection.
    fn next_of_sdk(&self, next: &mut Vec<World>) -> Result<(), String> {
        match &self.sdk {
            Sdk::Away if self.sdk_pages > 0 => {
                if self.item.as_ref().is_some_and(|item| item.contains_key(LOCK)) {
                    return Ok(());
                }
                let mut world = self.after("the SDK locks".into());
                world.sdk_pages -= 1;
                let item = world.item.get_or_insert_default();
                item.insert(LOCK.to_owned(), AttributeValue::number(1));
                world.sdk = Sdk::Holding { seen: data(Some(item)), since: self.now, epoch: self.epoch };
                next.push(world);
            }
            Sdk::Holding { seen, since, epoch } => {
                // One that takes longer than a lock's lifetime counts as dead.
                if self.now - since < LIFETIME.as_secs() as i64 && *epoch == self.epoch {
                    let mut world = self.after("the SDK writes".into());
                    let text = AttributeValue::String(format!("{seen}s"));
                    world.put(text);
                    world.sdk = Sdk::Away;
                    world.check_change(None, self.item.as_ref())?;
                    next.push(world);
                }
            }
            Sdk::Away => {}
        }
        Ok(())
    }

    /// As a peer writes: data and `expires` replaced, `lock` deleted, the rest left.
    fn put(&mut self, text: AttributeValue) {
        let now = self.now;
        let item = self.item.get_or_insert_default();
        item.insert("data".to_owned(), text);
        item.insert("expires".to_owned(), AttributeValue::number(now + LIFE));
        item.remove(LOCK);
    }

    fn next_of_others(&self, rules: &Rules, layout: &Layout, next: &mut Vec<World>) -> Result<(), String> {
        if self.careless {
            let mut world = self.after("somebody writes without a look at the lock".into());
            world.careless = false;
            world.put(AttributeValue::String(format!("{}u", data(self.item.as_ref()))));
            next.push(world);
        }
        if self.destroyer {
            let mut world = self.after("the session is destroyed".into());
            world.destroyer = false;
            world.item = None;
            world.epoch += 1;
            next.push(world);
        }
        for index in 0..self.late.len() {
            let mut world = self.clone();
            let (at, update) = match world.late.remove(index) {
                Late::Acquire(at, ms) => (at, self.ours[at].acquire(rules, layout, ms)),
                Late::Renew(at, ms) => (at, lock::renew(&self.ours[at].lease(), ms)),
                Late::Write(at, ms) => (at, self.ours[at].write(rules, ms)),
                Late::Release(at) => (at, (rules.release)(&self.ours[at].lease())),
            };
            let mut world = world.after(format!("a late request of {} arrives", self.ours[at].mark()));
            let _ = world.serve(at, &update)?;
            next.push(world);
        }
        Ok(())
    }

    /// If all were killed now, somebody who comes later would get the lock.
    fn check_end(&self, layout: &Layout) -> Result<(), String> {
        let Some(mut item) = self.item.clone() else {
            return Ok(());
        };
        let lifetime = LIFETIME.as_secs() as i64;
        let skew = 2;
        let mut then_ms = (self.now + lifetime + MARGIN + skew) * 1_000;
        let mut free = lock::free(then_ms);
        if let Holder::Sdk { .. } = lock::holder(layout, &item, then_ms) {
            item.remove(LOCK_SEEN);
            lock::mark_sdk(layout, &item, then_ms).apply(&mut item);
            let seen = then_ms;
            then_ms += (lifetime + MARGIN) * 1_000;
            assert!(lock::is_dead_sdk(seen, then_ms, LIFETIME));
            free = lock::dead_sdk(layout, &item, seen);
        }
        if !free.holds(Some(&item)) {
            return Err(self.fail("the lock is never free again"));
        }
        Ok(())
    }
}

/// Plays everything that can happen; how many states there were, or the first story that ends badly.
fn explore(cast: &Cast, rules: &Rules) -> Result<usize, String> {
    let layout = layout();
    let mut seen = HashSet::new();
    let mut open = vec![World::new(cast)];
    while let Some(world) = open.pop() {
        if !seen.insert(world.fingerprint()) {
            continue;
        }
        world.check_end(&layout)?;
        open.extend(world.next(rules, &layout)?);
    }
    Ok(seen.len())
}

fn holds(name: &str, cast: &Cast) {
    let started = std::time::Instant::now();
    let states = explore(cast, &REAL).unwrap_or_else(|story| panic!("{story}"));
    println!("{name}: {states} states, {:?}", started.elapsed());
    assert!(states > 1_000, "{states} states are too few to say anything");
}

fn is_refuted(cast: &Cast, rules: &Rules, violations: &[&str]) {
    let story = explore(cast, rules).expect_err("the changed rule should have been refuted");
    println!("{story}");
    assert!(violations.iter().any(|text| story.contains(text)), "{story}");
}

const TWO: Cast = Cast { ours: &[0, 2_000], faults: 2, renewals: 1, ..NOBODY };

#[test]
fn two_requests_two_seconds_apart_with_two_lost_answers_lose_nothing() {
    holds("two", &Cast { renewals: 0, seconds: 6, ..TWO });
    holds("two, renewed", &Cast { ours: &[0, -2_000], faults: 1, ..TWO });
}

#[test]
fn two_requests_on_a_new_session_lose_nothing() {
    holds("two, new", &Cast { exists: false, faults: 1, seconds: 6, ..TWO });
}

#[test]
fn three_requests_lose_nothing() {
    holds("three", &Cast { ours: &[0, 2_000, 0], seconds: 6, ..NOBODY });
}

#[test]
fn two_requests_and_a_logout_keep_what_was_destroyed_destroyed() {
    holds("destroyed", &Cast { destroyer: true, faults: 1, renewals: 0, seconds: 6, ..TWO });
}

#[test]
fn two_requests_beside_the_sdk_with_its_locking_lose_nothing() {
    holds("SDK", &Cast { sdk_pages: 1, faults: 0, renewals: 0, seconds: 10, ..TWO });
    holds("SDK, lost answers", &Cast { sdk_pages: 1, faults: 1, seconds: 4, renewals: 0, ..TWO });
}

#[test]
fn a_waiter_robs_no_living_sdk_whose_writes_fall_into_one_second() {
    holds("SDK, three pages", &Cast { ours: &[2_000], sdk_pages: 3, seconds: 10, ..NOBODY });
}

#[test]
fn a_peer_that_ignores_locks_is_never_overwritten_by_a_holder_who_read_before() {
    holds("careless", &Cast { careless: true, faults: 0, ..TWO });
}

#[test]
fn a_fence_of_the_owner_alone_is_refuted() {
    let fence = |lease: &Lease| Condition::Equals(LOCK_OWNER.to_owned(), AttributeValue::String(lease.owner.clone()));
    let cast = Cast { careless: true, faults: 0, ..TWO };
    is_refuted(&cast, &Rules { fence, ..REAL }, &[LOST]);
}

#[test]
fn a_write_without_a_fence_is_refuted() {
    let fence = |_: &Lease| Condition::Exists("id".to_owned());
    is_refuted(&TWO, &Rules { fence, ..REAL }, &[LOST, ROBBED]);
}

#[test]
fn a_fence_that_does_not_count_acquisitions_is_refuted() {
    let fence = |lease: &Lease| lock::fence(&lease.owner);
    is_refuted(&TWO, &Rules { fence, ..REAL }, &[LOST]);
}

#[test]
fn a_takeover_without_a_margin_is_refuted() {
    let free = |now_ms| lock::free(now_ms + MARGIN * 1_000);
    is_refuted(&TWO, &Rules { free, ..REAL }, &[ROBBED]);
}

#[test]
fn a_takeover_that_takes_the_sdks_1_for_a_time_is_refuted() {
    let free = |now_ms| Condition::Any(vec![lock::untouched(), Condition::AtMost(LOCK.to_owned(), now_ms)]);
    let cast = Cast { sdk_pages: 1, faults: 0, ..TWO };
    is_refuted(&cast, &Rules { free, ..REAL }, &[LOST, ROBBED]);
}

#[test]
fn a_release_without_a_fence_is_refuted() {
    let release = |lease: &Lease| Update { condition: None, ..lock::release(lease) };
    is_refuted(&TWO, &Rules { release, ..REAL }, &[ROBBED]);
}

#[test]
fn taking_every_successor_for_a_proof_of_ones_own_write_is_refuted() {
    let is_certain = |_: &Lease, _: Duration, _: i64| true;
    is_refuted(&TWO, &Rules { is_certain, ..REAL }, &[UNSTORED]);
}

#[test]
fn marking_the_sdks_lock_at_first_sight_is_refuted() {
    let cast = Cast { ours: &[2_000], sdk_pages: 3, seconds: 10, faults: 0, ..NOBODY };
    is_refuted(&cast, &Rules { sdk_look: Duration::ZERO, ..REAL }, &[LOST]);
}
