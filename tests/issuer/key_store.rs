//! Keys that outlive the process, and change by the clock.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tower_bearer::{
    algorithm::Algorithm,
    issuer::{KeyStore, PUBLISH_LEAD_TIME, PublishedKeyState, TokenIssuer},
    time::UnixTime,
};

use super::{
    client::{NOW, basic, display},
    keys::{get, kids},
    tokens::verified,
};
use crate::support::{ManualClock, until};

const HOUR: Duration = Duration::from_secs(3_600);

/// A directory of its own, gone with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keys-{name}"));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn store(&self) -> KeyStore {
        KeyStore::new(&self.0)
    }

    fn issuer(&self) -> TokenIssuer {
        display().key_store(self.store()).build().unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn keys_outlive_a_restart() {
    let directory = Directory::new("restart");
    let first = directory.issuer();
    let token = basic().of(&first).await.member("access_token");
    first.rotate().unwrap();
    first.schedule_rotation().unwrap();
    let published = first.published_keys();
    drop(first);

    let again = directory.issuer();
    assert_eq!(again.published_keys(), published);
    assert!(verified(&again, &token).is_some());
    let [active, announced, retired] = published.as_slice() else { panic!("{published:?}") };
    assert_eq!(active.state, PublishedKeyState::Signs);
    let signs_from = Some(NOW + PUBLISH_LEAD_TIME);
    assert_eq!(announced.state, PublishedKeyState::Announced { signs_from });
    assert!(matches!(retired.state, PublishedKeyState::Retired { .. }));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_keys() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new("mode");
    directory.issuer().rotate().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory.0), 0o700);
    assert_eq!(mode(&directory.store().path()), 0o600);

    fs::set_permissions(directory.store().path(), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = display().key_store(directory.store()).build().unwrap_err().to_string();
    assert!(refused.contains("chmod 600 "), "{refused}");
    fs::set_permissions(directory.store().path(), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(display().key_store(directory.store()).build().is_ok());
}

/// The issuer that serves must be able to read the keys after root has changed them.
#[cfg(unix)]
#[test]
fn keys_that_root_changes_stay_their_owners() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    const OWNER: u32 = 65_534;
    let directory = Directory::new("owner");
    let issuer = directory.issuer();
    let path = directory.store().path();
    let mut paths = [&directory.0, &path].into_iter();
    if paths.any(|path| chown(path, Some(OWNER), Some(OWNER)).is_err()) {
        return;
    }
    issuer.withdraw_key(&issuer.kid()).unwrap();
    let kept = fs::metadata(&path).unwrap();
    assert_eq!((kept.uid(), kept.gid()), (OWNER, OWNER));
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    assert_eq!(directory.issuer().kid(), issuer.kid());
}

/// Somebody who could put a file there must not choose the keys. Only root can run this test.
#[cfg(unix)]
#[test]
fn keys_of_another_user_are_refused() {
    use std::os::unix::fs::chown;

    const OTHER: u32 = 65_534;
    let directory = Directory::new("stranger");
    directory.issuer();
    let path = directory.store().path();
    if chown(&path, Some(OTHER), Some(OTHER)).is_err() {
        return;
    }
    let refused = display().key_store(directory.store()).build().unwrap_err().to_string();
    assert!(refused.contains("keys.json belongs to user 65534"), "{refused}");
    chown(&path, Some(0), Some(0)).unwrap();
    assert!(display().key_store(directory.store()).build().is_ok());
}

#[cfg(unix)]
#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new("shared");
    let issuer = directory.issuer();
    for (mode, refused) in [(0o777, true), (0o770, true), (0o1777, false), (0o755, false)] {
        fs::set_permissions(&directory.0, fs::Permissions::from_mode(mode)).unwrap();
        let built = display().key_store(directory.store()).build();
        assert_eq!(built.is_err(), refused, "{mode:o}: {built:?}");
        assert_eq!(issuer.rotate().is_err(), refused, "{mode:o}");
        if let Err(error) = built {
            assert!(error.to_string().contains("run `chmod go-w "), "{error}");
        }
    }
}

