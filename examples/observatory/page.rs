//! The page: one static HTML file, without scripts and without anything from elsewhere.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    OUTAGE, REALM, chart,
    record::{ADMITTED, Record, Seen},
};

const STYLE: &str = include_str!("style.css");
/// The story begins at 08:00.
const BEGINS_AT: u64 = 8 * 60;

/// The outcomes that the chart tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Admitted,
    Scope,
    Token,
    Keys,
}

impl Group {
    /// From the bottom of the chart to its top.
    pub(crate) const ALL: [Self; 4] = [Self::Admitted, Self::Scope, Self::Token, Self::Keys];

    pub(crate) fn of(outcome: &str) -> Self {
        match outcome {
            ADMITTED => Self::Admitted,
            "insufficient_scope" => Self::Scope,
            "keys_unavailable" => Self::Keys,
            _ => Self::Token,
        }
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Scope => "scope",
            Self::Token => "token",
            Self::Keys => "keys",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Scope => "refused for their scope (403)",
            Self::Token => "refused for their token (400, 401)",
            Self::Keys => "refused for want of keys (503)",
        }
    }
}

/// What a reason means, for people.
fn meaning(reason: &str) -> &'static str {
    match reason {
        "missing_token" => "no token at all",
        "invalid_request" => "something that cannot be a token",
        "insufficient_scope" => "a valid token without the scope of the route",
        "keys_unavailable" => "the issuer's keys were too old, and out of reach",
        "form" => "not three parts of base64url",
        "alg" => "an algorithm that is not allowed, such as none",
        "iss" => "an issuer that is not trusted",
        "aud" => "a token for another API",
        "exp" => "an expired token",
        "no id token" => "an ID token in place of an access token",
        "key" => "a key that the issuer does not publish",
        "signature" => "a forged signature",
        _ => "another check",
    }
}

/// Escapes text for HTML and SVG, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
        escaped
    })
}

/// The time of day of a minute of the story.
pub(crate) fn clock(minute: u64) -> String {
    let minutes = BEGINS_AT + minute;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Number of requests by outcome.
fn totals(seen: &Seen) -> BTreeMap<&'static str, u64> {
    let mut totals = BTreeMap::new();
    for (outcome, n) in seen.requests.values().flatten() {
        *totals.entry(*outcome).or_default() += n;
    }
    totals
}

fn tile(group: Group, totals: &BTreeMap<&str, u64>) -> String {
    let of_group = totals.iter().filter(|(outcome, _)| Group::of(outcome) == group);
    let (n, class, name): (u64, _, _) =
        (of_group.map(|(_, n)| n).sum(), group.class(), group.name());
    format!(
        r#"<div class="tile {class}" data-group="{class}" data-count="{n}"><b>{n}</b><span>{name}</span></div>"#
    )
}

/// A bar for each reason, the most frequent first.
fn refusals(totals: &BTreeMap<&'static str, u64>) -> String {
    let mut reasons: Vec<_> = totals.iter().filter(|(outcome, _)| **outcome != ADMITTED).collect();
    reasons.sort_by_key(|(reason, n)| (std::cmp::Reverse(**n), **reason));
    let most = reasons.first().map_or(1, |(_, n)| **n).max(1);
    reasons.into_iter().fold(String::new(), |mut rows, (reason, n)| {
        let (class, width) = (Group::of(reason).class(), *n as f64 / most as f64 * 100.0);
        let _ = write!(
            rows,
            r#"<li data-reason="{reason}" data-count="{n}"><code>{reason}</code><span class="bar"><i class="{class}" style="width:{width:.1}%"></i></span><b>{n}</b><span class="why">{}</span></li>"#,
            meaning(reason)
        );
        rows
    })
}

/// What the API made of the outage, in sentences.
fn outage(seen: &Seen) -> String {
    let first = |state: &str| {
        let mut states = seen.states.range(OUTAGE.start..);
        states.find(|(_, known)| *known == state).map(|(minute, _)| *minute)
    };
    let (stale, expired) = (first("stale"), first("expired"));
    let back = expired.and_then(|expired| {
        let mut later = seen.states.range(expired..);
        later.find(|(_, state)| *state == "fresh").map(|(minute, _)| *minute)
    });
    let at = |minute: Option<u64>| minute.map_or_else(|| "never".to_owned(), clock);
    let lost = seen.requests.values().filter_map(|them| them.get("keys_unavailable")).sum::<u64>();
    format!(
        "<li>At <b>{}</b> the issuer stops answering.</li>\
         <li>At <b>{}</b> the lifetime of the keys is over. The API goes on with the ones that it has: \
         nobody notices.</li>\
         <li>At <b>{}</b> they are too old even for an outage. From now on the answer is 503 with \
         <code>Retry-After</code>, {lost} times.</li>\
         <li>At <b>{}</b> the issuer is back, and at <b>{}</b> the API has fresh keys. Nobody restarted \
         anything.</li>",
        clock(OUTAGE.start),
        at(stale),
        at(expired),
        clock(OUTAGE.end),
        at(back)
    )
}

fn rotations(seen: &Seen) -> String {
    seen.rotations.iter().fold(String::new(), |mut rows, rotation| {
        let (kid, at) = (escape(&rotation.kid), clock(rotation.minute));
        let key = seen.keys.iter().find(|(kid, _)| *kid == rotation.kid);
        let published = key.and_then(|(_, states)| states.keys().next().copied());
        let published = clock(published.unwrap_or(rotation.minute));
        let _ = write!(
            rows,
            "<li>Published at <b>{published}</b>, signs from <b>{at}</b> on: <code>{kid}</code></li>"
        );
        rows
    })
}

/// The page.
pub(crate) fn render(record: &Record) -> String {
    let seen = record.seen();
    let totals = totals(&seen);
    let requests: u64 = totals.values().sum();
    let tiles: String = Group::ALL.map(|group| tile(group, &totals)).concat();
    let legend = Group::ALL.iter().fold(String::new(), |mut legend, group| {
        let _ = write!(legend, r#"<span><i class="{}"></i>{}</span>"#, group.class(), group.name());
        legend
    });
    let realm = escape(REALM);
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Observatory: {realm}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<p class="kicker">tower-bearer observatory</p>
<h1>{realm}</h1>
<p>{requests} requests between {} and {}: two rotations of the signing key, an attack, an outage of the
issuer and a withdrawn key.</p>
</header>
<section class="tiles">{tiles}</section>
<section class="card">
<h2>Minute by minute</h2>
<p class="legend">{legend}</p>
{}
<p class="legend"><span><i class="key announced"></i>published, does not sign yet</span><span><i class="key signs"></i>signs</span><span><i class="key retired"></i>retired: its tokens are still valid</span></p>
</section>
<div class="columns">
<section class="card" id="refusals">
<h2>What was refused, and why</h2>
<ol>{}</ol>
</section>
<section class="card">
<h2>The outage</h2>
<ol class="story">{}</ol>
<h2>The rotations</h2>
<ol class="story">{}</ol>
</section>
</div>
<footer>Everything here was seen from outside: by an observer in front of the API, and in the events of the crate.</footer>
</body>
</html>
"#,
        clock(0),
        clock(crate::END),
        chart::render(&seen),
        refusals(&totals),
        outage(&seen),
        rotations(&seen),
    )
}
