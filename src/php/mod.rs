//! The PHP extension. The engine's side is C, because PHP's API is macros and any call into it may leave by longjmp:
//! so every such call is made where no frame of Rust is on the stack. `c/dynamosess.h` is the seam.
//!
//! | file | its one job |
//! | --- | --- |
//! | `c/dynamosess.h` | the seam: what either side calls of the other |
//! | `c/module.c` | module entry: loading, INI, phpinfo() |
//! | `c/save_handler.c` | `session.save_handler = dynamodb`: PHP's nine callbacks |
//! | `c/early_write.c` | writes before output is flushed |
//! | `c/handler_class.c` | the class DynamoDbSessionHandler: its methods and registration |
//! | `c/handler_object.c` | the object behind it: options, credentials callable, the session when it is ready |
//! | `c/handler_arginfo.h` | what Reflection sees of it; `scripts/arginfo` makes it from the stub |
//! | `c/options.c` | from PHP's array to the core's options |
//! | `c/reply.c` | from the core's reply to PHP: strings and warnings |
//! | `bridge` | the exported functions: borrow, call in the guard, convert |
//! | `abi` | the seam's types as Rust sees them |
//! | `guard` | no panic leaves Rust |
//! | `before_fork` | what the master of workers reads for all of them |
//! | `process` | what a process and a thread keep from page to page |
//! | `way` | what a set of settings is made from |
//! | `ahead` | which session is read ahead |
//! | `ini` | what PHP's INI says |
//! | `session` | one session of PHP's, from open to close |
//! | `shared` | the memory in which all processes of this PHP count together |
//! | `info` | what phpinfo() and stats() say |

#![allow(unsafe_code)]

mod abi;
mod ahead;
mod before_fork;
mod bridge;
mod guard;
mod info;
mod ini;
mod process;
mod session;
mod shared;
mod way;
