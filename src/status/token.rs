use std::time::Duration;

use super::{
    fault::StatusListFault,
    list::{StatusBits, StatusList},
    names::{BITS, LST, STATUS_LIST, TOKEN_TYPE, TTL},
};
use crate::{
    algorithm::{Algorithm, AllowList},
    claims::Issuer,
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, JsonFault, MAX_MEMBERS, Member},
    jwt::{
        TokenLimits, UnverifiedToken, check_expiry, check_issued_at, check_signature, media_type,
    },
    key::KeySet,
    time::UnixTime,
};

/// Longest Status List Token that is read by default, in bytes: 2.2 MB hold 10 million statuses of
/// one bit of which half are set.
pub const MAX_LIST_BYTES: usize = 4 << 20;
/// Longest inflated list by default, in bytes: 134 million statuses of one bit. ZLIB inflates to a
/// thousand times the size at most.
pub const MAX_INFLATED_BYTES: usize = 16 << 20;

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);

/// The requirements for the status lists of one issuer. Pure: it fetches nothing.
///
/// It checks the form, `typ`, `alg`, the signature by a key of the issuer, `sub` against the address
/// of the list, `iss` if it is there, `iat`, `exp` if it is there, and the bounds of the list while
/// it inflates. It does **not** check how old a list is: see [`StatusListToken::issued_at`].
///
/// ```
/// # use tower_bearer::{claims::Issuer, key::KeySet, time::UnixTime};
/// # use tower_bearer::status::{StatusListFault, StatusListVerifier};
/// # let (keys, now) = (KeySet::default(), UnixTime::from_secs(1_800_000_000));
/// let lists = StatusListVerifier::new(Issuer::new("https://issuer.example")?);
/// let refused = lists.verify("not a list", "https://issuer.example/lists/1", &keys, now);
/// assert!(matches!(refused, Err(StatusListFault::Token(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StatusListVerifier {
    issuer: Issuer,
    algorithms: AllowList,
    leeway: Duration,
    max_list_bytes: usize,
    max_inflated_bytes: usize,
}

