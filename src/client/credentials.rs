use crate::secret::Secret;

/// By which a client shows who it is.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    pub(super) id: Box<str>,
    pub(super) secret: Secret,
}

impl ClientCredentials {
    /// A client id with its secret. `Debug` does not show the secret.
    pub fn new(id: impl Into<Box<str>>, secret: Secret) -> Self {
        Self { id: id.into(), secret }
    }
}

/// How the credentials are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in the `Authorization` field, id and secret form-encoded first (RFC
    /// 6749 §2.3.1).
    #[default]
    Basic,
    /// `client_secret_post`: in the form.
    Post,
    /// In a JSON body with all other parameters, as Auth0's token endpoint takes it.
    Json,
}
