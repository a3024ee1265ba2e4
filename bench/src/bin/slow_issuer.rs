//! An issuer on loopback for scripts/slow.sh, on one thread. `CLIENT_ID` and `CLIENT_SECRET` are its
//! account.

use std::{env, error::Error};

use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer},
    secret::Secret,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::new(env::var("CLIENT_SECRET")?);
    let account = Account::new(env::var("CLIENT_ID")?).secret(&secret);
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::RS256)
        .application(Application::new("api").scopes("announce:read"))
        .account(account.allow("api", "announce:read"))
        .start()
        .await?;
    println!("listening on {}", issuer.url());
    std::future::pending().await
}
