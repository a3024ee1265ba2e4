//! Many threads at once: readers see either the set before a change or the one after it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_miss_a_kept_key_while_sets_are_swapped() {
    let kept = Mint::new();
    let rotating: Vec<_> = (0..4).map(|_| Mint::new()).collect();
    let api = Arc::new(Api::start(publish([&kept])).await);
    assert_eq!(api.get(&kept).await, ADMITTED);
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (api, stop, token) = (api.clone(), stop.clone(), kept.sign());
            tokio::spawn(async move {
                let mut reads = 0_u32;
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(api.send(&token).await, ADMITTED);
                    reads += 1;
                    tokio::task::yield_now().await;
                }
                reads
            })
        })
        .collect();
    for round in 0..200 {
        let new = &rotating[round % rotating.len()];
        api.keys.always(publish([&kept, new]));
        api.server.refresh_now().await.unwrap();
        assert_eq!(api.get(new).await, ADMITTED, "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    assert_eq!(api.generation(), 201);
}

/// Its key id was known to be missing, and many ask for it all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_was_missing_is_found_by_each_request_that_begins_after_its_publication() {
    let (kept, new) = (Mint::new(), Mint::new());
    for round in 0..20 {
        let api = Arc::new(Api::start(publish([&kept])).await);
        assert_eq!(api.get(&new).await, REFUSED);
        let asking: Vec<_> = (0..4)
            .map(|_| {
                let (api, token) = (api.clone(), new.sign());
                tokio::spawn(async move {
                    while api.send(&token).await == REFUSED {
                        tokio::task::yield_now().await;
                    }
                    for _ in 0..100 {
                        assert_eq!(api.send(&token).await, ADMITTED, "once found, never lost");
                    }
                })
            })
            .collect();
        api.keys.always(publish([&kept, &new]));
        api.server.refresh_now().await.unwrap();
        assert_eq!(api.get(&new).await, ADMITTED, "round {round}");
        for asking in asking {
            asking.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_that_begins_after_a_revocation_is_admitted_while_refreshes_race_it() {
    let kept = Mint::new();
    for _ in 0..20 {
        let stolen = Mint::new();
        let api = Arc::new(Api::start(publish([&kept, &stolen])).await);
        assert_eq!(api.get(&stolen).await, ADMITTED);
        let refreshing = tokio::spawn({
            let api = api.clone();
            async move {
                for _ in 0..5 {
                    api.server.refresh_now().await.unwrap();
                }
            }
        });
        api.server.revoke_kid(&Mint::issuer(), stolen.key().kid());
        while !refreshing.is_finished() {
            assert_eq!(api.get(&stolen).await, REFUSED);
            tokio::task::yield_now().await;
        }
        refreshing.await.unwrap();
        assert_eq!(api.get(&stolen).await, REFUSED);
        assert_eq!(api.get(&kept).await, ADMITTED);
    }
}
