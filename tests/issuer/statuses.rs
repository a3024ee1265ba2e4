//! Status lists: what an issuer has taken back, as an API reads it.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use serde_json::Value;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, KeyStore, Profile, Revocation, TokenIssuer, TokenIssuerBuilder},
    status::{StatusBits, StatusList},
    time::UnixTime,
};

use super::{
    client::{Answer, NOW, SECRET, basic, by_basic, display, outsourcer_a, secret},
    tokens::{header, payload, verified},
};
use crate::support::ManualClock;

pub(super) fn outsourcer_b() -> Account {
    Account::new("outsourcer-b").secret(&secret()).allow("display", "announce:*:read revenue:*")
}

pub(super) async fn token_of(issuer: &TokenIssuer, account: &str) -> String {
    by_basic(account, SECRET).of(issuer).await.member("access_token")
}

/// The index of a token's status, and the address of the list.
pub(super) fn place(token: &str) -> (u64, String) {
    let list = &payload(token)["status"]["status_list"];
    (list["idx"].as_u64().unwrap(), list["uri"].as_str().unwrap().to_owned())
}

/// The list at an address, as it is served.
pub(super) async fn fetch(issuer: &TokenIssuer, uri: &str) -> Answer {
    let path = uri.strip_prefix("https://issuer.example").unwrap();
    basic().without_header("authorization").by("GET").at(path).of(issuer).await
}

/// The claims of a list whose signature is the issuer's.
async fn claims(issuer: &TokenIssuer, uri: &str) -> Value {
    let answer = fetch(issuer, uri).await;
    assert_eq!(answer.status, 200);
    let token = std::str::from_utf8(&answer.body).unwrap();
    assert_eq!(header(token)["typ"], "statuslist+jwt");
    verified(issuer, token).expect("the issuer's signature").into()
}

async fn statuses(issuer: &TokenIssuer, uri: &str) -> StatusList {
    let claims = claims(issuer, uri).await;
    let lst = claims["status_list"]["lst"].as_str().unwrap();
    StatusList::decode(StatusBits::One, lst, 1 << 20).unwrap()
}

/// What an API finds for a token: false if the token was taken back.
pub(super) async fn is_valid(issuer: &TokenIssuer, token: &str) -> bool {
    let (index, uri) = place(token);
    match statuses(issuer, &uri).await.get(index) {
        Some(status) => status == 0,
        None => panic!("the list ends before {index}"),
    }
}

/// A directory of its own, gone with the test.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stored(folder: &Scratch, clock: &ManualClock) -> TokenIssuerBuilder {
    let store = KeyStore::new(folder.path().join("keys"));
    display().account(outsourcer_b()).clock(clock.clone()).key_store(store)
}

#[tokio::test]
async fn a_token_names_its_status_in_a_list_that_the_issuer_signs() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let (index, uri) = place(&token);
    assert!(uri.starts_with("https://issuer.example/status-lists/"), "{uri}");

    let answer = fetch(&issuer, &uri).await;
    assert_eq!(answer.header(CONTENT_TYPE), "application/statuslist+jwt");
    assert_eq!(answer.header(CACHE_CONTROL), "public, max-age=1");
    let claims = claims(&issuer, &uri).await;
    assert_eq!(claims["sub"], uri);
    assert_eq!(claims["iss"], "https://issuer.example");
    assert_eq!(claims["iat"], NOW.as_secs());
    assert_eq!(claims["exp"], NOW.as_secs() + 24 * 60 * 60);
    assert_eq!(claims["ttl"], 60);
    assert_eq!(claims["status_list"]["bits"], 1);
    let list = statuses(&issuer, &uri).await;
    assert_eq!(list.get(index), Some(0));
    assert_eq!(list.len(), 1 << 17, "indices that are given later are in it");

    assert_eq!(fetch(&issuer, "https://issuer.example/status-lists/other").await.status, 404);
    assert_eq!(fetch(&issuer, "https://issuer.example/status-lists/").await.status, 404);
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let path = place(&token).1.split_off("https://issuer.example".len());
    let etag = fetch(&issuer, &place(&token).1).await.header(ETAG).to_owned();
    let ask = |tag: String| {
        let asked = basic().without_header("authorization").by("GET").at(&path);
        asked.header("if-none-match", tag)
    };
    for tag in [etag.clone(), format!("\"a\", W/{etag}"), "*".to_owned()] {
        let answer = ask(tag).of(&issuer).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0));
        assert_eq!(answer.header(ETAG), etag);
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(ask(etag.clone()).of(&issuer).await.status, 304, "signed again after hours");
    clock.advance(Duration::from_secs(6 * 60 * 60));
    let next = token_of(&issuer, "outsourcer-a").await;
    assert_ne!(place(&next).1, place(&token).1, "the tokens of another hour have another list");

    clock.set(NOW + Duration::from_secs(61));
    assert!(issuer.revoke_token(&token).unwrap());
    let changed = ask(etag).of(&issuer).await;
    assert_eq!(changed.status, 200);
    assert!(!is_valid(&issuer, &token).await);
}

