//! The table, the time, and everything that can happen next.

use std::time::Duration;

use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, Update};
use dynamosess::error::{Cause, Error};
use dynamosess::session::item::{GEN, LOCK};
use dynamosess::session::machine::{Action, Event};
use stateright::{Model, Property};

use crate::others::{Other, Peer};
use crate::page::{Answer, Deed, LAYOUT, Page, Script, settings};
use crate::promises::{self, Promise};
use crate::rules::Rules;

/// The moment at which a story begins, in seconds since the epoch.
pub const START: i64 = 1_800_000_000;
/// What every session's `expires` is later than its write.
pub const LIFE: i64 = 1_000;

/// Who takes part, and how much may go wrong.
#[derive(Clone, Debug)]
pub struct Cast {
    pub pages: Vec<Script>,
    pub others: Vec<Other>,
    /// The session to begin with, in the format `php`; `None`: there is none.
    pub session: Option<&'static str>,
    /// How long until it ends.
    pub ends_in: i64,
    /// Time goes in steps of so many seconds: every moment that matters is a multiple of it.
    pub step: i64,
    pub seconds: i64,
    /// Answers that are lost, on whatever way.
    pub faults: u8,
    pub renewals: u8,
    pub kills: u8,
    pub forks: u8,
}

pub const NOBODY: Cast = Cast {
    pages: Vec::new(),
    others: Vec::new(),
    session: Some("s|i:1;"),
    ends_in: LIFE,
    step: 2,
    seconds: 8,
    faults: 0,
    renewals: 0,
    kills: 0,
    forks: 0,
};

/// A request that its sender has given up, or sent a second time, and that is served later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Late {
    pub by: usize,
    pub sight: Sight,
    pub request: Request,
}

/// What a page knew when it sent something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sight {
    /// The session that it was shown; `None`: there was none.
    pub epoch: Option<u8>,
    /// What PHP had of it; `None`: it has read nothing.
    pub shown: Option<String>,
}

/// A change on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    Update(Update),
    Delete(Option<Condition>),
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub now: i64,
    pub item: Option<Item>,
    /// How often a session has ended here: destroyed, collected, or begun a second time.
    pub epoch: u8,
    pub pages: Vec<Page>,
    pub others: Vec<Peer>,
    pub late: Vec<Late>,
    /// The names that were stored at some time.
    pub stored: Vec<String>,
    /// Those of them that others wrote without a revision: nothing is promised of them to pages without a lock.
    pub unnoticed: Vec<String>,
    /// The last session has ended by itself, and TTL has collected it.
    pub is_collected: bool,
    pub faults: u8,
    pub renewals: u8,
    pub kills: u8,
    pub forks: u8,
    pub broken: Option<Promise>,
}

/// What happens to one request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Answered,
    /// It is not served, and its sender hears nothing.
    NeverServed,
    /// It is served, and its sender hears nothing.
    AnswerLost,
    /// Its sender hears nothing, and it is served later.
    ServedLate,
    /// It is served, its answer is lost, and it is sent once more at once.
    Repeated,
    /// It is sent once more at once, and the first one is served later.
    Overtaken,
}

const WAYS: [Way; 6] =
    [Way::Answered, Way::NeverServed, Way::AnswerLost, Way::ServedLate, Way::Repeated, Way::Overtaken];

/// One thing that can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    Time,
    /// A page goes on: it begins its next deed, or its request is served.
    Page(usize, Way),
    Renewal(usize, Way),
    Late(usize),
    Other(usize),
    Kill(usize),
    Fork(usize),
}

/// A cast under rules.
#[derive(Clone)]
pub struct Story {
    pub cast: Cast,
    pub rules: Rules,
    settings: Vec<Settings>,
}

impl Story {
    pub fn new(cast: Cast, rules: Rules) -> Self {
        let settings = cast.pages.iter().map(settings).collect();
        Story { cast, rules, settings }
    }

    fn of(&self, world: &World, page: usize) -> usize {
        world.pages[page].parent.unwrap_or(page)
    }

