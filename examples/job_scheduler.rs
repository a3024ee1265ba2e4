//! A scheduler that runs jobs for others. Rules at the issuer decide which client may schedule
//! which kind of job, and a hook of the issuer implements a freeze. The scheduler requires scopes,
//! and knows no clients.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Json, Router, extract::Path, routing::post};
use caller::Caller;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{Outcome, expect};
use tokio::sync::mpsc;
use tower_bearer::{
    RequireScope,
    client::TokenRequestErrorKind,
    issuer::{AccessDenied, Account, Application, TokenIssuer, TokenModifications},
};

#[path = "story/caller.rs"]
mod caller;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:scheduler";

/// A scheduled job: its kind, and the client that scheduled it.
type Job = (String, String);

fn scheduler(jobs: mpsc::Sender<Job>) -> Router {
    let schedule = async move |RequireScope(token): RequireScope!["job:{kind}:schedule"],
                               Path(kind): Path<String>| {
        let who = token.client_id().unwrap_or("nobody").to_owned();
        match jobs.send((kind.clone(), who)).await {
            Ok(()) => (StatusCode::ACCEPTED, Json(json!({"scheduled": kind}))),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null)),
        }
    };
    Router::new().route("/jobs/{kind}", post(schedule))
}

#[tokio::main]
async fn main() -> Outcome {
    println!("Reports may schedule reports; operations backups, too; the dashboard only looks.");
    let frozen = Arc::new(AtomicBool::new(false));
    let freeze = frozen.clone();
    let issuer = TokenIssuer::on_loopback()
        .application(
            Application::new("scheduler").audience(AUDIENCE).resource("job", ["schedule", "read"]),
        )
        .hook(move |_| {
            let frozen = freeze.load(Ordering::Relaxed);
            async move {
                let reason = "Access to this application has been temporarily revoked";
                if frozen { Err(AccessDenied::new(reason)) } else { Ok(TokenModifications::none()) }
            }
        })
        .start()
        .await?;
    let (send, mut jobs) = mpsc::channel(16);
    let api = caller::guard(&issuer, AUDIENCE)?.build()?;
    let url = stage::serve(scheduler(send).layer(api.layer())).await?;
    let caller = |account: Account| -> Outcome<Caller> {
        Caller::new(&issuer, issuer.create_account(account)?, None, &url)
    };
    let reports = caller(Account::new("reports").allow("scheduler", "job:report:schedule"))?;
    let operations = Account::new("operations")
        .allow("scheduler", "job:report:schedule job:backup:schedule job:*:read");
    let operations = caller(operations)?;
    let dashboard = caller(Account::new("dashboard").allow("scheduler", "job:*:read"))?;

    println!("Each tries.");
    let nothing = Value::Null;
    for (who, kind, expected) in [
        (&reports, "report", StatusCode::ACCEPTED),
        (&reports, "backup", StatusCode::FORBIDDEN),
        (&operations, "backup", StatusCode::ACCEPTED),
        (&operations, "report", StatusCode::ACCEPTED),
        (&operations, "payout", StatusCode::FORBIDDEN),
        (&dashboard, "report", StatusCode::FORBIDDEN),
    ] {
        who.call(Method::POST, &format!("/jobs/{kind}"), &nothing, expected).await?;
    }
    let http = reqwest::Client::builder().no_proxy().build()?;
    let anonymous = http.post(format!("{url}/jobs/report")).send().await?.status();
    println!("  somebody -> POST /jobs/report: {anonymous}");
    expect("without a token", &anonymous, &StatusCode::UNAUTHORIZED)?;

    println!("The night before a release everything is frozen: no new tokens.");
    frozen.store(true, Ordering::Relaxed);
    reports.tokens.invalidate(&reports.tokens.token().await?);
    let denied = reports.tokens.token().await.err();
    println!(
        "  reports -> the issuer: {}",
        denied.as_ref().map(ToString::to_string).unwrap_or_default()
    );
    let kind = denied.as_ref().map(|error| error.kind());
    expect("while frozen", &kind, &Some(&TokenRequestErrorKind::Denied))?;

    println!("What was scheduled runs.");
    let mut ran = Vec::new();
    while let Ok((kind, who)) = jobs.try_recv() {
        println!("  {kind} for {who}");
        ran.push(kind);
    }
    expect("the jobs that ran", ran.join(" ").as_str(), "report backup report")
}
