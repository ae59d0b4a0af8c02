//! The session protocol, explored: every order in which a few requests on one session, a server that loses answers, clocks
//! that are wrong, processes that are killed and programs of others can act, within stated bounds.
//!
//! What is driven is [`Session::step`](dynamosess::session::machine::Session::step) and
//! [`Keeper`](dynamosess::session::renewal::Keeper), the very code that runs in production; the model adds the world
//! around them. `docs/reliability.md` says what is promised for what is found here.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`world`] | the table, the time, and everything that can happen next |
//! | [`page`] | one request of ours: what PHP calls, and what it is told |
//! | [`others`] | the AWS SDK, a handler without locks, an older dynamosess, a logout, TTL |
//! | [`promises`] | what must never be seen |
//! | [`rules`] | each rule of the protocol, broken on purpose |
//! | [`pairs`] | each pair of features, in one session |
//! | [`scenarios`] | who takes part, and how much may go wrong |
//!
//! `PROTOCOL_BOUNDS=large cargo test --release --no-default-features --test protocol` explores more, by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod others;
mod page;
mod pairs;
mod promises;
mod rules;
mod scenarios;
mod world;
