use tower_bearer::denylist::MAX_DENIALS;

use super::*;

fn entries(count: usize) -> impl Iterator<Item = Denial> {
    (0..count).map(|n| Denial::new(Mint::issuer(), Denied::token_id(format!("{n}")), NOW + HOUR))
}

#[tokio::test]
async fn a_full_list_is_an_error_and_what_is_on_it_stays_denied() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    let list = api.server.denylist();
    list.apply(entries(MAX_DENIALS)).unwrap();
    assert_eq!(list.snapshot().len(), MAX_DENIALS);
    let token = |id: usize| mint.clone().claim("jti", id.to_string()).sign();
    let (last, next) = (token(MAX_DENIALS - 1), token(MAX_DENIALS));
    assert_eq!([api.get(&last).await, api.get(&next).await], [401, 200]);

    let error = list.apply(entries(MAX_DENIALS + 2)).unwrap_err();
    assert_eq!(error.left_out(), 2);
    assert!(error.to_string().contains("2 were left out; deny clients or subjects"), "{error}");
    assert_eq!([api.get(&last).await, api.get(&next).await], [401, 200]);

    api.clock.advance(HOUR);
    let until = NOW + 2 * HOUR;
    api.deny(Denied::token_id(MAX_DENIALS.to_string()), until);
    assert_eq!(list.snapshot().len(), 1, "the entries that ended made room");
}