/// A stopped process may hold the lock for ever.
#[test]
fn reading_needs_no_lock() {
    let directory = Directory::new("locked");
    let issuer = directory.issuer();
    let command = directory.issuer();
    command.rotate().unwrap();
    let lock = fs::File::open(directory.0.join("keys.lock")).unwrap();
    fs4::FileExt::lock(&lock).unwrap();
    assert_eq!(directory.issuer().published_keys(), command.published_keys());
    issuer.reload_keys().unwrap();
    assert_eq!(issuer.published_keys(), command.published_keys());
    issuer.reconfigure(display()).unwrap();
}

/// On a read-only file system the lock file cannot be opened.
#[test]
fn keys_can_be_read_where_nothing_can_be_written() {
    let directory = Directory::new("read-only");
    let kid = directory.issuer().kid();
    let lock = directory.0.join("keys.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let issuer = directory.issuer();
    assert_eq!(issuer.kid(), kid);
    issuer.reload_keys().unwrap();
    let error = issuer.rotate().unwrap_err().to_string();
    assert!(error.contains("keys.lock cannot be locked"), "{error}");
    fs::remove_dir(&lock).unwrap();
    issuer.rotate().unwrap();
}

#[test]
fn a_file_that_holds_no_keys_is_left_alone_and_named() {
    let directory = Directory::new("malformed");
    directory.issuer();
    let path = directory.store().path();
    let good = fs::read(&path).unwrap();
    fs::write(&path, "{}").unwrap();
    let refused = display().key_store(directory.store()).build().unwrap_err().to_string();
    assert!(refused.contains("keys.json"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"{}");
    fs::write(&path, good).unwrap();
    assert!(display().key_store(directory.store()).build().is_ok());
}

/// What a killed process leaves beside the keys does no harm, however much of it was written.
#[test]
fn a_change_that_was_interrupted_leaves_the_old_keys() {
    let directory = Directory::new("interrupted");
    let issuer = directory.issuer();
    let text = fs::read(directory.store().path()).unwrap();
    for end in [0, 1, text.len() / 2, text.len()] {
        fs::write(directory.0.join(".keys.json.new"), &text[..end]).unwrap();
        assert_eq!(directory.issuer().published_keys(), issuer.published_keys());
    }
    directory.issuer().rotate().unwrap();
    assert_ne!(directory.issuer().kid(), issuer.kid());
    assert!(!directory.0.join(".keys.json.new").exists());
}

#[test]
fn after_a_failed_change_the_last_key_signs_on() {
    let directory = Directory::new("failing");
    let issuer = directory.issuer();
    let published = issuer.published_keys();
    fs::create_dir_all(directory.0.join(".keys.json.new/in-the-way")).unwrap();
    let error = issuer.rotate().unwrap_err();
    assert_eq!(error.to_string().matches("os error").count(), 1, "{error}");
    assert!(std::error::Error::source(&error).is_none(), "the text says it all: {error:?}");
    assert!(issuer.withdraw_key(&issuer.kid()).is_err());
    assert_eq!(issuer.published_keys(), published);
    fs::remove_dir_all(directory.0.join(".keys.json.new")).unwrap();
    issuer.rotate().unwrap();
    assert_ne!(issuer.published_keys(), published);
}

#[test]
fn a_change_by_another_process_is_taken_over() {
    let directory = Directory::new("another");
    let (running, command) = (directory.issuer(), directory.issuer());
    let first = running.kid();
    command.schedule_rotation().unwrap();
    assert_eq!(kids(&running), [first.as_str()], "until it looks");
    running.reload_keys().unwrap();
    assert_eq!(running.published_keys(), command.published_keys());

    command.withdraw_key(&first).unwrap();
    let third = command.kid();
    running.publish_key(key()).unwrap();
    assert!(!kids(&running).contains(&first), "a change begins with what the disk holds");
    assert_eq!(running.kid(), third);
    assert!(!kids(&directory.issuer()).contains(&first), "a withdrawal outlives a restart");
}

#[test]
fn t34_the_longest_lifetime_outlives_the_configuration_that_had_it() {
    let directory = Directory::new("lifetime");
    let clock = ManualClock::at(NOW);
    let issuer = || display().clock(clock.clone()).key_store(directory.store());
    let first = issuer().lifetime(24 * HOUR).build().unwrap();
    let kid = first.kid();
    first.reconfigure(display().lifetime(HOUR)).unwrap();
    drop(first);
    let again = issuer().lifetime(HOUR).build().unwrap();
    again.rotate().unwrap();
    clock.advance(24 * HOUR);
    assert!(kids(&again).contains(&kid), "a token of a day may be there still");
    clock.advance(HOUR);
    assert!(!kids(&again).contains(&kid));
}

#[test]
fn t34_on_a_schedule_a_key_is_published_ahead_of_its_first_use_and_kept_after_its_last() {
    let directory = Directory::new("schedule");
    let clock = ManualClock::at(NOW);
    let build = || {
        let issuer = display().clock(clock.clone()).key_store(directory.store());
        issuer.rotate_every(24 * HOUR).build().unwrap()
    };
    let issuer = build();
    let first = issuer.kid();
    let at = |time: UnixTime| {
        clock.set(time);
        issuer.rotate_if_due().unwrap();
        (issuer.kid(), kids(&issuer).len())
    };
    let change = NOW + 24 * HOUR;
    let minute = Duration::from_secs(60);
    assert_eq!(at(change - PUBLISH_LEAD_TIME - minute), (first.clone(), 1));
    assert_eq!(at(change - PUBLISH_LEAD_TIME), (first.clone(), 2), "published");
    let second = kids(&issuer).into_iter().find(|kid| *kid != first).unwrap();
    assert_eq!(at(change - minute), (first.clone(), 2));
    let token = issuer.token().sign().unwrap();
    assert_eq!(kids(&build()).len(), 2, "a restart in between changes nothing");
    assert_eq!(at(change), (second.clone(), 2), "it signs");
    assert_eq!(at(change + HOUR), (second.clone(), 2));
    assert!(verified(&issuer, &token).is_some());
    assert_eq!(at(change + HOUR + 2 * minute), (second, 1));
}

#[test]
fn t34_on_a_schedule_a_key_of_the_owners_takes_its_turn() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).rotate_every(24 * HOUR).build().unwrap();
    let own = key();
    issuer.publish_key(own.clone()).unwrap();
    clock.advance(24 * HOUR - Duration::from_secs(1));
    issuer.rotate_if_due().unwrap();
    assert_ne!(issuer.kid(), own.kid());
    assert_eq!(kids(&issuer).len(), 2, "and no other is announced");
    clock.advance(Duration::from_secs(1));
    issuer.rotate_if_due().unwrap();
    assert_eq!(issuer.kid(), own.kid());
}

#[tokio::test]
async fn t34_a_request_brings_about_what_is_due_and_does_not_wait_for_it() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).rotate_every(HOUR).build().unwrap();
    let first = issuer.kid();
    clock.advance(100 * HOUR);
    assert_eq!(get(&issuer, "/.well-known/jwks.json").await.status, 200);
    until(|| kids(&issuer).len() == 2).await;
    assert_eq!(issuer.kid(), first, "announced late, it waits all the same");
    clock.advance(PUBLISH_LEAD_TIME);
    assert_eq!(basic().of(&issuer).await.status, 200);
    until(|| issuer.kid() != first).await;
}

fn key() -> tower_bearer::key::SigningKey {
    tower_bearer::key::SigningKey::generate(Algorithm::EdDSA).unwrap()
}
