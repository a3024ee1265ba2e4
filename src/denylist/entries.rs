//! The entries of a denylist, by issuer, kind and value. Pure.

use std::collections::HashMap;

use super::denial::{Denial, Denied};
use crate::{claims::Issuer, time::UnixTime};

/// What entries are compared with: the members of a verified token.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members<'t> {
    pub(super) issuer: &'t str,
    pub(super) token_id: Option<&'t str>,
    pub(super) subject: Option<&'t str>,
    pub(super) client: Option<&'t str>,
    /// The `kid` of the header, and that of the key which verified the token.
    pub(super) key_ids: [Option<&'t str>; 2],
    pub(super) issued_at: Option<UnixTime>,
}

/// The entry that a token matches: the claim or header parameter, and the end of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) member: &'static str,
    pub(super) until: UnixTime,
}

/// There is no room for one more entry.
#[derive(Debug)]
pub(super) struct NoRoom;

#[derive(Debug, Default)]
pub(super) struct Entries {
    issuers: HashMap<Box<str>, OfIssuer>,
    count: usize,
    /// No entry ends before this.
    next_end: Option<UnixTime>,
}

/// A value and the end of its entry.
type Ends = HashMap<Box<str>, UnixTime>;

#[derive(Debug)]
struct OfIssuer {
    issuer: Issuer,
    token_ids: Ends,
    subjects: Ends,
    clients: Ends,
    key_ids: Ends,
    issued_before: HashMap<Box<str>, Limits>,
}

/// The times before which tokens of one subject are refused, each with the end of its entry. The
/// times ascend and the ends descend: an entry that another one includes is dropped.
#[derive(Debug, Default)]
struct Limits(Vec<Limit>);

#[derive(Clone, Copy, Debug)]
struct Limit {
    time: UnixTime,
    until: UnixTime,
}

impl Entries {
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Adds an entry; of two that differ only in their end, the later end counts. Returns true if
    /// the list denies more than before.
    ///
    /// # Errors
    /// The list has `max_entries` that have not ended.
    pub(super) fn add(
        &mut self,
        denial: Denial,
        now: UnixTime,
        max_entries: usize,
    ) -> Result<bool, NoRoom> {
        let Denial { issuer, denied, until } = denial;
        let known = self.issuers.get(issuer.as_str());
        if until <= now || known.is_some_and(|known| known.includes(&denied, until)) {
            return Ok(false);
        }
        let replaces = known.is_some_and(|known| known.replaces(&denied, until));
        if self.count >= max_entries {
            self.drop_ended(now);
        }
        if self.count >= max_entries && !replaces {
            return Err(NoRoom);
        }
        let of_issuer = self.issuers.entry(issuer.as_str().into());
        let replaced = of_issuer.or_insert_with(|| OfIssuer::new(issuer)).insert(denied, until);
        self.count = self.count + 1 - replaced;
        self.next_end = Some(self.next_end.map_or(until, |end| end.min(until)));
        Ok(true)
    }

    /// Returns the first entry that a token matches.
    pub(super) fn find(&self, token: &Members<'_>, now: UnixTime) -> Option<Match> {
        let of_issuer = self.issuers.get(token.issuer)?;
        let end = |ends: &Ends, member, value: Option<&str>| {
            let until = *ends.get(value?)?;
            (until > now).then_some(Match { member, until })
        };
        let [of_header, of_key] = token.key_ids;
        end(&of_issuer.token_ids, "jti", token.token_id)
            .or_else(|| end(&of_issuer.subjects, "sub", token.subject))
            .or_else(|| end(&of_issuer.clients, "client_id", token.client))
            .or_else(|| end(&of_issuer.key_ids, "kid", of_header))
            .or_else(|| end(&of_issuer.key_ids, "kid", of_key))
            .or_else(|| {
                let limits = of_issuer.issued_before.get(token.subject?)?;
                let Limit { until, .. } = limits.after(token.issued_at)?;
                (until > now).then_some(Match { member: "iat", until })
            })
    }

    /// Drops the entries that have ended, if there are any.
    pub(super) fn drop_ended(&mut self, now: UnixTime) {
        if self.next_end.is_none_or(|end| end > now) {
            return;
        }
        for of_issuer in self.issuers.values_mut() {
            let OfIssuer { issuer: _, token_ids, subjects, clients, key_ids, issued_before } =
                of_issuer;
            for ends in [token_ids, subjects, clients, key_ids] {
                ends.retain(|_, until| *until > now);
            }
            issued_before.retain(|_, limits| {
                limits.0.retain(|limit| limit.until > now);
                !limits.0.is_empty()
            });
        }
        self.issuers.retain(|_, of_issuer| of_issuer.len() > 0);
        self.count = self.issuers.values().map(OfIssuer::len).sum();
        self.next_end = self.issuers.values().flat_map(OfIssuer::ends).min();
    }

    /// The entries that have not ended, sorted.
    pub(super) fn denials(&self, now: UnixTime) -> Vec<Denial> {
        let mut denials: Vec<Denial> = self.issuers.values().flat_map(OfIssuer::denials).collect();
        denials.retain(|denial| denial.until > now);
        denials.sort_unstable();
        denials
    }
}