impl StatusListVerifier {
    /// Requires lists of this issuer. Every asymmetric algorithm is allowed, with a leeway of 30
    /// seconds.
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            algorithms: AllowList::default(),
            leeway: DEFAULT_LEEWAY,
            max_list_bytes: MAX_LIST_BYTES,
            max_inflated_bytes: MAX_INFLATED_BYTES,
        }
    }

    /// Allows only these algorithms (RFC 8725 §3.1).
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.allow(algorithms.into_iter().collect())
    }

    pub(crate) const fn allow(mut self, algorithms: AllowList) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Sets how far the issuer's clock may differ from this one, for `iat` and `exp`.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the longest token, in bytes: [`MAX_LIST_BYTES`] by default.
    pub const fn max_list_bytes(mut self, bytes: usize) -> Self {
        self.max_list_bytes = bytes;
        self
    }

    /// Sets the longest list, inflated, in bytes: [`MAX_INFLATED_BYTES`] by default.
    pub const fn max_inflated_bytes(mut self, bytes: usize) -> Self {
        self.max_inflated_bytes = bytes;
        self
    }

    pub(super) const fn allowed_leeway(&self) -> Duration {
        self.leeway
    }

    /// Returns true if a list of the longest size can have this index.
    pub(super) const fn can_have(&self, index: u64) -> bool {
        index / 8 < self.max_inflated_bytes as u64
    }

    /// Verifies the list that was fetched from `uri`, at the time `now`, with the keys that its
    /// issuer publishes.
    ///
    /// # Errors
    /// The first check that the list fails.
    pub fn verify(
        &self,
        token: &str,
        uri: &str,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<StatusListToken, StatusListFault> {
        let token = self.parse(token.as_bytes(), uri, now)?;
        self.finish(token, keys)
    }

    /// Makes the checks that need no key.
    pub(super) fn parse(
        &self,
        token: &[u8],
        uri: &str,
        now: UnixTime,
    ) -> Result<UnverifiedToken, StatusListFault> {
        let limits = TokenLimits::default().max_token_bytes(self.max_list_bytes);
        let token = UnverifiedToken::parse(token, &limits)?;
        if !token.typ().is_some_and(|typ| media_type(typ).eq_ignore_ascii_case(TOKEN_TYPE)) {
            return Err(StatusListFault::TokenType);
        }
        if !self.algorithms.contains(token.algorithm()?) {
            return Err(TokenFaultKind::AlgorithmNotAllowed.into());
        }
        if token.issuer().is_some_and(|issuer| issuer != self.issuer.as_str()) {
            return Err(StatusListFault::WrongIssuer);
        }
        if token.subject().ok_or(StatusListFault::Missing("sub"))? != uri {
            return Err(StatusListFault::WrongSubject);
        }
        if token.issued_at().is_none() {
            return Err(StatusListFault::Missing("iat"));
        }
        check_issued_at(token.issued_at(), now, self.leeway)?;
        if token.expires_at().is_some() {
            check_expiry(token.expires_at(), now, self.leeway)?;
        }
        Ok(token)
    }

    /// Makes the checks from the signature on, for a token that passed [`parse`](Self::parse).
    /// Nothing is inflated before the signature is checked.
    #[expect(clippy::needless_pass_by_value, reason = "a token is finished once")]
    pub(super) fn finish(
        &self,
        token: UnverifiedToken,
        keys: &KeySet,
    ) -> Result<StatusListToken, StatusListFault> {
        check_signature(&token, token.algorithm()?, token.key_id(), keys)?;
        let mut ttl = Ok(None);
        let mut list = Err(StatusListFault::Missing(STATUS_LIST));
        json::read(token.payload(), &mut |name, value| match (name, value) {
            (TTL, Member::Null) | (STATUS_LIST, Member::Null) => {}
            (TTL, value) => ttl = ttl_of(&value).map(Some),
            (STATUS_LIST, Member::Object(claim)) => list = self.list_of(claim),
            (STATUS_LIST, _) => list = Err(StatusListFault::WrongType(STATUS_LIST)),
            _ => {}
        })
        .map_err(json_fault)?;
        Ok(StatusListToken {
            list: list?,
            ttl: ttl?,
            issued_at: token.issued_at().ok_or(StatusListFault::Missing("iat"))?,
            expires_at: token.expires_at(),
        })
    }

    /// Reads the claim `status_list`.
    fn list_of(&self, claim: &str) -> Result<StatusList, StatusListFault> {
        let mut bits = Err(StatusListFault::Missing(BITS));
        let mut lst = Err(StatusListFault::Missing(LST));
        json::read(claim, &mut |name, value| match (name, value) {
            (BITS, value) => bits = bits_of(&value),
            (LST, Member::Text(text)) => lst = Ok(text),
            (LST, _) => lst = Err(StatusListFault::WrongType(LST)),
            _ => {}
        })
        .map_err(json_fault)?;
        StatusList::decode(bits?, &lst?, self.max_inflated_bytes)
    }
}

fn json_fault(fault: JsonFault) -> StatusListFault {
    TokenFault::json(TokenPart::Payload, fault, MAX_MEMBERS).into()
}

fn bits_of(value: &Member<'_>) -> Result<StatusBits, StatusListFault> {
    let sizes = [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight];
    let of_size = |count: f64| sizes.into_iter().find(|bits| f64::from(bits.count()) == count);
    match value {
        Member::Number(count) => of_size(*count).ok_or(StatusListFault::WrongType(BITS)),
        _ => Err(StatusListFault::WrongType(BITS)),
    }
}

fn ttl_of(value: &Member<'_>) -> Result<Duration, StatusListFault> {
    match value {
        Member::Number(seconds) if *seconds > 0.0 => {
            Ok(Duration::try_from_secs_f64(*seconds).unwrap_or(Duration::MAX))
        }
        _ => Err(StatusListFault::WrongType(TTL)),
    }
}

/// A status list that its issuer signed.
#[derive(Clone, Debug)]
pub struct StatusListToken {
    list: StatusList,
    issued_at: UnixTime,
    expires_at: Option<UnixTime>,
    ttl: Option<Duration>,
}

impl StatusListToken {
    /// The statuses.
    #[must_use]
    pub const fn list(&self) -> &StatusList {
        &self.list
    }

    /// `iat`: when the list was issued.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// `exp`: from when on the list must not be used.
    #[must_use]
    pub const fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }

    /// `ttl`: how long after the fetch the list should be fetched again.
    #[must_use]
    pub const fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    pub(super) fn into_list(self) -> StatusList {
        self.list
    }
}
