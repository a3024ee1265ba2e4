//! The names that the specification gives to types, claims and members.

/// The revision of the specification that the crate follows. Its formats have not changed since
/// revision 12.
pub const REVISION: &str = "draft-ietf-oauth-status-list-20";

/// The header's `typ` of a Status List Token.
pub const TOKEN_TYPE: &str = "statuslist+jwt";
/// The media type of a Status List Token.
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";
/// The claim of an access token that says where its status is.
pub(crate) const STATUS: &str = "status";
/// The member of `status`, and the claim of a Status List Token.
pub(super) const STATUS_LIST: &str = "status_list";
/// The number of bits of a status.
pub(super) const BITS: &str = "bits";
/// The compressed and encoded list.
pub(super) const LST: &str = "lst";
/// The index of a token's status in its list.
pub(super) const IDX: &str = "idx";
/// The address of a token's list.
pub(super) const URI: &str = "uri";
/// The status of a token that is valid.
pub(crate) const VALID: u8 = 0;
/// The number of seconds for which a list need not be fetched again.
pub(super) const TTL: &str = "ttl";
