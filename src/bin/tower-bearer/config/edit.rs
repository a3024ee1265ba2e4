//! Edits the entries of the file, and leaves everything around them as it is.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use crate::ui::Failure;

/// The tables under `[[name]]`; the array is created if it is missing.
pub(crate) fn tables<'d>(
    document: &'d mut DocumentMut,
    name: &str,
) -> Result<&'d mut ArrayOfTables, Failure> {
    let item = document.entry(name).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    item.as_array_of_tables_mut().ok_or_else(|| {
        // A list in one line is left to its writer.
        Failure::refused(format!("`{name}` is not a list of [[{name}]] tables"))
            .help(format!("write each as a table that begins with [[{name}]]"))
    })
}

/// The first table with this value.
pub(crate) fn find<'d>(
    tables: &'d mut ArrayOfTables,
    member: &str,
    text: &str,
) -> Option<&'d mut Table> {
    tables.iter_mut().find(|table| has(table, member, text))
}

/// Returns true if a table's member has this value.
pub(crate) fn has(table: &Table, member: &str, text: &str) -> bool {
    table.get(member).and_then(Item::as_str) == Some(text)
}

/// Removes the tables that match, and returns their number.
pub(crate) fn remove(
    document: &mut DocumentMut,
    name: &str,
    matches: impl Fn(&Table) -> bool,
) -> Result<usize, Failure> {
    if !document.contains_key(name) {
        return Ok(0);
    }
    let found: Vec<_> = tables(document, name)?.iter().map(matches).collect();
    let places = found.iter().enumerate().filter(|(_, found)| **found).map(|(place, _)| place);
    // From the end, so that the places before stay what they are.
    for place in places.clone().rev() {
        remove_at(document, name, place)?;
    }
    Ok(places.count())
}

/// Removes a table with the comment right before it. A comment that is followed by an empty line
/// stays.
pub(crate) fn remove_at(
    document: &mut DocumentMut,
    name: &str,
    place: usize,
) -> Result<(), Failure> {
    let tables = tables(document, name)?;
    let prefix = tables.get(place).and_then(|table| table.decor().prefix()?.as_str());
    let kept = prefix.and_then(|prefix| Some(prefix.rsplit_once("\n\n")?.0.to_owned()));
    tables.remove(place);
    let Some(kept) = kept.filter(|text| text.contains('#')) else {
        if tables.is_empty() {
            document.remove(name);
        }
        return Ok(());
    };
    if let Some(next) = tables.get_mut(place) {
        let own = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let prefix = format!("{kept}\n{own}");
        next.decor_mut().set_prefix(prefix);
    } else {
        if tables.is_empty() {
            document.remove(name);
        }
        let own = document.trailing().as_str().unwrap_or_default();
        let trailing = format!("{kept}\n{own}");
        document.set_trailing(trailing);
    }
    Ok(())
}

/// Appends a table, with an empty line before it.
pub(crate) fn append(
    document: &mut DocumentMut,
    name: &str,
    mut table: Table,
) -> Result<(), Failure> {
    table.decor_mut().set_prefix("\n");
    tables(document, name)?.push(table);
    Ok(())
}

/// The list of strings under a name; it is created if it is missing.
pub(crate) fn list<'d>(table: &'d mut Table, name: &str) -> Result<&'d mut Array, Failure> {
    let item = table.entry(name).or_insert_with(|| Item::Value(Array::new().into()));
    item.as_array_mut()
        .ok_or_else(|| Failure::refused(format!("`{name}` is not a list of strings")))
}

/// Removes a string from a list. Returns false if the list does not have it.
pub(crate) fn take(list: &mut Array, text: &str) -> bool {
    let before = list.len();
    list.retain(|item| item.as_str() != Some(text));
    list.len() < before
}

/// A list of strings.
pub(crate) fn texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Item {
    Item::Value(texts.into_iter().map(|text| Value::from(text.as_ref())).collect::<Array>().into())
}