impl OfIssuer {
    fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            token_ids: Ends::new(),
            subjects: Ends::new(),
            clients: Ends::new(),
            key_ids: Ends::new(),
            issued_before: HashMap::new(),
        }
    }

    fn len(&self) -> usize {
        let Self { issuer: _, token_ids, subjects, clients, key_ids, issued_before } = self;
        let ends: usize = [token_ids, subjects, clients, key_ids].map(HashMap::len).iter().sum();
        ends + issued_before.values().map(|limits| limits.0.len()).sum::<usize>()
    }

    /// The ends of all entries.
    fn ends(&self) -> impl Iterator<Item = UnixTime> {
        let Self { issuer: _, token_ids, subjects, clients, key_ids, issued_before } = self;
        let ends = [token_ids, subjects, clients, key_ids].into_iter().flat_map(HashMap::values);
        let limits = issued_before.values().flat_map(|limits| &limits.0);
        ends.copied().chain(limits.map(|limit| limit.until))
    }

    /// The end of the entry that denies this, or more of the same subject; the latest if there are
    /// several.
    fn end(&self, denied: &Denied) -> Option<UnixTime> {
        match denied {
            Denied::TokenId(id) => self.token_ids.get(id).copied(),
            Denied::Subject(subject) => self.subjects.get(subject).copied(),
            Denied::Client(id) => self.clients.get(id).copied(),
            Denied::KeyId(id) => self.key_ids.get(id).copied(),
            Denied::IssuedBefore { subject, time } => {
                self.issued_before.get(subject)?.from(*time).map(|limit| limit.until)
            }
        }
    }

    /// Returns true if an entry denies the same, or more, until the same time, or longer.
    fn includes(&self, denied: &Denied, until: UnixTime) -> bool {
        self.end(denied).is_some_and(|end| end >= until)
    }

    /// Returns true if the entry takes the place of one that is here.
    fn replaces(&self, denied: &Denied, until: UnixTime) -> bool {
        match denied {
            Denied::IssuedBefore { subject, time } => {
                let limit = Limit { time: *time, until };
                let limits = self.issued_before.get(subject);
                limits.is_some_and(|limits| limits.0.iter().any(|other| limit.includes(other)))
            }
            _ => self.end(denied).is_some(),
        }
    }

    /// Inserts an entry that none here includes, and returns the number of entries that it replaces.
    fn insert(&mut self, denied: Denied, until: UnixTime) -> usize {
        let (ends, value) = match denied {
            Denied::TokenId(id) => (&mut self.token_ids, id),
            Denied::Subject(subject) => (&mut self.subjects, subject),
            Denied::Client(id) => (&mut self.clients, id),
            Denied::KeyId(id) => (&mut self.key_ids, id),
            Denied::IssuedBefore { subject, time } => {
                let limits = self.issued_before.entry(subject).or_default();
                return limits.insert(Limit { time, until });
            }
        };
        usize::from(ends.insert(value, until).is_some())
    }

    fn denials(&self) -> Vec<Denial> {
        type Kind = fn(Box<str>) -> Denied;
        let kinds: [(&Ends, Kind); 4] = [
            (&self.token_ids, Denied::TokenId),
            (&self.subjects, Denied::Subject),
            (&self.clients, Denied::Client),
            (&self.key_ids, Denied::KeyId),
        ];
        let ends = kinds.into_iter().flat_map(|(ends, kind)| {
            ends.iter().map(move |(value, until)| (kind(value.clone()), *until))
        });
        let limits = self.issued_before.iter().flat_map(|(subject, limits)| {
            limits.0.iter().map(move |Limit { time, until }| {
                (Denied::IssuedBefore { subject: subject.clone(), time: *time }, *until)
            })
        });
        let all = ends.chain(limits);
        all.map(|(denied, until)| Denial::new(self.issuer.clone(), denied, until)).collect()
    }
}

impl Limit {
    /// Returns true if this denies what `other` denies, for as long.
    fn includes(&self, other: &Self) -> bool {
        other.time <= self.time && other.until <= self.until
    }
}

impl Limits {
    /// Returns the limit that is at `time` or later, and of those the one that ends last.
    fn from(&self, time: UnixTime) -> Option<Limit> {
        self.0.get(self.0.partition_point(|limit| limit.time < time)).copied()
    }

    /// Returns the limit that a token issued at this time comes before, and of those the one that
    /// ends last. A token without `iat` comes before each.
    fn after(&self, issued_at: Option<UnixTime>) -> Option<Limit> {
        let is_over = |limit: &Limit| issued_at.is_some_and(|issued_at| limit.time <= issued_at);
        self.0.get(self.0.partition_point(is_over)).copied()
    }

    /// Inserts a limit that none here includes, and returns the number of those that it replaces.
    fn insert(&mut self, limit: Limit) -> usize {
        let before = self.0.len();
        self.0.retain(|other| !limit.includes(other));
        let replaced = before - self.0.len();
        self.0.insert(self.0.partition_point(|other| other.time < limit.time), limit);
        replaced
    }
}

#[cfg(test)]
impl Entries {
    /// The number of entries, counted again.
    pub(super) fn counted(&self) -> usize {
        self.issuers.values().map(OfIssuer::len).sum()
    }
}
