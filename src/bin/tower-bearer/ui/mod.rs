//! What the program shows: output, tables, times, and errors with their exit status.

mod error;
mod output;
mod table;
mod time;

pub(crate) use self::{
    error::{Failure, Outcome, told},
    output::{harmless, json, line},
    table::print_table,
    time::date,
};
