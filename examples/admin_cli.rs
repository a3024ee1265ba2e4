//! A command-line tool for administrators. It has an account of its own, requests for each command
//! only the scopes that the command needs, and says in plain words when they are not granted.

use axum::{
    Json, Router,
    extract::Path,
    routing::{delete, get},
};
use caller::Caller;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{Outcome, expect};
use tower_bearer::{
    RequireScope,
    issuer::{Account, Application, Credentials, RunningIssuer, TokenIssuer},
};

#[path = "story/caller.rs"]
mod caller;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:user-directory";
/// The exit codes of the tool.
const DONE: u8 = 0;
const DENIED: u8 = 1;
const USAGE: u8 = 2;

/// The API behind the tool.
async fn directory(issuer: &RunningIssuer) -> Outcome<String> {
    async fn list(_: RequireScope!["user:read"]) -> Json<Value> {
        Json(json!(["ada", "grace", "mallory"]))
    }
    async fn remove(
        _: RequireScope!["user:{name}:delete"],
        Path(name): Path<String>,
    ) -> Json<Value> {
        Json(json!({"deleted": name}))
    }
    let api = caller::guard(issuer, AUDIENCE)?.problem_details().build()?;
    let app = Router::new().route("/users", get(list)).route("/users/{name}", delete(remove));
    stage::serve(app.layer(api.layer())).await
}

/// The tool: its account, and where it calls.
struct Admin<'a> {
    issuer: &'a RunningIssuer,
    account: Credentials,
    directory: &'a str,
}

impl Admin<'_> {
    /// Runs one command line, and returns the exit code.
    async fn run(&self, line: &str) -> Outcome<u8> {
        println!("[{}] $ admin {line}", self.account.client_id);
        let words: Vec<&str> = line.split(' ').collect();
        let (method, path, scope) = match words.as_slice() {
            ["users"] => (Method::GET, "/users".to_owned(), "user:read".to_owned()),
            ["delete", name] => {
                (Method::DELETE, format!("/users/{name}"), format!("user:{name}:delete"))
            }
            _ => {
                println!("  usage: admin users | admin delete NAME");
                return Ok(USAGE);
            }
        };
        let account = self.account.clone();
        let caller = Caller::new(self.issuer, account, Some(&scope), self.directory)?;
        match caller.tokens.token().await {
            Ok(token) => println!("  a token for {} alone", token.scope()),
            Err(denied) => {
                println!("  denied: {denied}");
                return Ok(DENIED);
            }
        }
        let answer = caller.call(method, &path, &Value::Null, StatusCode::OK).await?;
        println!("  {answer}");
        Ok(DONE)
    }
}

#[tokio::main]
async fn main() -> Outcome {
    println!("Support may look, operators may do everything but touch Ada.");
    let issuer = TokenIssuer::on_loopback()
        .application(
            Application::new("directory").audience(AUDIENCE).resource("user", ["read", "delete"]),
        )
        .start()
        .await?;
    let directory = directory(&issuer).await?;
    let support = Account::new("support").allow("directory", "user:*:read");
    let operator =
        Account::new("operator").allow("directory", "user").deny("directory", "user:ada:delete");
    let [support, operator] = [issuer.create_account(support)?, issuer.create_account(operator)?]
        .map(|account| Admin { issuer: &issuer, account, directory: &directory });

    for (admin, line, code) in [
        (&support, "users", DONE),
        (&support, "delete mallory", DENIED),
        (&operator, "delete mallory", DONE),
        (&operator, "delete ada", DENIED),
        (&operator, "drop everything", USAGE),
    ] {
        expect(line, &admin.run(line).await?, &code)?;
    }
    Ok(())
}
