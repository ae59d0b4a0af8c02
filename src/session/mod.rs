//! What a session is: open, read, write, touch, destroy, lock.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`handler`] | a request's sequence of calls, and what is remembered between them |
//! | `reading` | what has to be asked for, and what not |
//! | [`prefetch`] | which pages begin with a session, learnt from those before |
//! | `writing` | what is changed, on which condition, and what a refusal means |
//! | [`context`] | what a handler works with: settings, store, clock, counters |
//! | [`key`] | from session name and id to the table's key |
//! | [`item`] | what is in an item, and when it counts as absent |
//! | [`format`] | session data as an attribute value, and back |
//! | [`merge`] | what two pages have made of one session, in one |
//! | [`lock`] | the conditions under which a lock is taken, kept, given back |
//! | `lease` | a lock as its holder knows it |
//! | `locking` | what a handler does to get, keep and give back locks |
//! | `waiting` | how a handler waits for one |
//! | [`garbage`] | deletes expired sessions, where DynamoDB does not |
//! | [`renewal`] | keeps the locks of living holders, in the background |
//! | [`store`] | where items are: the trait and the DynamoDB store |

pub mod context;
pub mod format;
pub mod garbage;
pub mod handler;
pub mod item;
pub mod key;
mod lease;
pub mod lock;
mod locking;
pub mod merge;
pub mod prefetch;
mod reading;
pub mod renewal;
pub mod store;
mod waiting;
mod writing;

pub use context::{Context, Outage};
pub use handler::Handler;
pub use reading::ReadAhead;
pub use store::{DynamoDbStore, Store};
