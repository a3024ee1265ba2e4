use std::fmt;

/// The part of a configuration that a [`Problem`](super::Problem) is about.
///
/// `Display` prints the name of the setter or argument, such as `jwks_uri`, or an entry of an
/// issuer, such as ``account `outsourcer-a` ``. A program with its own configuration file can
/// locate the problem in it by the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// A setting of the whole configuration, named after its setter or argument.
    Name(Box<str>),
    /// An application of an issuer.
    #[non_exhaustive]
    Application {
        /// Its index in the order in which the applications were added, from 0.
        index: usize,
        /// Its id.
        id: Box<str>,
    },
    /// An account of an issuer.
    #[non_exhaustive]
    Account {
        /// Its key.
        key: Box<str>,
        /// The account's setter, if the problem is about one setting.
        member: Option<&'static str>,
    },
    /// The rules of an account for an application of an issuer.
    #[non_exhaustive]
    Rule {
        /// The key of the account.
        account: Box<str>,
        /// The application, by id or audience as the rule names it.
        application: Box<str>,
        /// The scope or the resource of one rule; all of the application's rules when absent.
        rule: Option<Box<str>>,
    },
    /// Another issuer that an issuer trusts for workloads.
    #[non_exhaustive]
    TrustedIssuer {
        /// Its index in the order in which they were added, from 0.
        index: usize,
        /// Its identifier.
        issuer: Box<str>,
        /// The index of its rule, from 0, if the problem is about one.
        rule: Option<usize>,
    },
}

impl From<&str> for Setting {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<String> for Setting {
    fn from(name: String) -> Self {
        Self::Name(name.into())
    }
}

/// Compares the setting's text.
impl PartialEq<str> for Setting {
    fn eq(&self, text: &str) -> bool {
        match self {
            Self::Name(name) => **name == *text,
            entry => *text == *format!("{entry}"),
        }
    }
}

impl PartialEq<&str> for Setting {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Application { id, .. } => write!(f, "application `{id}`"),
            Self::Account { key, member: Some(member) } => write!(f, "account `{key}`: {member}"),
            Self::Account { key: account, member: None } | Self::Rule { account, .. } => {
                write!(f, "account `{account}`")
            }
            Self::TrustedIssuer { issuer, rule: None, .. } => {
                write!(f, "trusted issuer `{issuer}`")
            }
            Self::TrustedIssuer { issuer, rule: Some(index), .. } => {
                write!(f, "trusted issuer `{issuer}`: rule {}", index + 1)
            }
        }
    }
}
