//! The commands that change a configuration, and what they leave as it is.

use crate::folder::{Folder, ISSUER};

#[test]
fn a_story_from_an_empty_folder_writes_a_file_that_people_can_read() {
    let folder = Folder::new();
    folder.done("issuer init --issuer https://issuer.example --listen 127.0.0.1:9000");
    insta::assert_snapshot!("starter", folder.read("issuer.toml"));
    folder.done("issuer app add display --audience https://display.example --scopes a:*:b");
    folder.done("issuer resource add display announce create read");
    folder.done("issuer resource add display revenue");
    folder.done("issuer resource add display announce update read");
    folder.done("issuer account add outsourcer-a --lifetime 600s --metadata roles=[\"a\",1]");
    folder.done("issuer rule add outsourcer-a display announce:*:read revenue");
    folder.done("issuer rule add outsourcer-a display --deny --resource announce --identifier 17");
    let text = folder.read("issuer.toml");
    let (_, entries) = text.split_once("nothing = \"refuse\"\n").unwrap();
    insta::assert_snapshot!("entries", hashes_hidden(entries));
    let mut lists = String::new();
    for words in ["app list", "resource list", "account list", "rule list", "check"] {
        let list = folder.done(&format!("issuer {words}"));
        lists.push_str(&format!("$ tower-bearer issuer {words}\n{list}"));
    }
    insta::assert_snapshot!("lists", lists);
}

fn hashes_hidden(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("sha256:") {
        Some((before, _)) => format!("{before}sha256:...\"]\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Everything that `add` made is taken away again by `remove`: the same bytes are left.
#[test]
fn removing_what_was_added_leaves_the_file_as_it_was() {
    let folder = Folder::new();
    let hand_written = format!(
        "{ISSUER}
# Our partners; ask Anna before you change this.

# The screen in the hall.
[[application]]
id   = 'display' # odd spacing is kept

[[application]]
id = \"maps\"

  [[account]]   # indented
  key = \"auditor\"
  secret_hashes = [
    \"sha256:71As9DfCJm1P1SH0YAZ25Q:GO7vpsmKGEQmsHQjm6JXDmpZsZ8RfiB-jPBD8nGzSes\", # 2026
  ]

[[rule]]
account = \"auditor\"
application = \"display\"
scopes = [\"*\"]
# The end.
"
    );
    folder.write("issuer.toml", &hand_written);
    for (add, remove) in [
        ("app add news --name News", "app remove news"),
        ("resource add maps tile read", "resource remove maps tile"),
        ("account add outsourcer-a", "account remove outsourcer-a"),
        ("account secret add auditor", "account secret remove auditor --newest"),
        ("account disable auditor maps", "account enable auditor maps"),
        ("rule add auditor maps tile:*:read", "rule remove auditor maps tile:*:read"),
        (
            "rule add auditor maps --deny --resource tile --operations read,write",
            "rule remove auditor maps --deny --resource tile --operations read,write",
        ),
    ] {
        folder.done(&format!("issuer {add}"));
        assert_ne!(folder.read("issuer.toml"), hand_written, "{add}");
        folder.done(&format!("issuer {remove}"));
        assert_eq!(folder.read("issuer.toml"), hand_written, "{remove}");
    }
}

#[test]
fn a_file_with_the_line_ends_of_windows_keeps_them() {
    let folder = Folder::new();
    folder.write("issuer.toml", &ISSUER.replace('\n', "\r\n"));
    folder.done("issuer app add display");
    let file = folder.read("issuer.toml");
    assert_eq!(file.matches("\r\n").count(), file.matches('\n').count(), "{file:?}");
    assert!(file.ends_with("\r\n[[application]]\r\nid = \"display\"\r\n"), "{file:?}");
}

/// What nobody can change without changing how it is written is left to who wrote it so.
#[test]
fn entries_in_one_line_are_left_to_their_writer() {
    let folder = Folder::new();
    let text = format!("{ISSUER}application = [{{ id = \"display\" }}]\n");
    folder.write("issuer.toml", &text);
    folder.done("issuer check");
    let said = folder.refused(1, "issuer app add maps");
    assert!(
        said.contains("next: write each as a table that begins with [[application]]"),
        "{said}"
    );
    assert_eq!(folder.read("issuer.toml"), text);
}

#[test]
fn what_is_removed_takes_its_own_comment_and_leaves_the_others() {
    let folder = Folder::new();
    let text = format!(
        "{ISSUER}
# Applications, by floor.

# The ground floor.
[[application]]
id = \"display\"

# The first floor.
[[application]]
id = \"maps\"
"
    );
    folder.write("issuer.toml", &text);
    folder.done("issuer app remove display");
    let left = folder.read("issuer.toml");
    assert!(left.contains("# Applications, by floor."), "{left}");
    assert!(!left.contains("# The ground floor."), "{left}");
    assert!(left.contains("# The first floor.\n[[application]]\nid = \"maps\""), "{left}");
    folder.done("issuer app remove maps");
    let left = folder.read("issuer.toml");
    assert!(left.contains("# Applications, by floor."), "{left}");
    assert!(!left.contains("floor.\n[["), "{left}");
}

#[test]
fn an_application_goes_with_its_rules_and_an_account_with_its_own() {
    let (folder, _) = Folder::with_issuer();
    folder.done("issuer app add maps --audience urn:maps");
    folder.add_account("outsourcer-b");
    folder.done("issuer rule add outsourcer-b urn:maps tile:*:read");
    folder.done("issuer rule add outsourcer-b display announce:*:read");
    folder.done("issuer account disable outsourcer-a urn:maps");
    assert_eq!(
        folder.done("issuer app remove maps"),
        "removed application maps and 1 rule about it\n"
    );
    assert_eq!(
        folder.done("issuer account remove outsourcer-b"),
        "removed account outsourcer-b and 1 rule about it\n"
    );
    let rules = folder.done("issuer rule list");
    assert_eq!(rules.lines().count(), 2, "{rules}");
}

/// The file is replaced, and stays who and what it was.
#[cfg(unix)]
#[test]
fn a_changed_file_keeps_its_permissions_and_a_link_stays_a_link() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let (folder, _) = Folder::with_issuer();
    fs::set_permissions(folder.path("issuer.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::rename(folder.path("issuer.toml"), folder.path("real.toml")).unwrap();
    std::os::unix::fs::symlink("real.toml", folder.path("issuer.toml")).unwrap();
    folder.done("issuer app add maps");
    assert!(fs::symlink_metadata(folder.path("issuer.toml")).unwrap().is_symlink());
    let mode = fs::metadata(folder.path("real.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(folder.read("real.toml").contains("maps"));

    let fresh = Folder::new();
    fresh.done("issuer init");
    let mode = |file| fs::metadata(fresh.path(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("issuer.toml"), mode("issuer.state")), (0o600, 0o700));
}

/// Each of many commands at once has its way: none overwrites what another one wrote.
#[test]
fn commands_at_the_same_time_wait_for_each_other() {
    let (folder, _) = Folder::with_issuer();
    let words = |n: usize| format!("issuer rule add outsourcer-a display announce:{n}:create");
    let running: Vec<_> = (0..12).map(|n| folder.command(&words(n)).spawn().unwrap()).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(folder.done("issuer rule list").lines().count(), 1 + 1 + 12);
}