    fn deeds(&self, world: &World, page: usize) -> &'static [Deed] {
        self.cast.pages[self.of(world, page)].deeds
    }

    /// Whether this page has something to do now.
    fn can_go_on(&self, world: &World, at: usize) -> bool {
        let page = &world.pages[at];
        match &page.pending {
            _ if page.is_killed => false,
            Some(Action::WaitForLock(_)) => world.now > page.waits_since,
            Some(_) => true,
            None => page.at < self.deeds(world, at).len(),
        }
    }

    /// Whether it could go this way: what sends nothing has no answer to lose.
    fn go_on(&self, world: &mut World, at: usize, way: Way) -> bool {
        let page = &mut world.pages[at];
        if page.pending.is_none() {
            let deed = self.cast.pages[page.parent.unwrap_or(at)].deeds[page.at];
            if deed == Deed::Destroy {
                page.is_destroyed = world.item.is_none();
            }
            let call = Event::Call(page.call(deed));
            self.feed(world, at, call);
        }
        match world.pages[at].pending.take() {
            None => way == Way::Answered,
            // It begins to wait.
            Some(action @ Action::WaitForLock(_)) if world.pages[at].waits_since == world.now => {
                world.pages[at].pending = Some(action);
                way == Way::Answered
            }
            Some(action) => {
                let event = self.perform(world, at, action, way);
                self.feed(world, at, event);
                true
            }
        }
    }

    /// Feeds an event; what takes no time is done at once.
    fn feed(&self, world: &mut World, at: usize, mut event: Event) {
        let settings = &self.settings[self.of(world, at)];
        loop {
            let page = &mut world.pages[at];
            let mut action = page.step(event, settings, world.now, self.rules.trusts_its_clock);
            (self.rules.action)(&mut action, world.now);
            event = match action {
                Action::Return(result) => {
                    let deed = self.deeds(world, at)[world.pages[at].at];
                    promises::after_call(world, at, deed, &result);
                    let epoch = world.epoch;
                    world.pages[at].told(deed, &result, epoch);
                    return;
                }
                Action::AskIfEnded(name) => {
                    let has_ended = world.pages.iter().any(|page| page.process_name() == name && page.is_killed);
                    Event::HasEnded(has_ended || self.rules.takes_all_for_dead)
                }
                Action::Pause(_) => Event::Waited,
                action => {
                    world.pages[at].waits_since = world.now;
                    world.pages[at].pending = Some(action);
                    return;
                }
            };
        }
    }

    fn perform(&self, world: &mut World, at: usize, action: Action, way: Way) -> Event {
        let request = match action {
            Action::WaitForLock(_) => return Event::Waited,
            Action::Get { .. } => {
                let read = match way {
                    Way::Answered => {
                        world.pages[at].learn();
                        Ok(Fetched { item: world.item.clone(), now: START + world.now })
                    }
                    _ if self.rules.takes_a_failed_read_for_none => Ok(Fetched { item: None, now: START }),
                    _ => Err(lost()),
                };
                return Event::Got(read);
            }
            Action::Update(update) => Request::Update(update),
            Action::Delete(condition) => Request::Delete(condition),
            Action::AskIfEnded(_) | Action::Pause(_) | Action::Return(_) => unreachable!(),
        };
        Answer::Changed(self.send(world, at, request, way)).into()
    }

    /// A change on its way; what its sender hears.
    fn send(&self, world: &mut World, by: usize, request: Request, way: Way) -> Result<Outcome, Error> {
        if way == Way::Repeated || way == Way::AnswerLost {
            let sight = world.pages[by].sight();
            self.serve(world, by, &sight, &request);
        }
        let sight = world.pages[by].sight();
        if way == Way::ServedLate || way == Way::Overtaken {
            world.late.push(Late { by, sight: sight.clone(), request: request.clone() });
        }
        match way {
            Way::Answered | Way::Repeated | Way::Overtaken => {
                let outcome = self.serve(world, by, &sight, &request);
                world.pages[by].learn();
                Ok(outcome)
            }
            Way::NeverServed | Way::AnswerLost | Way::ServedLate => Err(lost()),
        }
    }

    /// DynamoDB serves a change.
    pub fn serve(&self, world: &mut World, by: usize, sight: &Sight, request: &Request) -> Outcome {
        let before = world.item.clone();
        let condition = match request {
            Request::Update(update) => update.condition.as_ref(),
            Request::Delete(condition) => condition.as_ref(),
        };
        if !condition.is_none_or(|condition| condition.holds(before.as_ref())) {
            return Outcome::Refused(Refused { item: before, now: START + world.now, repeated: false });
        }
        let shown = match request {
            Request::Update(update) => {
                let made = || Item::from([("id".to_owned(), AttributeValue::String("k".into()))]);
                let item = world.item.get_or_insert_with(made);
                update.apply(item);
                update.return_new.then(|| item.clone())
            }
            Request::Delete(_) => {
                world.item = None;
                None
            }
        };
        promises::after_change(world, by, sight, request, before.as_ref(), &self.settings[self.of(world, by)]);
        Outcome::Done(shown)
    }

    fn renew(&self, world: &mut World, at: usize, way: Way) {
        let Some(mut keeper) = world.pages[at].keeper.clone() else { return };
        let now = Page::monotonic(world.now);
        let wall_ms = world.pages[at].wall_ms(world.now);
        let mut update = Action::Update(keeper.update(&LAYOUT, wall_ms));
        (self.rules.renewal)(&mut update);
        let Action::Update(update) = update else { return };
        let outcome = self.send(world, at, Request::Update(update), way);
        let clock_moved = std::mem::take(&mut world.pages[at].clock_moved);
        keeper.ended(now, now, &outcome, clock_moved);
        if let Ok(Outcome::Done(_)) = outcome {
            world.pages[at].confirmed = world.now;
        }
        // The page may have given its lock back meanwhile: then nobody asks for it any more.
        world.pages[at].keeper = Some(keeper);
    }
}

