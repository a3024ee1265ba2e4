use std::{fmt, sync::Arc};

use crate::{
    error::{Problems, TokenFaultKind},
    json::{self, Member},
    jwt::DecodedToken,
    scope::{Matching, ScopeSet, join_scopes},
    token::AccessToken,
};

/// The place of the scopes in an issuer's tokens.
///
/// A string is a list separated by spaces (RFC 6749 §3.3). In an array of strings, those that are
/// not scopes, such as `Domain Users`, are ignored. Any other value grants nothing, including an
/// array with an item that is not a string.
///
/// ```
/// use tower_bearer::{claims::{Audience, Issuer}, verify::{ScopeSource, Verifier}};
///
/// let verifier = Verifier::new(Issuer::new("https://issuer.example")?, Audience::new("urn:a")?)
///     .scope_claims([ScopeSource::claim("scp"), ScopeSource::pointer("/realm_access/roles")]);
/// # let _ = verifier;
/// # Ok::<(), tower_bearer::claims::IdentifierError>(())
/// ```
///
/// **Scopes from sources other than the claims `scope`, `scp` and `permissions` are compared
/// byte for byte** unless [`matching`](Self::matching) is set: people choose the names of groups and
/// roles, and one named `*` must not grant everything.
#[derive(Clone, Debug)]
pub struct ScopeSource {
    kind: Kind,
    matching: Option<Matching>,
}

#[derive(Clone)]
enum Kind {
    Claim(Box<str>),
    Pointer(Box<str>),
    MemberNames(Box<str>),
    Function(Arc<Function>),
}

type Function = dyn Fn(&AccessToken) -> Option<Vec<String>> + Send + Sync;

/// The claims whose values issuers, not people, choose: OAuth's own, Okta's and Entra's, and Auth0's.
const ISSUERS_OWN: [&str; 3] = ["scope", "scp", "permissions"];

impl ScopeSource {
    /// A claim by its name, such as `scp`.
    pub fn claim(name: impl Into<Box<str>>) -> Self {
        Kind::Claim(name.into()).into()
    }

    /// The value at a JSON pointer (RFC 6901) into the claims, such as `/realm_access/roles`.
    pub fn pointer(pointer: impl Into<Box<str>>) -> Self {
        Kind::Pointer(pointer.into()).into()
    }

    /// The names of the members of the object at a JSON pointer. The values of the members are
    /// **not** checked: `{"admin": {"<organisation>": ..}}` grants `admin` whatever the
    /// organisation.
    pub fn member_names(pointer: impl Into<Box<str>>) -> Self {
        Kind::MemberNames(pointer.into()).into()
    }

    /// A function of the claims, which returns `None` if the token does not have this source.
    ///
    /// It is called once for each verified token, whose [`scopes`](AccessToken::scopes) are still
    /// empty, and its result is cached with the token: it must not depend on anything else.
    pub fn from_fn(
        function: impl Fn(&AccessToken) -> Option<Vec<String>> + Send + Sync + 'static,
    ) -> Self {
        Kind::Function(Arc::new(function)).into()
    }

    /// Sets how the scopes from this source are compared.
    #[must_use]
    pub fn matching(self, matching: Matching) -> Self {
        Self { matching: Some(matching), ..self }
    }

    /// The matching of this source, for a verifier with the matching `default`.
    fn matching_or(&self, default: Matching) -> Matching {
        match (self.matching, &self.kind) {
            (Some(matching), _) => matching,
            (None, Kind::Claim(name)) if ISSUERS_OWN.contains(&&**name) => default,
            (None, _) => Matching::Exact,
        }
    }

    /// The list of scopes; `None` if the token does not have this source.
    fn read(&self, token: &DecodedToken) -> Option<String> {
        let claims = token.payload();
        match &self.kind {
            Kind::Claim(name) => json::member(claims, name).filter(is_not_null).map(list_in),
            Kind::Pointer(pointer) => value_at(claims, pointer).map(list_in),
            Kind::MemberNames(pointer) => value_at(claims, pointer).map(|value| names_in(&value)),
            Kind::Function(function) => {
                let token =
                    AccessToken::verified(token.clone(), ScopeSet::default(), Matching::Exact);
                function(&token).map(join_scopes)
            }
        }
    }

