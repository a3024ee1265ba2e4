use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};
use zeroize::Zeroizing;

use super::{
    fault::KeyFault,
    parameters::{Curve, Parameters},
    public::Key,
};
use crate::{
    algorithm::Algorithm,
    json::{self, JsonFault, Member},
};

/// Longest `kid` of a key, in bytes. Real issuers' have at most 64; the bound keeps look-ups, logs
/// and caches small.
pub const MAX_KID_BYTES: usize = 256;

/// The most members of a JWK; real ones have at most 12.
const MAX_JWK_MEMBERS: usize = 32;

/// The members that hold secrets (RFC 7518 §6.2.2, §6.3.2 and §6.4.1).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The other members that are read (RFC 7517 §4, RFC 7518 §6), and `issuer` of Microsoft Entra ID.
const PUBLIC_MEMBERS: [&str; 11] =
    ["kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y", "issuer"];

/// What the keys of a set are for, as their `use` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyUse {
    /// `sig`, or no `use` (RFC 7517 §4.2).
    #[default]
    Signatures,
    /// `jwt-svid`: the keys of a SPIFFE bundle that sign JWT-SVIDs. The bundle has others.
    #[cfg_attr(not(feature = "issuer"), expect(dead_code, reason = "only issuers trust workloads"))]
    JwtSvid,
}

/// The members of one JWK that are read.
pub(super) struct Members<'a> {
    json: &'a str,
    values: Vec<(&'static str, Member<'a>)>,
}

impl<'a> Members<'a> {
    /// Reads a JSON object. A member whose value is `null` counts as absent: some serializers write
    /// it for absent values.
    pub(super) fn parse(json: &'a str) -> Result<Self, KeyFault> {
        let mut values = Vec::new();
        json::read_with_limit(json, MAX_JWK_MEMBERS, &mut |name, value| {
            let mut known = PUBLIC_MEMBERS.iter().chain(&SECRET_MEMBERS);
            if !matches!(value, Member::Null)
                && let Some(name) = known.find(|known| **known == name)
            {
                values.push((*name, value));
            }
        })
        .map_err(|fault| match fault {
            JsonFault::Duplicate => KeyFault::DuplicateMember,
            JsonFault::Syntax | JsonFault::TooDeep | JsonFault::TooMany => KeyFault::Malformed,
        })?;
        Ok(Self { json, values })
    }

    fn value(&self, name: &str) -> Option<&Member<'a>> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A member that is a string.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, KeyFault> {
        match self.value(name) {
            None => Ok(None),
            Some(Member::Text(text)) => Ok(Some(text)),
            Some(_) => Err(KeyFault::Malformed),
        }
    }

    /// A member that is required and holds octets in base64url (RFC 7518 §2). The standard alphabet
    /// and padding are accepted, too, because some issuers publish them.
    pub(super) fn octets(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let text = self.text(name)?.ok_or(KeyFault::Malformed)?;
        URL_SAFE_PAD_INDIFFERENT
            .decode(text.as_bytes())
            .or_else(|_| STANDARD_PAD_INDIFFERENT.decode(text.as_bytes()))
            .map(Zeroizing::new)
            .map_err(|_| KeyFault::InvalidKey)
    }

    /// `kid` (RFC 7517 §4.5).
    pub(super) fn kid(&self) -> Result<Option<Box<str>>, KeyFault> {
        match self.text("kid").map_err(|_| KeyFault::UnusableKid)? {
            Some(kid) if kid.len() > MAX_KID_BYTES => Err(KeyFault::UnusableKid),
            // An empty id tells keys apart as little as none.
            kid => Ok(kid.filter(|kid| !kid.is_empty()).map(Box::from)),
        }
    }

    /// `kid` for a report: the string, or the JSON text of another value.
    pub(super) fn shown_kid(&self) -> Option<&str> {
        match self.value("kid")? {
            Member::Text(kid) => Some(kid),
            Member::Array(text) | Member::Object(text) => Some(text),
            _ => {
                let mut kid = None;
                let read = json::read_raw(self.json, &mut |name, value| {
                    if name == "kid" {
                        kid = Some(value);
                    }
                });
                kid.filter(|_| read.is_ok())
            }
        }
    }

    /// `alg` (RFC 7517 §4.4), if the key has one.
    pub(super) fn algorithm(&self) -> Result<Option<Algorithm>, KeyFault> {
        let name = self.text("alg")?;
        name.map(|name| Algorithm::from_name(name).ok_or(KeyFault::UnsupportedAlgorithm))
            .transpose()
    }

    /// Checks `use` and `key_ops` (RFC 7517 §4.2 and §4.3), each of which may be absent.
    pub(super) fn check_usage(&self, operation: &str, usage: KeyUse) -> Result<(), KeyFault> {
        let purpose = self.text("use")?;
        let is_listed = match self.value("key_ops") {
            None => true,
            Some(Member::Texts(operations)) => operations.clone().any(|name| name == operation),
            Some(_) => return Err(KeyFault::Malformed),
        };
        let is_for_usage = match usage {
            KeyUse::Signatures => purpose.is_none_or(|purpose| purpose == "sig"),
            KeyUse::JwtSvid => purpose == Some("jwt-svid"),
        };
        if is_listed && is_for_usage { Ok(()) } else { Err(KeyFault::NotForSignatures) }
    }

    /// The public half of the key, by `kty` (RFC 7518 §6, RFC 8037 §2).
    pub(super) fn parameters(&self) -> Result<Parameters, KeyFault> {
        match self.text("kty")? {
            Some("RSA") => Parameters::rsa(&self.octets("n")?, &self.octets("e")?),
            Some("EC") => {
                let curve = self.text("crv")?.ok_or(KeyFault::Malformed)?;
                let curve = Curve::from_name(curve).ok_or(KeyFault::UnsupportedCurve)?;
                Parameters::ec(curve, &self.octets("x")?, &self.octets("y")?)
            }
            Some("OKP") => match self.text("crv")? {
                Some("Ed25519") => Parameters::ed25519(&self.octets("x")?),
                Some(_) => Err(KeyFault::UnsupportedCurve),
                None => Err(KeyFault::Malformed),
            },
            Some("oct") => Err(KeyFault::SymmetricKey),
            Some(_) => Err(KeyFault::UnsupportedKeyType),
            None => Err(KeyFault::Malformed),
        }
    }

    /// Returns the verification key, unless a member forbids its use. A published secret is
    /// reported before any other fault.
    pub(super) fn public_key(&self, usage: KeyUse) -> Result<Key, KeyFault> {
        if self.text("kty")?.is_some_and(|kty| kty == "oct") {
            return Err(KeyFault::SymmetricKey);
        }
        if SECRET_MEMBERS.iter().any(|name| self.value(name).is_some()) {
            return Err(KeyFault::PrivateKey);
        }
        let kid = self.kid()?;
        self.check_usage("verify", usage)?;
        let algorithm = self.algorithm()?;
        let issuer = self.text("issuer")?.map(Box::from);
        Ok(Key::new(kid, self.parameters()?, algorithm)?.bound_to(issuer))
    }
}
