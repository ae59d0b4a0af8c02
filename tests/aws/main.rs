//! Against an AWS of the project's own on loopback: credentials wherever AWS code runs, and every fault on the way.
//!
//! | file | its one job |
//! | --- | --- |
//! | `server` | a small HTTP/1.1 server that answers, or fails, as a script says |
//! | `reaction`, `tunnel` | what it does about a request; what it does as a proxy |
//! | `certificates` | good and bad certificates for it |
//! | `sigv4` | verifies signatures, written from AWS's documentation and independent of the signer |
//! | `services` | plays DynamoDB, STS, SSO, the container endpoint and the instance's metadata service |
//! | `setup` | clients, clocks and files for the tests |
//! | `credentials`, `refresh` | each provider, from configuration to a signed request; its refresh |
//! | `faults` | fault by operation: outcome, calls, time, message |
//! | `wire_faults` | the same for faults that only a real connection can have |
//! | `network` | TLS, closed connections, names, forks |
//! | `proxies` | DynamoDB and STS through proxies, and what proxies do wrong |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod certificates;
mod credentials;
mod faults;
mod network;
mod proxies;
mod reaction;
mod refresh;
mod server;
mod services;
mod setup;
mod sigv4;
mod tunnel;
mod wire_faults;
