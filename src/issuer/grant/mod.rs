//! Answers a token request: `parse → authenticate → grant → hooks → issue`, one file each but for
//! authentication, and all five in [`pipeline`]; `status` gives the token its place in a list.

mod decision;
mod hooks;
mod issue;
pub(super) mod pipeline;
mod request;
mod status;
