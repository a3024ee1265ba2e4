use http::HeaderMap;

/// The beginning of the content types of gRPC.
#[cfg(feature = "grpc")]
const GRPC: &[u8] = b"application/grpc";

/// The protocol in which a refusal is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Plain HTTP: the status says why.
    Http,
    /// gRPC: the status is 200, and headers say why.
    #[cfg(feature = "grpc")]
    Grpc,
    /// The same for a page in a browser.
    #[cfg(feature = "grpc")]
    GrpcWeb,
}

impl Protocol {
    /// The protocol of a request, by its content type.
    #[cfg_attr(not(feature = "grpc"), expect(unused_variables, reason = "HTTP is the only one"))]
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        #[cfg(feature = "grpc")]
        if let Some(field) = headers.get(http::header::CONTENT_TYPE) {
            return protocol_of(field.as_bytes());
        }
        Self::Http
    }
}

/// The protocol of a request with this content type.
#[cfg(feature = "grpc")]
fn protocol_of(content_type: &[u8]) -> Protocol {
    match content_type.split_at_checked(GRPC.len()) {
        Some((begin, rest)) if begin.eq_ignore_ascii_case(GRPC) => match rest.first() {
            None | Some(b'+' | b';' | b' ') => Protocol::Grpc,
            Some(b'-') => Protocol::GrpcWeb,
            Some(_) => Protocol::Http,
        },
        _ => Protocol::Http,
    }
}

#[cfg(all(test, feature = "grpc"))]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_recognized_by_its_content_type() {
        for (text, protocol) in [
            ("application/grpc", Protocol::Grpc),
            ("Application/GRPC+proto", Protocol::Grpc),
            ("application/grpc;charset=utf-8", Protocol::Grpc),
            ("application/grpc-web+proto", Protocol::GrpcWeb),
            ("application/grpc-web-text", Protocol::GrpcWeb),
            ("application/grpcx", Protocol::Http),
            ("application/json", Protocol::Http),
            ("text/application/grpc", Protocol::Http),
            ("", Protocol::Http),
        ] {
            assert_eq!(protocol_of(text.as_bytes()), protocol, "{text}");
        }
    }
}
