//! dynamosess keeps PHP sessions in Amazon DynamoDB.
//!
//! A session's way from `$_SESSION` to the wire, top down. A module uses those below it only; `tests/docs.rs` looks.
//!
//! | module | its one job |
//! | --- | --- |
//! | [`testing`] | scripted transport, manual clock, store in memory: for unit and integration tests only |
//! | `php` | the PHP extension: C callbacks, INI, class; the only unsafe code |
//! | [`diagnosis`] | what `check()` and `checkReport()` say |
//! | [`resolve`] | from settings and environment to region, endpoint, credentials and network |
//! | [`session`] | what a session is: open, read, write, touch, destroy, lock |
//! | [`dynamodb`] | the operations: endpoint, sign, send, retry, parse |
//! | [`credentials`] | who we are: provider chain and cache |
//! | [`http`] | one request in, one reply out |
//! | [`config`] | the settings: one table, from which INI, constructor keys, phpinfo and docs come |
//! | [`encryption`] | the keys that sessions are encrypted with |
//! | [`error`] | what went wrong, and what to do about it |
//! | [`environment`] | the environment variables, as they were captured |
//! | [`stats`] | what this process has done so far |
//! | [`clock`] | now, monotonic, sleep, random; and the clock corrected by the server's |
//! | [`per_process`] | state that a forked child does not share |
//! | `background` | threads of ours, which take no signals |

mod background;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod diagnosis;
pub mod dynamodb;
pub mod encryption;
pub mod environment;
pub mod error;
pub mod http;
pub mod per_process;
#[cfg(feature = "php")]
mod php;
pub mod resolve;
pub mod session;
pub mod stats;
#[doc(hidden)]
pub mod testing;
