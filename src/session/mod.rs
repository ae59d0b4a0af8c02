//! What a session is: open, read, write, touch, destroy, lock.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`handler`] | a request's sequence of calls: what is remembered, what is written on which condition |
//! | [`key`] | from session name and id to the table's key |
//! | [`item`] | what is in an item, and when it counts as absent |
//! | [`format`] | session data as an attribute value, and back |
//! | [`lock`] | leases: the conditions under which a lock is taken, kept, given back |
//! | `locking` | what a handler does to get, keep and give back locks |
//! | [`renewal`] | keeps the locks of living holders, in the background |
//! | [`store`] | where items are: the trait and the DynamoDB store |
//! | [`memory`] | the in-memory store, for tests |

pub mod format;
pub mod garbage;
pub mod handler;
pub mod item;
pub mod key;
pub mod lock;
mod locking;
pub mod memory;
pub mod renewal;
pub mod store;

pub use handler::{Context, Handler, Outage};
pub use store::{DynamoDbStore, Store};
