//! Locking as two requests on one session meet it, on a clock that is moved by hand.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`site`] | one table, several requests, and what others do while somebody sleeps |
//! | [`handler`] | what they wait for, see, store and are told, and what it costs |
//! | [`holders`] | holders that are dead, slow, or never say that they are done; waits that end in vain |
//! | [`lost_and_late`] | requests that are lost, repeated or served late; logouts; wrong clocks |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod handler;
mod holders;
mod lost_and_late;
mod site;
