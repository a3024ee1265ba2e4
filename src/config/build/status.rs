use http::Uri;

use super::{
    super::value::Value,
    fields::{count, text, time, words},
};
use crate::status::{StatusCheck, StatusOutage};

/// Makes the check of an issuer's statuses; `None` if a setting that it needs is wrong.
pub(super) fn status_check(table: &Value) -> Option<StatusCheck> {
    let outage = time(table, "admit_for").map_or(StatusOutage::Refuse, StatusOutage::AdmitFor);
    let mut check = match text(table, "mode")? {
        "require" => StatusCheck::require(outage),
        _ => StatusCheck::if_present(outage),
    };
    if let Some(origins) = words(table, "origins") {
        let origins: Vec<Uri> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
        check = check.origins(origins);
    }
    if let Some(most) = count(table, "max_lists") {
        check = check.max_lists(most);
    }
    if let Some(most) = count(table, "max_list_bytes") {
        check = check.max_list_bytes(most);
    }
    if let Some(most) = count(table, "max_inflated_bytes") {
        check = check.max_inflated_bytes(most);
    }
    if let Some(wait) = time(table, "max_wait") {
        check = check.max_wait(wait);
    }
    if let Some(timeout) = time(table, "fetch_timeout") {
        check = check.fetch_timeout(timeout);
    }
    Some(check)
}
