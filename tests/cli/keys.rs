//! The keys beside a configuration.

use serde_json::Value;

use crate::folder::Folder;

/// Each key's `kid` and what it is for, in the order of the list.
fn keys(folder: &Folder) -> Vec<(String, String)> {
    let list: Value = serde_json::from_str(&folder.done("issuer keys --json")).unwrap();
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|key| (text(key, "kid"), text(key, "state"))).collect()
}

fn states(folder: &Folder) -> Vec<String> {
    keys(folder).into_iter().map(|(_, state)| state).collect()
}

#[test]
fn t34_a_key_is_published_before_it_signs_and_after_it_has() {
    let (folder, _) = Folder::with_issuer();
    let said = folder.refused(1, "issuer keys");
    assert!(said.contains("issuer serve"), "{said}");
    folder.done("issuer rotate --announce");
    assert_eq!(states(&folder), ["signs", "announced"]);
    let announced = keys(&folder)[1].0.clone();
    folder.done("issuer rotate --now");
    assert_eq!(states(&folder), ["signs", "published until"]);
    assert_eq!(keys(&folder)[0].0, announced);
    folder.done("issuer rotate");
    assert_eq!(states(&folder), ["signs", "signs from", "published until"]);
    assert_eq!(keys(&folder)[0].0, announced, "the new key waits until it was read");
}

#[test]
fn a_withdrawn_key_is_published_no_more() {
    let (folder, _) = Folder::with_issuer();
    folder.done("issuer rotate --now");
    let [(signs, _), (signed, _)] = <[_; 2]>::try_from(keys(&folder)).unwrap();
    let said = folder.refused(1, "issuer rotate --withdraw nobody's");
    assert!(said.contains("no published key has the kid `nobody's`"), "{said}");
    folder.done(&format!("issuer rotate --withdraw {signed}"));
    assert_eq!(keys(&folder), [(signs.clone(), "signs".to_owned())]);
    folder.done(&format!("issuer rotate --withdraw {signs}"));
    let left = keys(&folder);
    assert!(left.iter().all(|(kid, _)| *kid != signs), "{left:?}");
    assert_eq!(left[0].1, "signs");
}

/// Private keys are their owner's alone, and no command shows them.
#[cfg(unix)]
#[test]
fn keys_on_the_disk_are_for_their_owner_alone() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let (folder, _) = Folder::with_issuer();
    let shown = folder.done("issuer rotate") + &folder.done("issuer keys --json");
    let path = folder.path("issuer.state/keys.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let private = folder.read("issuer.state/keys.json");
    assert!(private.contains("PRIVATE KEY") && !shown.contains("PRIVATE KEY"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let said = folder.refused(3, "issuer keys");
    assert!(said.contains("run `chmod 600 issuer.state/keys.json`"), "{said}");
}
