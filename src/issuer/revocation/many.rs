//! Many tokens at a time.

use std::{collections::HashMap, sync::Arc, thread, time::Duration};

use super::{Assigned, RecordedGrant, Wanted};
use crate::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer},
    secret::Secret,
};

const THREADS: usize = 4;
const OF_A_THREAD: usize = 250_000;

#[test]
fn a_million_tokens_of_four_threads_have_a_million_statuses() {
    let scopes = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let account = Account::new("many").secret(&Secret::generate().unwrap());
    let issuer = TokenIssuer::builder("https://issuer.example".parse().unwrap())
        .algorithm(Algorithm::ES256)
        .application(Application::new("display"))
        .account(account.allow("display", scopes.join(" ")))
        .build()
        .unwrap();
    let shared = Arc::clone(&issuer.shared);
    let known = shared.configuration().registry.account("many").unwrap();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (shared, credentials) = (Arc::clone(&shared), known.credentials.clone());
            thread::spawn(move || {
                let wanted = scopes.map(|scope| {
                    let grant = RecordedGrant {
                        account: "many".to_owned(),
                        applications: vec!["display".to_owned()],
                        scope: scope.to_owned(),
                        credentials: credentials.clone(),
                    };
                    Wanted::new(grant, Duration::from_secs(3_600), shared.now())
                });
                let status = |number: usize| {
                    let wanted = &wanted[number % wanted.len()];
                    if let Some(status) = shared.revocations.take(wanted, || true) {
                        return status;
                    }
                    let in_use = || shared.configuration();
                    match shared.revocations.assign(wanted, in_use, str::to_owned).unwrap() {
                        Assigned::Status(status) => status,
                        Assigned::NotGranted => panic!("it is granted"),
                    }
                };
                (0..OF_A_THREAD).map(status).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut lists: HashMap<Arc<str>, Vec<bool>> = HashMap::new();
    for status in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
        let given = lists.entry(status.uri).or_insert_with(|| vec![false; 1 << 23]);
        let is_given = &mut given[status.index as usize];
        assert!(!*is_given, "{} was given twice", status.index);
        *is_given = true;
    }
    assert!(lists.len() <= 4, "{} lists", lists.len());
}
