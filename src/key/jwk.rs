use std::{borrow::Cow, collections::HashMap, fmt};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    fault::KeyFault,
    parameters::{Curve, Parameters},
    public::Key,
};
use crate::algorithm::Algorithm;

/// Longest `kid` of a key, in bytes. Real issuers' have at most 64; the bound keeps look-ups, logs
/// and caches small.
pub const MAX_KID_BYTES: usize = 256;

/// The members that hold secrets (RFC 7518 §6.2.2, §6.3.2 and §6.4.1).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The members of one JWK, each still in its JSON text.
pub(super) struct Members<'a> {
    texts: HashMap<String, &'a RawValue>,
}

impl<'a> Members<'a> {
    /// Takes a JSON object apart. A member whose value is `null` counts as absent: serializers
    /// write it for what they do not have.
    pub(super) fn parse(json: &'a str) -> Result<Self, KeyFault> {
        let Collected { mut texts, repeated } =
            serde_json::from_str(json).map_err(|_| KeyFault::Malformed)?;
        if repeated {
            return Err(KeyFault::DuplicateMember);
        }
        texts.retain(|_, text| text.get() != "null");
        Ok(Self { texts })
    }

    /// A member's JSON text, whatever its type.
    pub(super) fn json(&self, name: &str) -> Option<&'a str> {
        self.texts.get(name).map(|text| text.get())
    }

    fn read<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, KeyFault> {
        let value = self.json(name).map(serde_json::from_str).transpose();
        value.map_err(|_| KeyFault::Malformed)
    }

    /// A member that is a string.
    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, KeyFault> {
        Ok(self.read(name)?.map(|Text(text)| text))
    }

    /// A member that is required and holds octets in base64url (RFC 7518 §2). The standard
    /// alphabet and padding are read too, because issuers publish both.
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
            kid => Ok(kid.map(Box::from)),
        }
    }

    /// What stands for `kid` in a report: the string, or the JSON text of what is no string.
    pub(super) fn shown_kid(&self) -> Option<Cow<'a, str>> {
        self.text("kid").unwrap_or_else(|_| self.json("kid").map(Cow::Borrowed))
    }

    /// `alg` (RFC 7517 §4.4), if the key has one.
    pub(super) fn algorithm(&self) -> Result<Option<Algorithm>, KeyFault> {
        let name = self.text("alg")?;
        let known =
            |name: Cow<'_, str>| Algorithm::from_name(&name).ok_or(KeyFault::UnsupportedAlgorithm);
        name.map(known).transpose()
    }

    /// Checks `use` and `key_ops` (RFC 7517 §4.2 and §4.3), each of which may be absent.
    pub(super) fn may(&self, operation: &str) -> Result<(), KeyFault> {
        let purpose = self.text("use")?;
        let operations: Option<Vec<Text<'_>>> = self.read("key_ops")?;
        let fits = purpose.is_none_or(|purpose| purpose == "sig")
            && operations.is_none_or(|listed| listed.iter().any(|Text(name)| name == operation));
        if fits { Ok(()) } else { Err(KeyFault::NotForSignatures) }
    }

    /// The public half of the key, by `kty` (RFC 7518 §6, RFC 8037 §2).
    pub(super) fn parameters(&self) -> Result<Parameters, KeyFault> {
        match self.text("kty")?.as_deref() {
            Some("RSA") => Parameters::rsa(&self.octets("n")?, &self.octets("e")?),
            Some("EC") => {
                let curve = self.text("crv")?.ok_or(KeyFault::Malformed)?;
                let curve = Curve::from_name(&curve).ok_or(KeyFault::UnsupportedCurve)?;
                Parameters::ec(curve, &self.octets("x")?, &self.octets("y")?)
            }
            Some("OKP") => match self.text("crv")?.as_deref() {
                Some("Ed25519") => Parameters::ed25519(&self.octets("x")?),
                Some(_) => Err(KeyFault::UnsupportedCurve),
                None => Err(KeyFault::Malformed),
            },
            Some("oct") => Err(KeyFault::SymmetricKey),
            Some(_) => Err(KeyFault::UnsupportedKeyType),
            None => Err(KeyFault::Malformed),
        }
    }

    /// The key that verifies, if this is one that may. A published secret is named before any
    /// other fault.
    pub(super) fn public_key(&self) -> Result<Key, KeyFault> {
        if self.text("kty")?.is_some_and(|kty| kty == "oct") {
            return Err(KeyFault::SymmetricKey);
        }
        if SECRET_MEMBERS.iter().any(|name| self.texts.contains_key(*name)) {
            return Err(KeyFault::PrivateKey);
        }
        let kid = self.kid()?;
        self.may("verify")?;
        let algorithm = self.algorithm()?;
        Key::new(kid, self.parameters()?, algorithm)
    }
}

struct Collected<'a> {
    texts: HashMap<String, &'a RawValue>,
    repeated: bool,
}

impl<'de> Deserialize<'de> for Collected<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Collected<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut collected = Collected { texts: HashMap::new(), repeated: false };
                while let Some((name, text)) = map.next_entry()? {
                    collected.repeated |= collected.texts.insert(name, text).is_some();
                }
                Ok(collected)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// A JSON string, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
