use std::time::Duration;

use super::super::shape::{Member, Rule, Shape, Table};

pub(super) const HTTP: Table = Table {
    members: &[
        Member::optional(
            "root_certificates",
            "A PEM file with the certificates of the authorities to accept, instead of the \
             machine's. It is read when the server is built.",
            Shape::File,
        ),
        Member::optional(
            "proxy",
            "The proxy for https, such as http://proxy.example:3128. By default HTTPS_PROXY and \
             NO_PROXY of the environment apply.",
            Shape::Url,
        ),
        Member::optional(
            "no_proxy",
            "Connects directly, whatever the environment says about proxies.",
            Shape::True,
        ),
        Member::optional(
            "connect_timeout",
            "The time limit for opening a connection; 2s by default.",
            Shape::Duration(Duration::from_millis(100), Duration::from_secs(30)),
        ),
        Member::optional(
            "bearer_file",
            "A file with a token that is sent as `Authorization: Bearer`; it is read again for \
             each request.",
            Shape::File,
        ),
        Member::optional(
            "header",
            "A header that is sent with each request.",
            Shape::Table(HEADER),
        ),
        Member::optional(
            "credentials_to",
            "Further https origins to which header and token are sent. Without it they are sent \
             to the configured address only.",
            Shape::Words(&Shape::Url),
        ),
    ],
    rules: &[Rule::OneAtMost(&["proxy", "no_proxy"])],
};

const HEADER: Table = Table {
    members: &[
        Member::required("name", "The name of the header.", Shape::Token),
        Member::required(
            "value_file",
            "A file with its value; it is read again for each request.",
            Shape::File,
        ),
    ],
    rules: &[],
};