#[tokio::test]
async fn lists_end_with_their_tokens() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let (_, uri) = place(&token);
    clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(fetch(&issuer, &uri).await.status, 200);
    clock.advance(Duration::from_secs(60 * 60 + 5 * 60 + 1));
    assert_eq!(fetch(&issuer, &uri).await.status, 404);
}

#[tokio::test]
async fn tokens_of_a_deleted_account_are_taken_back_and_no_others() {
    let clock = ManualClock::at(NOW);
    let issuer = display().account(outsourcer_b()).clock(clock.clone()).build().unwrap();
    let mut of_a = Vec::new();
    let mut of_b = Vec::new();
    for _ in 0..20 {
        of_a.push(token_of(&issuer, "outsourcer-a").await);
        of_b.push(token_of(&issuer, "outsourcer-b").await);
    }
    assert!(is_valid(&issuer, &of_a[0]).await);
    clock.advance(Duration::from_secs(1));
    assert!(issuer.delete_account("outsourcer-a").unwrap());
    for (a, b) in of_a.iter().zip(&of_b) {
        assert!(!is_valid(&issuer, a).await);
        assert!(is_valid(&issuer, b).await);
    }
}

#[tokio::test]
async fn no_two_tokens_share_a_status() {
    let issuer = display().account(outsourcer_b()).build().unwrap();
    let mut places = HashSet::new();
    for number in 0..1_000 {
        let account = if number % 3 == 0 { "outsourcer-a" } else { "outsourcer-b" };
        assert!(places.insert(place(&token_of(&issuer, account).await)));
    }
}

#[tokio::test]
async fn a_new_configuration_takes_back_what_it_does_not_grant() {
    let clock = ManualClock::at(NOW);
    let builder = || display().clock(clock.clone());
    let issuer = builder().account(outsourcer_b()).build().unwrap();
    let of = |scope: &'static str| {
        let issuer = &issuer;
        async move {
            let asked = by_basic("outsourcer-b", SECRET).with("scope", scope);
            asked.of(issuer).await.member("access_token")
        }
    };
    let (announce, revenue) = (of("announce:read").await, of("revenue:2019:read").await);
    let of_a = token_of(&issuer, "outsourcer-a").await;

    let narrower = outsourcer_b().deny("display", "revenue:2019:*");
    issuer.reconfigure(builder().account(narrower)).unwrap();
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &revenue).await, "a scope that a rule denies");
    assert!(is_valid(&issuer, &announce).await, "the same account's other scopes");
    assert!(is_valid(&issuer, &of_a).await);

    let disabled = outsourcer_b().disable("display");
    issuer.reconfigure(builder().account(disabled)).unwrap();
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &announce).await, "the application is disabled");
    assert!(is_valid(&issuer, &of_a).await);

    issuer.reconfigure(super::client::without_accounts().clock(clock.clone())).unwrap();
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &of_a).await, "the account is not in the configuration");
}

#[tokio::test]
async fn tokens_are_taken_back_by_command() {
    let clock = ManualClock::at(NOW);
    let issuer = display().account(outsourcer_b()).clock(clock.clone()).build().unwrap();
    let first = token_of(&issuer, "outsourcer-a").await;
    let of_b = token_of(&issuer, "outsourcer-b").await;
    clock.advance(Duration::from_secs(11 * 60));
    let since = clock_now(&clock);
    let second = token_of(&issuer, "outsourcer-a").await;
    assert!(issuer.revoke(&Revocation::account("outsourcer-a").since(since)).unwrap());
    clock.advance(Duration::from_secs(1));
    assert!(is_valid(&issuer, &first).await, "issued before");
    assert!(!is_valid(&issuer, &second).await);

    let third = token_of(&issuer, "outsourcer-a").await;
    assert!(is_valid(&issuer, &third).await, "the account is not deleted");
    assert!(issuer.revoke_token(&third).unwrap());
    assert!(!issuer.revoke_token(&third).unwrap(), "it was taken back before");
    assert!(!issuer.revoke_token("not a token").unwrap());
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &third).await);
    assert!(is_valid(&issuer, &of_b).await);
    assert!(issuer.revoke(&Revocation::every_token()).unwrap());
    assert!(!issuer.revoke(&Revocation::every_token()).unwrap());
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &first).await);
    assert!(!is_valid(&issuer, &of_b).await);
}

