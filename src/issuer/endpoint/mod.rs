//! The HTTP face: routes a request, reads its body, and writes documents and errors.

pub(super) mod form;
pub(super) mod metadata;
pub(super) mod response;
pub(super) mod service;
