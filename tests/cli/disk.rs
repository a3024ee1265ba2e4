//! Locks that are stuck, and disks that cannot be written.

use std::{fs, process::Stdio};

use crate::{
    folder::{Folder, ISSUER, Run},
    serve::Serving,
};

/// Locks the keys as a stopped command does.
fn lock_keys(folder: &Folder) -> fs::File {
    fs::create_dir_all(folder.path("issuer.state")).unwrap();
    let path = folder.path("issuer.state/keys.lock");
    let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
    fs4::FileExt::lock(&lock).unwrap();
    lock
}

/// An account is removed and a key withdrawn while another process holds the lock of the keys.
#[test]
fn l2_a_stuck_lock_holds_up_no_change_of_the_configuration_or_the_keys() {
    let (folder, _) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let keys = fs::read(folder.path("issuer.state/keys.json")).unwrap();
    folder.done("issuer rotate --now");
    let rotated = fs::read(folder.path("issuer.state/keys.json")).unwrap();
    serving.wait_for("signing keys loaded");
    assert_ne!(keys, rotated);
    let _lock = lock_keys(&folder);
    fs::write(folder.path("issuer.state/keys.json"), keys).unwrap();
    serving.wait_for("signing keys loaded");
    folder.done("issuer account remove outsourcer-a");
    serving.wait_for("accounts=0");
    let (status, _) = serving.end("-TERM");
    assert!(status.success(), "{status}");
}

/// Nothing listens yet: the first key cannot be stored.
#[cfg(target_os = "linux")]
#[test]
fn l2_sigterm_ends_a_server_that_waits_for_the_lock() {
    let folder = Folder::new();
    folder.write("issuer.toml", ISSUER);
    let _lock = lock_keys(&folder);
    for signal in ["-TERM", "-INT"] {
        let mut command = folder.command("issuer serve");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let descriptors = format!("/proc/{}/fd", child.id());
        let waits = || {
            let links = fs::read_dir(&descriptors).unwrap().flatten();
            links.flat_map(|link| fs::read_link(link.path())).any(|to| to.ends_with("keys.lock"))
        };
        while !waits() {
            assert!(child.try_wait().unwrap().is_none(), "it ends by itself");
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        assert!(
            std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success()
        );
        assert!(child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn l2_a_command_gives_up_on_a_stuck_lock_and_says_why() {
    let (folder, _) = Folder::with_issuer();
    folder.done("issuer rotate --now");
    let lock = lock_keys(&folder);
    folder.done("issuer keys");
    let said = folder.refused(3, "issuer rotate");
    assert!(said.contains("keys.lock has been locked by another process for 10 s"), "{said}");
    drop(lock);
    folder.done("issuer rotate");
}

/// On a read-only disk the lock file cannot be opened.
#[test]
fn l11_keys_can_be_listed_and_served_where_nothing_can_be_written() {
    let (folder, _) = Folder::with_issuer();
    folder.done("issuer rotate --now");
    fs::remove_file(folder.path("issuer.state/keys.lock")).unwrap();
    fs::create_dir(folder.path("issuer.state/keys.lock")).unwrap();
    folder.done("issuer keys");
    let serving = Serving::start(&folder);
    assert_eq!(serving.status("/.well-known/jwks.json"), 200);
    let said = folder.refused(3, "issuer rotate");
    assert_eq!(said.matches("os error").count(), 1, "the error is printed once: {said}");
}

#[test]
fn l11_malformed_keys_are_not_blamed_on_the_disk() {
    let (folder, _) = Folder::with_issuer();
    folder.done("issuer rotate --now");
    folder.write("issuer.state/keys.json", "{}");
    let said = folder.refused(3, "issuer keys");
    assert!(said.contains("does not hold keys of this version: restore a backup"), "{said}");
    assert!(!said.contains("written"), "{said}");
}

/// A scheduled rotation that cannot be written is tried again with pauses that grow.
#[test]
fn l10_a_rotation_that_cannot_be_written_pauses() {
    let (folder, _) = Folder::with_issuer();
    folder.write(
        "issuer.toml",
        &folder.read("issuer.toml").replace("\n\n[[app", "\nrotation = \"1h\"\n\n[[app"),
    );
    folder.done("issuer rotate --now");
    let keys = folder.read("issuer.state/keys.json");
    let mut keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    keys["active"]["signs_since"] = 1_600_000_000.into();
    folder.write("issuer.state/keys.json", &keys.to_string());
    fs::create_dir_all(folder.path("issuer.state/.keys.json.new/in-the-way")).unwrap();
    let mut serving = Serving::start(&folder);
    for _ in 0..3 {
        serving.wait_for("the signing key was not rotated");
    }
    let begun = std::time::Instant::now();
    serving.wait_for("the signing key was not rotated");
    assert!(begun.elapsed() > std::time::Duration::from_secs(1), "the fourth attempt comes late");
    fs::remove_dir_all(folder.path("issuer.state/.keys.json.new")).unwrap();
    serving.signal("-HUP");
    serving.wait_for("the next signing key is published");
}

#[test]
fn l8_keys_in_a_directory_that_others_can_write_to_are_refused() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let (folder, _) = Folder::with_issuer();
        folder.done("issuer rotate --now");
        let state = folder.path("issuer.state");
        fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
        for words in ["issuer keys", "issuer serve", "issuer rotate"] {
            let said = Run::of(&folder.command(words).output().unwrap());
            assert_eq!(said.code, Some(3), "{said:?}");
            assert!(said.err.contains("run `chmod go-w issuer.state`"), "{said:?}");
        }
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
        folder.done("issuer keys");
    }
}
