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

# Files with words that the project avoids, misspellings and broken links.
prose:
    cargo test --test prose
    typos
    python3 scripts/links.py

# Writes the compiler messages and the public API anew, for review.
record:
    UPDATE_STDERR=1 cargo test --test main ui::
    bash scripts/public-api.sh --update

docs:
    cargo doc --all-features --no-deps --open
