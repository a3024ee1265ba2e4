//! The output of the program: text, tables, times, and errors with their exit statuses.

mod error;
mod output;
mod table;
mod time;

pub(crate) use self::{
    error::{Failure, Outcome, error_chain},
    output::{Format, bytes, harmless, json, line, note, plural, set_quiet},
    table::print_table,
    time::{format_date, format_duration, parse_duration},
};
