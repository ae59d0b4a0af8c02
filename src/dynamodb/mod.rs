//! The operations of DynamoDB that sessions need: sign, send, retry, parse.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`client`] | the operations: what is asked, and what the answers mean |
//! | `attempts` | one request on its way: sign, send, judge, decide |
//! | `body` | the body of a request about one item |
//! | [`retry`] | whether an error is tried again, and when |
//! | [`sign`] | Signature Version 4 of one request |
//! | [`endpoint`] | where the service is |
//! | [`wire`] | requests and answers as JSON |
//! | [`expression`] | conditions and updates: rendered for the service, evaluated for the in-memory store |
//! | [`tables`] | making and looking at the table |

mod attempts;
mod body;
pub mod client;
pub mod endpoint;
pub mod expression;
pub mod retry;
pub mod sign;
pub mod tables;
pub mod wire;

pub use client::{Client, Fetched, InFlight, Outcome, Refused, ScanPage};
pub use expression::{Condition, Update};
pub use wire::{AttributeValue, Item};
