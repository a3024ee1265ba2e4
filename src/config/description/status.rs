use std::time::Duration;

use super::super::shape::{Member, Rule, Shape, Table};

const MODES: [&str; 2] = ["if_present", "require"];
const DAY: Duration = seconds(24 * 3_600);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const STATUS: Table = Table {
    members: &[
        Member::required(
            "mode",
            "`if_present` checks the tokens that name a status list; `require` also refuses those \
             that name none.",
            Shape::Choice(&MODES),
        ),
        Member::optional(
            "admit_for",
            "Goes by the list that is held for at most this time after its lifetime while it \
             cannot be fetched. A token that was taken back meanwhile is admitted as long.",
            Shape::Duration(seconds(1), DAY),
        ),
        Member::optional(
            "refuse_in_outage",
            "Answers 503 as soon as the lifetime of the list has ended and it cannot be fetched.",
            Shape::True,
        ),
        Member::optional(
            "origins",
            "Further origins where the issuer may have lists, such as `https://lists.example`; its \
             own is always allowed.",
            Shape::Words(&Shape::Url),
        ),
        Member::optional(
            "max_lists",
            "The most lists that are held at a time; 64 by default.",
            Shape::Integer(1, 1_024),
        ),
        Member::optional(
            "max_list_bytes",
            "The longest list as it is sent, in bytes; 4,194,304 by default.",
            Shape::Integer(1, 1 << 30),
        ),
        Member::optional(
            "max_inflated_bytes",
            "The longest list in memory, in bytes; 16,777,216 by default.",
            Shape::Integer(1, 1 << 30),
        ),
        Member::optional(
            "max_wait",
            "How long a request waits for a list that is not held yet before it is answered 503; \
             2s by default.",
            Shape::Duration(Duration::ZERO, seconds(30)),
        ),
        Member::optional(
            "fetch_timeout",
            "The time limit of a fetch; 5s by default.",
            Shape::Duration(seconds(1), seconds(60)),
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["admit_for", "refuse_in_outage"]),
        Rule::OneAtLeast(&["admit_for", "refuse_in_outage"]),
    ],
};