fn clock_now(clock: &ManualClock) -> UnixTime {
    tower_bearer::time::Clock::now(clock)
}

#[tokio::test]
async fn what_is_taken_back_survives_a_restart_and_no_index_is_given_again() {
    let folder = Scratch::new("statuses-restart");
    let clock = ManualClock::at(NOW);
    let mut places = HashSet::new();
    let mut valid = Vec::new();
    let mut taken_back = Vec::new();
    for run in 0..5 {
        let issuer = stored(&folder, &clock).build().unwrap();
        for _ in 0..10 {
            let token = token_of(&issuer, "outsourcer-b").await;
            assert!(places.insert(place(&token)), "given twice in run {run}");
            valid.push(token);
            let token = token_of(&issuer, "outsourcer-b").await;
            assert!(places.insert(place(&token)), "given twice in run {run}");
            assert!(issuer.revoke_token(&token).unwrap());
            taken_back.push(token);
        }
        clock.advance(Duration::from_secs(1));
        for (valid, taken_back) in valid.iter().zip(&taken_back) {
            assert!(is_valid(&issuer, valid).await, "in run {run}");
            assert!(!is_valid(&issuer, taken_back).await, "in run {run}");
        }
    }
    let issuer = stored(&folder, &clock).build().unwrap();
    assert!(issuer.delete_account("outsourcer-b").unwrap(), "tokens of earlier runs");
    clock.advance(Duration::from_secs(1));
    for token in &valid {
        assert!(!is_valid(&issuer, token).await);
    }
}

#[tokio::test]
async fn two_issuers_with_one_store_give_no_index_twice_and_see_each_others_revocations() {
    let folder = Scratch::new("statuses-shared");
    let clock = ManualClock::at(NOW);
    let [one, other] = [(); 2].map(|()| stored(&folder, &clock).build().unwrap());
    let mut places = HashSet::new();
    let mut tokens = Vec::new();
    for _ in 0..100 {
        for issuer in [&one, &other] {
            let token = token_of(issuer, "outsourcer-a").await;
            assert!(places.insert(place(&token)));
            tokens.push(token);
        }
    }
    for token in &tokens {
        assert!(is_valid(&one, token).await && is_valid(&other, token).await);
    }
    assert!(one.revoke_token(&tokens[1]).unwrap(), "a token of the other");
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&one, &tokens[1]).await);
    assert!(!is_valid(&other, &tokens[1]).await);
    assert!(other.delete_account("outsourcer-a").unwrap());
    clock.advance(Duration::from_secs(1));
    for token in &tokens {
        assert!(!is_valid(&one, token).await);
    }
}

#[tokio::test]
async fn a_change_has_a_later_iat_than_every_list_that_another_issuer_signed_without_it() {
    let folder = Scratch::new("settling");
    let clock = ManualClock::at(NOW);
    let one = stored(&folder, &clock).build().unwrap();
    let other = stored(&folder, &clock).build().unwrap();
    let token = token_of(&one, "outsourcer-a").await;
    let (_, uri) = place(&token);
    let of_other = claims(&other, &uri).await;
    assert!(one.revoke_token(&token).unwrap());
    let at_once = claims(&one, &uri).await;
    assert_eq!(at_once["iat"], of_other["iat"], "signed in one second");
    assert_ne!(at_once["status_list"], of_other["status_list"]);

    clock.advance(Duration::from_secs(3));
    let settled = claims(&one, &uri).await;
    assert!(settled["iat"].as_u64() > of_other["iat"].as_u64());
    assert_eq!(settled["status_list"], at_once["status_list"]);
    clock.advance(Duration::from_secs(60));
    assert_eq!(claims(&one, &uri).await["iat"], settled["iat"], "signed a second time, not more");
}

