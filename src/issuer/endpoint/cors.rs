//! Cross-origin requests of browsers (the CORS protocol of the Fetch standard).

use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
        ORIGIN, VARY,
    },
};

use super::path::Endpoint;
use crate::issuer::response::{ResponseBody, bare};

/// The CORS headers of a response. Without configured origins there are none.
#[derive(Debug)]
pub(super) enum Cors {
    Off,
    /// The request comes from no allowed origin, or not from a browser.
    OtherOrigin,
    Allowed(HeaderValue),
}

impl Cors {
    /// Compares the `Origin` of a request with the allowed ones, byte for byte.
    pub(super) fn of_request(allowed: &[String], headers: &HeaderMap) -> Self {
        if allowed.is_empty() {
            return Self::Off;
        }
        let origin = headers.get(ORIGIN);
        let known = origin
            .filter(|origin| allowed.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()));
        known.map_or(Self::OtherOrigin, |origin| Self::Allowed(origin.clone()))
    }

    /// Answers a preflight request from an allowed origin.
    pub(super) fn preflight(
        &self,
        endpoint: Endpoint,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Response<ResponseBody>> {
        let is_preflight =
            method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight || !matches!(self, Self::Allowed(_)) {
            return None;
        }
        let mut response = bare(StatusCode::NO_CONTENT);
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, endpoint.methods()),
            (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }

    pub(super) fn apply(&self, response: &mut Response<ResponseBody>) {
        let headers = response.headers_mut();
        if !matches!(self, Self::Off) {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Self::Allowed(origin) = self {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = HeaderValue::from_static("retry-after, www-authenticate");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}
