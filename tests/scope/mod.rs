//! The scope engine: the table of all cases, its laws, and what a route may require.

mod laws;
mod limits;
mod registry;
mod requirement;
mod table;
mod template;
mod wild;
mod words;
