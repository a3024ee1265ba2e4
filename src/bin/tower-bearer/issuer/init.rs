//! `tower-bearer issuer init`

use std::net::SocketAddr;

use clap::Args;

use crate::{
    config::ConfigFile,
    ui::{self, Outcome},
};

/// Writes a configuration to begin with, which explains itself.
///
/// Without `--issuer` the issuer is for this machine alone: its URL is plain http on the address
/// that it listens on. With `--issuer https://...` it stands behind a proxy that speaks TLS.
#[derive(Debug, Args)]
pub(super) struct Command {
    /// The issuer's URL: the `iss` of its tokens.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The address and port to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let loopback = self.issuer.is_none();
        let issuer = self.issuer.unwrap_or_else(|| format!("http://{}", self.listen));
        let text = STARTER
            .replace("{issuer}", &toml_edit::Value::from(issuer).to_string())
            .replace("{listen}", &self.listen.to_string())
            .replace("{loopback}", if loopback { LOOPBACK } else { "" });
        file.create(&text)?;
        let shown = file.path().display();
        ui::line(&format!(
            "wrote {shown}\nnext: tower-bearer issuer app add --help, then issuer serve"
        ))
    }
}

const LOOPBACK: &str = "
# Lets the URL above be plain http, on this machine alone.
allow_loopback_http = true
";

const STARTER: &str = r#"# A token issuer; run it with `tower-bearer issuer serve`.
# A running issuer takes changes of this file by itself, and reports those that it cannot take.

# What tokens are for. `tower-bearer issuer app` and `issuer resource` write such entries:
#
#   [[application]]
#   id = "display"
#   name = "Big screen display"
#   audience = "https://display.example"
#   scopes = ["dashboard:*:view"]
#
#   [application.resources]
#   announce = ["create", "read", "update", "delete"]
#
# Who may ask for tokens; `tower-bearer issuer account add` makes the secret and shows it once:
#
#   [[account]]
#   key = "outsourcer-a"
#   secret_hashes = ["sha256:..."]
#   lifetime = "10m"
#   quota = { requests_per_minute = 60, tokens_per_day = 1000 }
#   remark = "until the end of the year"
#   metadata = { roles = ["editor"] }
#   public_keys = ['{"kty":"EC", ...}']
#   disabled = ["display"]
#
# And for which scopes, as `tower-bearer issuer rule add` writes it, or in words:
#
#   [[rule]]
#   account = "outsourcer-a"
#   application = "display"
#   effect = "allow"
#   scopes = ["announce:*:read"]
#
#   [[rule]]
#   account = "outsourcer-a"
#   application = "display"
#   effect = "deny"
#   resource = "announce"
#   identifier = "17"
#   operations = ["read"]

# The URL that clients and APIs know the issuer by: the `iss` of its tokens, byte for byte.
issuer = {issuer}
{loopback}
# Where it listens, in plain http. Beyond this machine a proxy in front of it must speak TLS.
listen = "{listen}"

# How its tokens are signed: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA.
algorithm = "RS256"

# A new key signs after this long; it is published before, and the old one as long as tokens of it
# live. Leave it out to rotate by `tower-bearer issuer rotate` alone.
rotation = "30d"

# How long tokens live whose account does not say so itself: 1s to 30d. They cannot be taken back.
lifetime = "1h"

# The shape of the tokens: rfc9068, auth0 or authing.
profile = "rfc9068"

# The application, by id or audience, that a token is for when its request names none.
# default_application = "display"

# Clients that sign who they are (private_key_jwt) and name the token endpoint instead of the issuer.
# legacy_assertion_audience = true

# What each account may ask for that has no quota of its own; all that is left out is unlimited.
# [quota]
# requests_per_minute = 600
# tokens_per_hour = 1000
# tokens_per_day = 10000

[answers]
# A request that is granted in part: `reject` names the rest in rejected_scope, `narrow` grants
# also the allowed part of an item, `refuse` answers invalid_scope.
excess = "reject"
# A request without scope: `everything` that the rules allow, or `refuse`.
unscoped = "everything"
# A request of which nothing is granted: `refuse`, or an `empty-token`.
nothing = "refuse"
"#;
