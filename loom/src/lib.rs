//! Models of what `src/trust` and `src/denylist` do without a lock. Each has a mutant, a feature that breaks one step,
//! by which the model must fail; `scripts/loom.sh` runs both. ARCHITECTURE.md says why the source itself
//! is not compiled under loom.
#![cfg(test)]

use std::collections::HashSet;

use loom::{
    model,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// `Resolver::forget`: the state is retired before the map without it is published, so that a
/// request which resolves the issuer anew admits nothing from the cache by the old state.
#[test]
fn a_request_that_misses_an_issuer_in_the_map_finds_its_cache_entries_retired() {
    const WITH_ISSUER: usize = 0;
    const WITHOUT: usize = 1;
    let publish =
        if cfg!(feature = "publish-relaxed") { Ordering::Relaxed } else { Ordering::Release };
    model(move || {
        let map = Arc::new(AtomicUsize::new(WITH_ISSUER));
        let retired = Arc::new(AtomicBool::new(false));
        let forget = {
            let (map, retired) = (map.clone(), retired.clone());
            thread::spawn(move || {
                if cfg!(feature = "publish-before-retire") {
                    map.store(WITHOUT, publish);
                    retired.store(true, Ordering::Release);
                } else {
                    // The flag alone orders nothing here; publishing does.
                    retired.store(true, Ordering::Relaxed);
                    map.store(WITHOUT, publish);
                }
            })
        };
        if map.load(Ordering::Acquire) == WITHOUT {
            assert!(retired.load(Ordering::Relaxed), "an entry of the old state is valid");
        }
        forget.join().unwrap();
    });
}

/// `Authenticator::proceed` and `Denylist::still_admits`: a token that is denied while it is verified
/// is not admitted from the cache once `deny` has returned.
#[test]
fn a_token_that_is_denied_while_it_is_verified_is_looked_up_again() {
    model(|| {
        let generation = Arc::new(AtomicU64::new(0));
        let denied = Arc::new(Mutex::new(false));
        let deny = {
            let (generation, denied) = (generation.clone(), denied.clone());
            thread::spawn(move || {
                let mut denied = denied.lock().unwrap();
                *denied = true;
                generation.fetch_add(1, Ordering::Release);
            })
        };
        let is_denied = || *denied.lock().unwrap();
        let (checked, found) = if cfg!(feature = "denylist-read-late") {
            let found = is_denied();
            (generation.load(Ordering::Acquire), found)
        } else {
            (generation.load(Ordering::Acquire), is_denied())
        };
        deny.join().unwrap();
        let is_cached = !found;
        let is_current = checked == generation.load(Ordering::Acquire);
        assert!(!(is_cached && is_current), "the token is admitted from the cache");
    });
}

/// `Tagger::tag`: no two tags have one nonce.
#[test]
fn a_nonce_is_used_once() {
    model(|| {
        let next = Arc::new(AtomicU64::new(0));
        let take = |next: &AtomicU64| {
            if cfg!(feature = "nonce-load-store") {
                let nonce = next.load(Ordering::Relaxed);
                next.store(nonce + 1, Ordering::Relaxed);
                nonce
            } else {
                next.fetch_add(1, Ordering::Relaxed)
            }
        };
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let next = next.clone();
                thread::spawn(move || take(&next))
            })
            .collect();
        let mut nonces: HashSet<u64> = threads.into_iter().map(|it| it.join().unwrap()).collect();
        nonces.insert(take(&next));
        assert_eq!(nonces.len(), 3);
    });
}

/// `RefusalLog::due`: of refusals at the same time one writes the line, and the others are counted.
#[test]
fn one_refusal_writes_the_line_of_a_minute_and_the_others_are_counted() {
    model(|| {
        let (began, left_out) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (began, left_out) = (began.clone(), left_out.clone());
                thread::spawn(move || {
                    let seen = began.load(Ordering::Relaxed);
                    let opens = seen == 0
                        && if cfg!(feature = "window-load-store") {
                            began.store(1, Ordering::Relaxed);
                            true
                        } else {
                            began
                                .compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed)
                                .is_ok()
                        };
                    if !opens {
                        left_out.fetch_add(1, Ordering::Relaxed);
                    }
                    u64::from(opens)
                })
            })
            .collect();
        let lines: u64 = threads.into_iter().map(|it| it.join().unwrap()).sum();
        assert_eq!((lines, left_out.load(Ordering::Relaxed)), (1, 1));
    });
}
