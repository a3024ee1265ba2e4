//! Backend to backend: two services ship their logs to a store. Each may write only its own log.
//! The store learns from the token, not from the request's content, which service sent the lines.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use caller::Caller;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{Outcome, expect};
use tower_bearer::{
    RequireScope,
    issuer::{Account, Application, TokenIssuer},
};

#[path = "story/caller.rs"]
mod caller;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:log-store";

/// The lines in order of arrival: the service, and the text.
type Store = Arc<Mutex<Vec<(String, String)>>>;

async fn append(
    RequireScope(token): RequireScope!["logs:{service}:write"],
    Path(service): Path<String>,
    State(store): State<Store>,
    Json(lines): Json<Vec<String>>,
) -> (StatusCode, Json<Value>) {
    let who = token.client_id().unwrap_or("nobody");
    println!("    the store files {} lines of {who} under {service}", lines.len());
    let count = lines.len();
    let mut store = store.lock().expect("no panic while the lock is held");
    store.extend(lines.into_iter().map(|line| (who.to_owned(), line)));
    (StatusCode::CREATED, Json(json!({"stored": count})))
}

#[tokio::main]
async fn main() -> Outcome {
    println!("The issuer knows the log store, and two services that may each write their own log.");
    let issuer = TokenIssuer::on_loopback()
        .application(
            Application::new("log-store").audience(AUDIENCE).resource("logs", ["write", "read"]),
        )
        .start()
        .await?;
    let account = |name: &str| {
        let account = Account::new(name).allow("log-store", format!("logs:{name}:write"));
        issuer.create_account(account)
    };
    let (checkout, billing) = (account("checkout")?, account("billing")?);

    let store = Store::default();
    let api = caller::guard(&issuer, AUDIENCE)?.build()?;
    let app = Router::new()
        .route("/logs/{service}", post(append))
        .layer(api.layer())
        .with_state(store.clone());
    let url = stage::serve(app).await?;
    let checkout = Caller::new(&issuer, checkout, None, &url)?;
    let billing = Caller::new(&issuer, billing, None, &url)?;

    println!("Each ships what it has, batch by batch, with one token for all batches.");
    let lines = json!(["order 1 paid", "order 2 paid"]);
    let first = checkout.tokens.token().await?;
    for _ in 0..3 {
        checkout.call(Method::POST, "/logs/checkout", &lines, StatusCode::CREATED).await?;
    }
    let last = checkout.tokens.token().await?;
    expect("one token for all", &Arc::ptr_eq(&first, &last), &true)?;
    let invoice = json!(["invoice 1 sent"]);
    billing.call(Method::POST, "/logs/billing", &invoice, StatusCode::CREATED).await?;

    println!("Neither can write into the log of the other.");
    let forged = json!(["order 3 paid"]);
    billing.call(Method::POST, "/logs/checkout", &forged, StatusCode::FORBIDDEN).await?;

    println!("The issuer changes its key in between; nobody notices.");
    issuer.rotate()?;
    checkout.tokens.invalidate(&last);
    checkout.call(Method::POST, "/logs/checkout", &lines, StatusCode::CREATED).await?;
    billing.call(Method::POST, "/logs/billing", &invoice, StatusCode::CREATED).await?;

    let stored = store.lock().expect("no panic while the lock is held");
    let of = |name: &str| stored.iter().filter(|(who, _)| who == name).count();
    println!("Stored: {} lines of checkout, {} of billing.", of("checkout"), of("billing"));
    expect("the lines stored", &(of("checkout"), of("billing")), &(8, 2))
}
