#!/usr/bin/env bash
# Clients that connect to the `announcements` example and take their time with the head of a request are hung up on, and
# an honest client is answered meanwhile: bash scripts/slow_heads.sh. It takes 10 seconds and needs python3.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --example announcements
exec python3 - "${CARGO_TARGET_DIR:-target}/debug/examples/announcements" <<'PYTHON'
import os, select, socket, subprocess, sys, time, urllib.request

LIMIT = 10  # seconds, as in examples/shared/serve.rs
HALVES = {
    "silence": b"",
    "half of HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\n",
    "half a request line": b"GET /op",
    "half a head": b"GET /open HTTP/1.1\r\nhost: a\r\nauthorization: Bea",
    "half a head after a whole request": b"GET /open HTTP/1.1\r\nhost: a\r\n\r\nGET /open HTTP/1.1\r\nho",
}

environment = dict(os.environ, PORT="0", ISSUER="http://127.0.0.1:9", AUDIENCE="urn:announcements")
environment.pop("CONFIG", None)
api = subprocess.Popen([sys.argv[1]], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
try:
    address = api.stdout.readline().strip().removeprefix("listening on http://").split(":")
    begun = time.monotonic()
    waiting = {}
    for name, sent in HALVES.items():
        client = socket.create_connection((address[0], int(address[1])))
        client.sendall(sent)
        waiting[client] = name
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = 0
    while waiting and time.monotonic() < begun + LIMIT + 5:
        assert opener.open("http://" + ":".join(address) + "/open", timeout=2).status == 200
        asked += 1
        for client in select.select(list(waiting), [], [], 0.5)[0]:
            try:
                ended = client.recv(65536) == b""
            except ConnectionResetError:
                ended = True
            if ended:
                took = time.monotonic() - begun
                name = waiting.pop(client)
                print(f"{name}: hung up on after {took:.1f} s")
                assert took > LIMIT - 1, f"{name}: that is too early"
    assert not waiting, f"these still hold a connection: {sorted(waiting.values())}"
    print(f"{asked} honest requests were answered meanwhile")
finally:
    api.kill()
PYTHON
