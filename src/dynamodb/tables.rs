//! Making and looking at the table.