#[tokio::test]
async fn an_issuer_that_keeps_nothing_has_another_list_after_each_start() {
    let lists = [display().build().unwrap(), display().build().unwrap()];
    let mut uris = Vec::new();
    for issuer in &lists {
        uris.push(place(&token_of(issuer, "outsourcer-a").await));
    }
    assert_eq!(uris[0].0, uris[1].0, "both begin with the same index");
    assert_ne!(uris[0].1, uris[1].1);
    assert_eq!(fetch(&lists[1], &uris[0].1).await.status, 404);
}

#[tokio::test]
async fn the_other_profiles_have_a_status_when_it_is_switched_on() {
    for profile in [Profile::Auth0, Profile::Authing] {
        let issuer = || {
            let builder = TokenIssuer::builder("https://issuer.example/".parse().unwrap());
            let application = tower_bearer::issuer::Application::new("display");
            builder
                .algorithm(Algorithm::ES256)
                .profile(profile)
                .application(application)
                .account(outsourcer_a())
        };
        let off = issuer().build().unwrap();
        assert_eq!(payload(&token_of(&off, "outsourcer-a").await).get("status"), None);
        let on = issuer().status_lists(true).build().unwrap();
        let token = token_of(&on, "outsourcer-a").await;
        assert!(is_valid(&on, &token).await);
    }
    let off = display().status_lists(false).build().unwrap();
    let token = token_of(&off, "outsourcer-a").await;
    assert_eq!(payload(&token).get("status"), None);
    assert!(off.revoke_token(&token).unwrap_err().is_without_status());
}

#[test]
fn the_time_for_which_a_list_is_kept_is_checked() {
    for wrong in [Duration::ZERO, Duration::from_millis(1_500), Duration::from_secs(3_601)] {
        let error = display().status_list_ttl(wrong).build().unwrap_err();
        assert!(error.to_string().contains("status_list_ttl"), "{error}");
    }
    assert!(display().status_list_ttl(Duration::from_secs(3_600)).build().is_ok());
}

/// Each list is signed by the key that signs now, also when the last one was compromised.
#[tokio::test]
async fn a_list_is_signed_again_when_another_key_signs() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let (_, uri) = place(&token_of(&issuer, "outsourcer-a").await);
    claims(&issuer, &uri).await;
    let withdrawn = issuer.kid();
    assert!(issuer.withdraw_key(&withdrawn).unwrap());
    claims(&issuer, &uri).await;
}

#[tokio::test]
async fn a_token_after_a_revocation_by_another_issuer_is_valid() {
    let folder = Scratch::new("statuses-after");
    let clock = ManualClock::at(NOW);
    let [one, other] = [(); 2].map(|()| stored(&folder, &clock).build().unwrap());
    let first = token_of(&one, "outsourcer-a").await;
    assert!(other.revoke(&Revocation::account("outsourcer-a")).unwrap());
    one.reload_revocations().unwrap();
    let second = token_of(&one, "outsourcer-a").await;
    clock.advance(Duration::from_secs(1));
    for issuer in [&one, &other] {
        assert!(!is_valid(issuer, &first).await);
        assert!(is_valid(issuer, &second).await);
    }
}

#[tokio::test]
async fn a_credential_that_is_removed_takes_its_tokens_with_it() {
    let clock = ManualClock::at(NOW);
    let next = tower_bearer::secret::Secret::generate().unwrap();
    let issuer = display().clock(clock.clone()).build().unwrap();
    let configure = |account: Account| {
        let without = super::client::without_accounts().clock(clock.clone());
        issuer.reconfigure(without.account(account)).unwrap();
        clock.advance(Duration::from_secs(1));
    };
    let token = token_of(&issuer, "outsourcer-a").await;
    configure(outsourcer_a());
    assert!(is_valid(&issuer, &token).await, "the secret is the same, under another salt");
    configure(outsourcer_a().secret(&next));
    assert!(is_valid(&issuer, &token).await, "the account has it, and a new one");
    configure(Account::new("outsourcer-a").secret(&next).allow("display", "announce:*:read"));
    assert!(!is_valid(&issuer, &token).await);
    let token = by_basic("outsourcer-a", next.expose()).of(&issuer).await.member("access_token");
    assert!(is_valid(&issuer, &token).await);
}