impl Model for Story {
    type State = World;
    type Action = Move;

    fn init_states(&self) -> Vec<World> {
        let item = self.cast.session.map(|data| {
            Item::from([
                ("id".to_owned(), AttributeValue::String("k".into())),
                (GEN.to_owned(), AttributeValue::Binary(vec![9; 8])),
                ("data".to_owned(), AttributeValue::Binary(data.as_bytes().to_vec())),
                ("expires".to_owned(), AttributeValue::number(START + self.cast.ends_in)),
            ])
        });
        let pages = self.cast.pages.iter().enumerate().map(|(number, script)| Page::new(number, script));
        vec![World {
            now: 0,
            item,
            epoch: 0,
            pages: pages.collect(),
            others: self.cast.others.iter().map(|other| Peer::new(*other)).collect(),
            late: Vec::new(),
            stored: Vec::new(),
            unnoticed: Vec::new(),
            is_collected: false,
            faults: self.cast.faults,
            renewals: self.cast.renewals,
            kills: self.cast.kills,
            forks: self.cast.forks,
            broken: None,
        }]
    }

    fn actions(&self, world: &World, moves: &mut Vec<Move>) {
        if world.broken.is_some() {
            return;
        }
        if world.now + self.cast.step <= self.cast.seconds {
            moves.push(Move::Time);
        }
        for at in 0..world.pages.len() {
            let page = &world.pages[at];
            let ways = if world.faults > 0 { &WAYS[..] } else { &WAYS[..1] };
            if self.can_go_on(world, at) {
                let ways = if matches!(page.pending, Some(Action::WaitForLock(_))) { &WAYS[..1] } else { ways };
                moves.extend(ways.iter().map(|way| Move::Page(at, *way)));
            }
            let is_due = |keeper: &dynamosess::session::renewal::Keeper| {
                keeper.due().is_some_and(|due| due <= Page::monotonic(world.now))
            };
            if world.renewals > 0 && !page.is_killed && page.keeper.as_ref().is_some_and(is_due) {
                moves.extend(ways.iter().map(|way| Move::Renewal(at, *way)));
            }
            if world.kills > 0 && !page.is_killed && page.at > 0 && page.at < self.deeds(world, at).len() {
                moves.push(Move::Kill(at));
            }
            if world.forks > 0 && page.pending.is_none() && page.shown.is_some() {
                moves.push(Move::Fork(at));
            }
        }
        moves.extend((0..world.late.len()).map(Move::Late));
        let can_act = |peer: &Peer| peer.can_act(world);
        moves.extend((0..world.others.len()).filter(|at| can_act(&world.others[*at])).map(Move::Other));
    }

    fn next_state(&self, world: &World, action: Move) -> Option<World> {
        let mut next = world.clone();
        match action {
            Move::Time => next.now += self.cast.step,
            Move::Page(at, way) => {
                next.faults -= u8::from(way != Way::Answered);
                if !self.go_on(&mut next, at, way) {
                    return None;
                }
            }
            Move::Renewal(at, way) => {
                next.faults -= u8::from(way != Way::Answered);
                next.renewals -= 1;
                self.renew(&mut next, at, way);
            }
            Move::Late(at) => {
                let late = next.late.remove(at);
                self.serve(&mut next, late.by, &late.sight, &late.request);
            }
            Move::Other(at) => Peer::act(&mut next, at),
            Move::Kill(at) => {
                next.kills -= 1;
                next.pages[at].is_killed = true;
            }
            Move::Fork(at) => {
                next.forks -= 1;
                let number = next.pages.len();
                let parent = &next.pages[at];
                let child = Page { number, keeper: None, parent: Some(at), ..parent.clone() };
                next.pages.push(child);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("every promise is kept", |_, world: &World| world.broken.is_none())]
    }
}

/// Whether this item's lock is one of `page`'s.
pub fn is_owner(item: Option<&Item>, page: &Page) -> bool {
    let owner = item.and_then(dynamosess::session::lock::owner);
    owner.is_some_and(|owner| owner.ends_with(&page.process_name()))
}

pub fn lock_ends(item: &Item) -> Option<i64> {
    item.get(LOCK).and_then(AttributeValue::as_i64).filter(|until| *until > 1)
}

fn lost() -> Error {
    Error::new("UpdateItem", Cause::Timeout(Duration::from_secs(5)))
}
