/// An address that is wanted of an issuer's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataMember {
    /// `jwks_uri`
    JwksUri,
    /// `token_endpoint`
    TokenEndpoint,
    /// `introspection_endpoint` (RFC 7662)
    IntrospectionEndpoint,
    /// `revocation_endpoint` (RFC 7009)
    RevocationEndpoint,
}

impl MetadataMember {
    /// The name of the member.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JwksUri => "jwks_uri",
            Self::TokenEndpoint => "token_endpoint",
            Self::IntrospectionEndpoint => "introspection_endpoint",
            Self::RevocationEndpoint => "revocation_endpoint",
        }
    }
}
