# The story, offline: issuer, World Mappers API and Gift Deliveries on loopback sockets.
m2m:
    cargo run --example m2m

test:
    cargo test

# Everything that must hold before a change lands.
ci:
    bash .ci/run

# Measures the crate; writes docs/benchmarks.
bench:
    bash scripts/bench.sh

fmt:
    cargo fmt

docs:
    cargo doc --all-features --no-deps --open
