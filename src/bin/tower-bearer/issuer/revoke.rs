//! `tower-bearer issuer revoke`

use std::{
    io::{self, Read as _},
    time::{Duration, SystemTime},
};

use clap::{ArgGroup, Args};
use serde_json::json;
use tower_bearer::{
    issuer::{Revocation, RevocationError, TokenIssuer},
    time::{Clock as _, SystemClock, UnixTime},
};

use super::keys;
use crate::{
    config::ConfigFile,
    ui::{Failure, Format, Outcome, parse_duration},
};

/// The longest token that is read, in bytes.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// Takes tokens back, whether the issuer runs or not
///
/// It is done when the command ends, and survives a crash. A running issuer publishes it within a
/// second; an API that reads status lists refuses the tokens when it fetches the list next, after
/// `status_list_ttl` at the latest.
///
/// An account can get new tokens at once: remove or disable it first, or remove the secret that
/// has leaked. Tokens of a removed account or rule need no command.
///
/// Example:
///
///   tower-bearer issuer revoke --account outsourcer-a
///
///   tower-bearer issuer revoke --all --since 2h
///
///   tower-bearer issuer revoke - < token
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(group(ArgGroup::new("which").args(["token", "account", "all"]).required(true)))]
pub(super) struct Command {
    /// The token, or `-` to read it from standard input, so that it is not in the shell's history.
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// Takes back every token of this account (client id).
    #[arg(long, alias = "client", value_name = "KEY", allow_hyphen_values = true)]
    account: Option<String>,
    /// Takes back every token.
    #[arg(long)]
    all: bool,
    /// Leaves out tokens that were issued before this time: `2h` ago, a date as
    /// 2026-11-25T08:00:00Z, or seconds since 1970. It is precise to 10 minutes.
    #[arg(long, value_name = "TIME", value_parser = parse_time, conflicts_with = "token")]
    since: Option<UnixTime>,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if !config.settings.has_status_lists() {
            return Err(Failure::refused("the tokens of this issuer have no status").help(
                "set `status_lists = true`; tokens from before are valid until they expire",
            ));
        }
        let issuer = keys::open(file, &config)?;
        if let Some(token) = &self.token {
            return self.revoke_token(&issuer, token);
        }
        let (mut revocation, whose) = match &self.account {
            Some(key) => (Revocation::account(key), format!("the tokens of account {key}")),
            None => (Revocation::every_token(), "every token".to_owned()),
        };
        if let Some(since) = self.since {
            revocation = revocation.since(since);
        }
        let has_revoked = issuer.revoke(&revocation).map_err(|error| failed(&error))?;
        if let (false, Some(key)) = (has_revoked, &self.account)
            && config.account(key).is_none()
        {
            return Err(Failure::refused(format!(
                "there is neither an account nor a token of `{key}`"
            ))
            .help("see `tower-bearer issuer account list`"));
        }
        let text = if has_revoked {
            format!("took back {whose}")
        } else {
            "there was no token to take back".to_owned()
        };
        let since = self.since.map(UnixTime::as_secs);
        self.format
            .done(&text, &json!({"account": self.account, "since": since, "revoked": has_revoked}))
    }

    fn revoke_token(&self, issuer: &TokenIssuer, token: &str) -> Outcome {
        let token = if token == "-" { read_token()? } else { token.trim().to_owned() };
        let has_revoked = issuer.revoke_token(&token).map_err(|error| failed(&error))?;
        let text = if has_revoked {
            "took the token back"
        } else {
            "the token is not valid, or was taken back before"
        };
        self.format.done(text, &json!({"revoked": has_revoked}))
    }
}

fn read_token() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().take(MAX_TOKEN_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::unavailable(format!("standard input: {error}")))?;
    Ok(text.trim().to_owned())
}

/// Takes back what the present configuration does not grant.
pub(super) fn withdrawn(issuer: &TokenIssuer) -> Outcome {
    issuer.revoke_withdrawn().map(drop).map_err(|error| {
        failed(&error).help(
            "let the issuer write to that folder, or set `status_lists = false`: then no token can \
             be taken back",
        )
    })
}

fn failed(error: &RevocationError) -> Failure {
    if error.is_without_status() {
        return Failure::refused(error.to_string());
    }
    Failure::unavailable(format!("nothing is taken back for certain: {error}"))
}

/// Reads a time: how long ago, a date, or seconds since 1970.
fn parse_time(text: &str) -> Result<UnixTime, String> {
    if let Ok(ago) = parse_duration(text) {
        return Ok(SystemClock.now() - ago);
    }
    if let Ok(seconds) = text.parse() {
        return Ok(UnixTime::from_secs(seconds));
    }
    let date = humantime::parse_rfc3339_weak(text).ok();
    let since = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since: Duration| UnixTime::from_secs(since.as_secs())).ok_or_else(|| {
        format!("cannot be `{text}`: write 2h, 2026-11-25T08:00:00Z or seconds since 1970")
    })
}
