//! What a session is: open, read, write, touch, destroy, lock.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`handler`] | performs what is decided: the only I/O |
//! | [`machine`] | decides, of one session, what is done; pure |
//! | [`renewal`] | keeps the locks of living holders, in the background |
//! | [`prefetch`] | which pages begin with a session, learnt from those before |
//! | `read_ahead` | a read that was begun before PHP asked for it |
//! | [`garbage`] | deletes expired sessions, where DynamoDB does not |
//! | [`context`] | what a handler works with: settings, store, clock, counters |
//! | [`lock`] | the conditions under which a lock is taken, kept, given back |
//! | [`lease`] | a lock as its holder knows it |
//! | [`process`] | which process holds a lock, and whether it has ended |
//! | [`merge`] | three serialized sessions to one |
//! | [`item`] | what is in an item, and when it counts as absent |
//! | [`format`] | session data as an attribute value, and back |
//! | [`key`] | from session name and id to the table's key |
//! | [`store`] | where items are: the trait and the DynamoDB store |

pub mod context;
pub mod format;
pub mod garbage;
pub mod handler;
pub mod item;
pub mod key;
pub mod lease;
pub mod lock;
pub mod machine;
pub mod merge;
pub mod prefetch;
pub mod process;
mod read_ahead;
pub mod renewal;
pub mod store;

pub use context::{Context, Outage};
pub use handler::Handler;
pub use read_ahead::ReadAhead;
pub use store::{DynamoDbStore, Store};
