//! The journal's file, spoiled in every way that a crash can.

use std::{fs, path::PathBuf, time::Duration};

use super::{
    journal::{Durability, Journal},
    record::Record,
    recorded_grant::RecordedGrant,
    state::Span,
};
use crate::{issuer::keys::KeyStore, time::UnixTime};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("journal-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn journal(&self) -> Journal {
        Journal::new(Some(KeyStore::new(&self.0)))
    }

    fn file(&self) -> PathBuf {
        self.0.join("status.journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Assigns a block of 8 indices in the first list, and takes its first index back.
fn work(journal: &mut Journal, scope: &str) -> (u32, u32) {
    journal.begin(NOW).unwrap();
    let grant = RecordedGrant {
        account: "a".to_owned(),
        applications: Vec::new(),
        scope: scope.to_owned(),
        credentials: String::new(),
    };
    let assigned = journal.change(NOW, |state| {
        let planned = state.assign(&grant, Span::of(NOW + HOUR, HOUR), 8, NOW, "list".to_owned());
        Ok((planned.records, Durability::PowerCut, (planned.list, planned.block.start)))
    });
    let (list, first) = assigned.unwrap();
    let record = Record::Revoked { list, first, length: 1 };
    journal.change(NOW, |_| Ok((vec![record], Durability::PowerCut, ()))).unwrap();
    (list, first)
}

fn is_revoked(journal: &Journal, (list, index): (u32, u32)) -> bool {
    journal.state().lists[&list].is_revoked(index)
}

#[test]
fn a_line_that_is_cut_off_is_removed_and_nothing_else_is_lost() {
    let folder = Folder::new("torn");
    let first = work(&mut folder.journal(), "first");
    let whole = fs::read(folder.file()).unwrap();
    let last = whole.iter().rev().skip(1).position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in 1..=last {
        fs::write(folder.file(), &whole[..whole.len() - cut]).unwrap();
        let mut journal = folder.journal();
        journal.refresh().unwrap();
        assert!(!is_revoked(&journal, first), "it was not whole");
        let second = work(&mut journal, "second");
        assert!(second.1 >= 8, "cut by {cut}: {second:?}");
        let mut again = folder.journal();
        again.refresh().unwrap();
        assert!(is_revoked(&again, second), "cut by {cut}");
        assert!(!is_revoked(&again, (second.0, second.1 + 1)));
    }
}

#[test]
fn a_damaged_line_takes_back_what_it_may_have_been_about() {
    let folder = Folder::new("damaged");
    let first = work(&mut folder.journal(), "first");
    let text = fs::read_to_string(folder.file()).unwrap();
    let line = text.find("\"record\":\"block\"").unwrap();
    let mut spoiled = text.into_bytes();
    spoiled[line + 12] ^= 1;
    fs::write(folder.file(), &spoiled).unwrap();
    let mut journal = folder.journal();
    journal.refresh().unwrap();
    assert!(is_revoked(&journal, first), "the lines after it count");
    assert!(is_revoked(&journal, (first.0, first.1 + 1)), "nobody knows whose it is");
    let second = work(&mut journal, "second");
    assert_ne!(second.0, first.0, "another list");
    assert!(!is_revoked(&journal, (second.0, second.1 + 1)));
}

#[test]
fn a_journal_of_another_version_is_refused() {
    let folder = Folder::new("version");
    work(&mut folder.journal(), "first");
    let mut lines = Vec::new();
    Record::Journal { version: 2 }.write(&mut lines);
    fs::write(folder.file(), &lines).unwrap();
    let error = folder.journal().refresh().unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
}

#[test]
fn a_journal_that_was_removed_is_written_again() {
    let folder = Folder::new("removed");
    let mut journal = folder.journal();
    let first = work(&mut journal, "first");
    fs::remove_file(folder.file()).unwrap();
    let second = work(&mut journal, "second");
    let mut again = folder.journal();
    again.refresh().unwrap();
    assert!(is_revoked(&again, first) && is_revoked(&again, second));
}

/// Thousands of records of lists that have ended make room, for every process that reads them.
#[test]
fn the_journal_is_rewritten_without_the_lists_that_have_ended() {
    let folder = Folder::new("compacted");
    let (mut journal, mut other) = (folder.journal(), folder.journal());
    let first = work(&mut journal, "first");
    other.refresh().unwrap();
    let repeat = vec![Record::Revoked { list: first.0, first: first.1, length: 1 }; 5_000];
    journal.change(NOW, |_| Ok((repeat, Durability::Process, ()))).unwrap();
    let long = fs::metadata(folder.file()).unwrap().len();
    let later = NOW + HOUR;
    let second = {
        let grant = RecordedGrant {
            account: "b".to_owned(),
            applications: Vec::new(),
            scope: String::new(),
            credentials: String::new(),
        };
        let span = Span::of(later + HOUR, HOUR);
        let assigned = journal.change(later, |state| {
            let planned = state.assign(&grant, span, 8, later, "later".to_owned());
            Ok((planned.records, Durability::PowerCut, (planned.list, planned.block.start)))
        });
        assigned.unwrap()
    };
    let short = fs::metadata(folder.file()).unwrap().len();
    assert!(short < long / 100, "{long} bytes became {short}");
    other.refresh().unwrap();
    for journal in [&journal, &other] {
        assert!(is_revoked(journal, first), "it has not ended");
        assert!(journal.state().lists.contains_key(&second.0));
    }
}
