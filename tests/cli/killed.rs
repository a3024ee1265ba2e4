//! Commands that are killed while they write (SIGKILL): each file is whole, the old or the new one.
//!
//! `TOWER_BEARER_KILLS` says how often each command is killed; `scripts/kill9.sh` asks for 200.

use std::{
    env, fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::folder::Folder;

/// How often each command is killed unless the environment says otherwise.
const KILLS: u32 = 4;

const CONFIG: &str = "issuer.toml";
const KEYS: &str = "issuer.state/keys.json";
/// The files in the making, which only a command that was killed leaves behind.
const LEFT: [&str; 2] = [".issuer.toml.new", "issuer.state/.keys.json.new"];

type Check = fn(&Files) -> bool;

/// The commands that write, each with how the files show that it has. `KID` is the key that signs.
const CASES: [(&str, Check); 15] = [
    ("app add maps --audience urn:maps", |files| files.count("application") == 2),
    ("app remove display", |files| files.count("application") == 0),
    ("resource add display revenue", |files| files.config.contains("revenue = []")),
    ("resource remove display announce create", |files| !files.config.contains("\"create\"")),
    ("account add outsourcer-b", |files| files.count("account") == 2),
    ("account remove outsourcer-a", |files| files.count("account") == 0),
    ("account secret add outsourcer-a", |files| files.config.matches("sha256:").count() == 2),
    ("account disable outsourcer-a display", |files| files.config.contains("disabled = [")),
    ("rule add outsourcer-a display announce", |files| files.count("rule") == 2),
    ("rule remove outsourcer-a display announce:*:read", |files| files.count("rule") == 0),
    ("rotate", |files| files.keys["announced"]["signs_from"].is_number()),
    ("rotate --announce", |files| files.keys["announced"].is_object()),
    ("rotate --now", |files| files.keys["retired"][0].is_object()),
    ("rotate --withdraw KID", |files| files.keys["active"]["kid"] != files.kid.as_str()),
    ("init", |files| files.config.contains("[answers]")),
];

/// The files of an issuer.
#[derive(Clone, Debug, PartialEq)]
struct Files {
    /// Nothing when there is no file.
    config: String,
    keys: Value,
    /// The key that signed before the command.
    kid: String,
}

impl Files {
    /// Reads the files; keys that are cut off fail here.
    fn of(folder: &Folder, kid: &str) -> Self {
        let read = |name| fs::read_to_string(folder.path(name)).unwrap_or_default();
        let (config, keys) = (read(CONFIG), read(KEYS));
        Self { config, keys: serde_json::from_str(&keys).unwrap(), kid: kid.to_owned() }
    }

    fn count(&self, name: &str) -> usize {
        self.config.matches(&format!("\n[[{name}]]\n")).count()
    }

    /// Brings the files back to what they were.
    fn restore(&self, folder: &Folder) {
        if self.config.is_empty() {
            let _ = fs::remove_file(folder.path(CONFIG));
        } else {
            folder.write(CONFIG, &self.config);
        }
        // The file keeps its permissions.
        folder.write(KEYS, &format!("{:#}\n", self.keys));
        for name in LEFT {
            let _ = fs::remove_file(folder.path(name));
        }
    }
}

#[test]
fn a_command_that_is_killed_leaves_each_file_old_or_new() {
    let kills = env::var("TOWER_BEARER_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    for (words, is_new) in CASES {
        let (folder, _) = Folder::with_issuer();
        folder.done("issuer rotate --announce");
        let mut keys: Value = serde_json::from_str(&folder.read(KEYS)).unwrap();
        keys.as_object_mut().unwrap().remove("announced");
        let kid = keys["active"]["kid"].as_str().unwrap().to_owned();
        let config = if words == "init" { String::new() } else { folder.read(CONFIG) };
        let before = Files { config, keys, kid };
        let words = format!("issuer {}", words.replace("KID", &before.kid));

        before.restore(&folder);
        let begun = Instant::now();
        folder.done(&words);
        let whole = begun.elapsed();
        assert!(is_new(&Files::of(&folder, &before.kid)), "{words}");

        let (mut old, mut new, mut torn) = (0, 0, 0);
        for kill in 0..kills {
            before.restore(&folder);
            let mut command = folder.command(&words);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // The one wait for time among these tests: it spreads the kills over the command.
            thread::sleep(whole * kill / kills.max(1) * 5 / 4);
            child.kill().unwrap();
            child.wait().unwrap();
            torn += u32::from(LEFT.iter().any(|name| folder.path(name).exists()));
            let after = Files::of(&folder, &before.kid);
            if after == before {
                old += 1;
            } else {
                assert!(is_new(&after), "{words}, kill {kill}: {after:?}");
                // Both files together are an issuer's.
                folder.done("issuer keys");
                new += 1;
            }
        }
        // What a killed command has left is in nobody's way.
        before.restore(&folder);
        LEFT.iter().for_each(|name| folder.write(name, "[[rule"));
        folder.done(&words);
        assert!(is_new(&Files::of(&folder, &before.kid)), "{words}");
        eprintln!(
            "{words:60} {kills} kills in {} ms: {old} old, {new} new, {torn} while it wrote",
            Duration::as_millis(&whole)
        );
    }
}
