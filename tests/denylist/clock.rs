use super::*;

#[tokio::test]
async fn a_clock_that_is_ahead_for_a_moment_brings_no_denied_token_back() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    let (denied, twin) = (mint.sign(), mint.clone().claim("jti", "2").sign());
    api.deny(Denied::token_id("1"), NOW + HOUR);
    api.clock.set(NOW + 24 * HOUR);
    api.deny(Denied::token_id("3"), NOW + 25 * HOUR);
    assert_eq!(api.server.denylist().snapshot().len(), 1, "the first entry has ended");
    api.clock.set(NOW);
    assert_eq!(api.server.denylist().snapshot().len(), 2);
    assert_eq!([api.get(&denied).await, api.get(&twin).await], [401, 200]);
}