    fn check(&self, problems: &mut Problems) {
        match &self.kind {
            Kind::Claim(name) if name.is_empty() => {
                problems.add("scope_claim", "is empty; name the claim that holds the scopes");
            }
            Kind::Pointer(pointer) | Kind::MemberNames(pointer) if !pointer.starts_with('/') => {
                problems.add("scope_claim", "is not a JSON pointer; begin it with `/`");
            }
            _ => {}
        }
    }
}

/// The scope sources of a verifier; if there are none, the claim `scope`.
#[derive(Clone, Debug, Default)]
pub(super) struct ScopeSources {
    pub(super) sources: Box<[ScopeSource]>,
    /// True if the scopes of all sources are joined.
    pub(super) are_joined: bool,
}

impl ScopeSources {
    /// Returns the scopes of a verified token, and how they are compared.
    pub(super) fn scopes_of(
        &self,
        token: &DecodedToken,
        default: Matching,
        max_scopes: usize,
    ) -> Result<(ScopeSet, Matching), TokenFaultKind> {
        if self.sources.is_empty() {
            return Ok((parse(token.scope().unwrap_or_default(), max_scopes)?, default));
        }
        let mut found = self
            .sources
            .iter()
            .filter_map(|source| Some((source.read(token)?, source.matching_or(default))));
        let (mut list, mut matching) = found.next().unwrap_or_default();
        if self.are_joined {
            for (more, other) in found {
                list = [list, more].join(" ");
                // The stricter of the two comparisons.
                if other != matching {
                    matching = Matching::Exact;
                }
            }
        }
        Ok((parse(&list, max_scopes)?, matching))
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        self.sources.iter().for_each(|source| source.check(problems));
    }
}

fn parse(list: &str, limit: usize) -> Result<ScopeSet, TokenFaultKind> {
    ScopeSet::parse_with_limit(list, limit).map_err(|_| {
        let scopes = list.split(' ').filter(|item| !item.is_empty()).count();
        TokenFaultKind::TooManyScopes { scopes, limit }
    })
}

/// The value at a JSON pointer into an object; `None` if a member on the way does not exist, or a
/// claim is `null`.
fn value_at<'t>(claims: &'t str, pointer: &str) -> Option<Member<'t>> {
    let mut tokens = pointer.strip_prefix('/')?.split('/').map(unescaped);
    let mut value = json::member(claims, &tokens.next()?).filter(is_not_null)?;
    for token in tokens {
        value = match value {
            Member::Object(text) => json::member(text, &token)?,
            Member::Array(text) => json::element(text, token.parse().ok()?)?,
            Member::Texts(mut texts) => Member::Text(texts.nth(token.parse().ok()?)?),
            // A value of another type has no members: the source is present and grants nothing.
            _ => return Some(Member::Null),
        };
    }
    Some(value)
}

/// A reference token of a JSON pointer (RFC 6901 §4).
fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

const fn is_not_null(value: &Member<'_>) -> bool {
    !matches!(value, Member::Null)
}

fn list_in(value: Member<'_>) -> String {
    match value {
        Member::Text(list) => list.into_owned(),
        Member::Texts(scopes) => join_scopes(scopes),
        _ => String::new(),
    }
}

fn names_in(value: &Member<'_>) -> String {
    let mut names = Vec::new();
    if let Member::Object(text) = value
        && json::read(text, &mut |name, _| names.push(name.to_owned())).is_err()
    {
        names.clear();
    }
    join_scopes(names)
}

impl From<Kind> for ScopeSource {
    fn from(kind: Kind) -> Self {
        Self { kind, matching: None }
    }
}

/// The claim of this name.
impl From<&str> for ScopeSource {
    fn from(name: &str) -> Self {
        Self::claim(name)
    }
}

/// The claim of this name.
impl From<String> for ScopeSource {
    fn from(name: String) -> Self {
        Self::claim(name)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(name) => f.debug_tuple("Claim").field(name).finish(),
            Self::Pointer(pointer) => f.debug_tuple("Pointer").field(pointer).finish(),
            Self::MemberNames(pointer) => f.debug_tuple("MemberNames").field(pointer).finish(),
            Self::Function(_) => f.write_str("Function(..)"),
        }
    }
}
