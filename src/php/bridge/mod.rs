//! The exported functions: borrow, call in the guard, convert. Nothing else happens here.
//!
//! Ownership: sessions and options are boxes whose pointers C keeps and gives back once; replies are C's structs
//! whose buffers are ours until `dynamosess_reply_free`; all other pointers are borrowed for one call.

mod module;
mod options;
mod session;
mod table;
