use super::*;

#[tokio::test]
async fn r19_unreachable_keys_answer_503_with_retry_after() {
    let mint = Mint::new();
    let api = Api::start(Reply::Close).await;
    assert!(unavailable(api.get(&mint).await));
    let fetches = api.keys.count();
    for _ in 0..20 {
        assert!(unavailable(api.get(&mint).await), "backing off");
    }
    assert_eq!(api.keys.count(), fetches, "no fetch while backing off");
    assert_eq!(api.state(), KeysState::Empty);
    assert!(api.readiness().last_error.is_some());
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.readiness().last_error, None);
}

#[tokio::test]
async fn a_server_that_dies_after_warm_up_is_not_missed_for_an_hour() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    api.server.warm_up().await.unwrap();
    api.keys.always(Reply::Close);
    let mut passed = Duration::ZERO;
    while passed < 64 * MINUTE {
        assert_eq!(api.get(&mint).await, ADMITTED, "after {passed:?}");
        let step = Duration::from_secs(20);
        api.clock.advance(step);
        passed += step;
    }
    api.clock.advance(2 * MINUTE);
    assert!(unavailable(api.get(&mint).await), "the set is too old");
    assert_eq!(api.state(), KeysState::Expired);
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED, "within one back-off of its return");
    assert_eq!(api.state(), KeysState::Fresh);
}

#[tokio::test]
async fn an_outage_is_survived_as_long_as_configured_from_nothing_to_a_day() {
    let mint = Mint::new();
    for hours in [0, 1, 24] {
        let stale = Duration::from_secs(hours * 3_600);
        let api = Api::with(publish([&mint]), |keys| keys.stale_if_error(stale)).await;
        assert_eq!(api.get(&mint).await, ADMITTED);
        api.keys.always(Reply::status(500));
        api.clock.advance(5 * MINUTE + stale - Duration::from_millis(1));
        assert_eq!(api.get(&mint).await, ADMITTED, "{hours} h");
        api.clock.advance(Duration::from_millis(1));
        assert!(unavailable(api.get(&mint).await), "{hours} h");
        assert_eq!(api.state(), KeysState::Expired);
        api.keys.always(publish([&mint]));
        api.clock.advance(MINUTE);
        assert_eq!(api.get(&mint).await, ADMITTED);
    }
}

#[tokio::test]
async fn an_outage_of_59_minutes_refuses_nobody() {
    let mint = Mint::new();
    let token = mint.clone().claim("exp", 9_000_000_000_u64).sign();
    let api = Api::start(publish([&mint])).await;
    api.server.warm_up().await.unwrap();
    api.keys.always(Reply::Close);
    for second in 0..59 * 60 {
        assert_eq!(api.send(&token).await, ADMITTED, "after {second} s");
        api.clock.advance(Duration::from_secs(1));
    }
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.send(&token).await, ADMITTED);
    until(|| api.state() == KeysState::Fresh).await;
}

#[test]
fn without_a_runtime_a_request_is_503_at_once() {
    let mint = Mint::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let api = runtime.block_on(Api::start(publish([&mint])));
    let poll = || {
        let request = std::pin::pin!(api.get(&mint));
        request.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    };
    assert_eq!(poll().map(unavailable), std::task::Poll::Ready(true));
    assert!(api.readiness().last_error.unwrap().contains("runtime"));
    api.clock.advance(MINUTE);
    assert_eq!(runtime.block_on(api.get(&mint)), ADMITTED);
    assert_eq!(poll(), std::task::Poll::Ready(ADMITTED), "what is there needs none");
}

#[tokio::test]
async fn a_server_that_hangs_costs_the_first_request_two_seconds_and_the_stale_ones_once() {
    let mint = Mint::new();
    let api = Api::start(Reply::Hang).await;
    let begun = tokio::time::Instant::now();
    assert!(unavailable(api.get(&mint).await));
    assert!(begun.elapsed() < Duration::from_secs(4));

    let api = Api::start(publish([&mint])).await;
    api.server.warm_up().await.unwrap();
    api.keys.always(Reply::Hang);
    api.clock.advance(STALE);
    assert_eq!(api.get(&mint).await, ADMITTED, "after it has waited");
    let begun = tokio::time::Instant::now();
    for _ in 0..50 {
        assert_eq!(api.get(&mint).await, ADMITTED);
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody else waits");
    assert_eq!(api.keys.count(), 2);
}

#[tokio::test]
async fn an_answer_of_one_byte_a_second_is_given_up() {
    let mint = Mint::new();
    let api = Api::start(Reply::Drip).await;
    assert!(unavailable(api.get(&mint).await), "after two seconds");
    until(|| api.readiness().last_error.is_some()).await;
    let error = api.readiness().last_error.unwrap();
    assert!(error.contains("within 5 seconds"), "{error}");
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
}

#[tokio::test]
async fn a_known_key_never_waits_while_its_set_is_fresh_or_due() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&mint]))));
    api.clock.advance(DUE);
    assert_eq!(api.state(), KeysState::Due);
    for _ in 0..10 {
        assert_eq!(api.get(&mint).await, ADMITTED);
    }
    until(|| api.keys.count() == 2).await;
    api.keys.release();
    until(|| api.state() == KeysState::Fresh).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.count(), 2, "one refresh");
    assert_eq!(api.generation(), 1, "nothing changed");
}

#[tokio::test]
async fn an_idle_issuer_is_not_polled_and_the_next_request_waits_for_the_refresh() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.clock.advance(40 * MINUTE);
    assert_eq!(api.keys.count(), 1);
    api.keys.always(publish([&new]));
    assert_eq!(api.get(&old).await.0, 401, "it waited, and the key is gone");
    assert_eq!(api.keys.count(), 2);
    assert_eq!(api.get(&new).await, ADMITTED);
}

#[tokio::test]
async fn a_429_delays_the_first_keys_as_long_as_it_says_and_30_seconds_at_most() {
    let mint = Mint::new();
    for (said, held) in [("12", 12), ("120", 30), ("100000", 30)] {
        let api = Api::start(Reply::status(429).with("retry-after", said)).await;
        assert_eq!(api.get(&mint).await, (503, Some(held)));
        api.keys.always(publish([&mint]));
        api.clock.advance(Duration::from_secs(held - 1));
        assert_eq!(api.get(&mint).await, (503, Some(1)));
        assert_eq!(api.keys.count(), 1);
        api.clock.advance(Duration::from_secs(1));
        assert_eq!(api.get(&mint).await, ADMITTED);
    }
}

#[tokio::test]
async fn the_clock_may_jump_back_and_forth() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    let ten_years = Duration::from_secs(10 * 365 * 86_400);
    for time in [NOW - 60 * MINUTE, NOW + ten_years, NOW, NOW + MINUTE] {
        api.clock.set(time);
        let forever = mint.clone().claim("iat", 1);
        assert_eq!(api.get(&forever).await, ADMITTED, "at {time}");
    }
    api.keys.always(Reply::Close);
    api.clock.set(NOW - 24 * 60 * MINUTE);
    let mut passed = Duration::ZERO;
    while passed < 66 * MINUTE {
        api.get(&mint.clone().claim("iat", 1)).await;
        api.clock.advance(MINUTE);
        passed += MINUTE;
    }
    let outcome = api.get(&mint.clone().claim("iat", 1)).await;
    assert!(unavailable(outcome), "a clock set back makes no key live for ever");
}
