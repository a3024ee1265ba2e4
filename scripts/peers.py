"""Drives the peers: see peers.sh. Every process it starts it also ends."""

import base64
import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

PEERS, EXAMPLES = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PROGRAM = str((EXAMPLES.parent / "tower-bearer").resolve())
PLAIN = urllib.request.build_opener(urllib.request.ProxyHandler({}))
started = []
failures = 0


def check(what, found, expected):
    global failures
    good = found == expected
    failures += not good
    print(f"  {'ok' if good else 'WRONG'}: {what}: {found}" + ("" if good else f", not {expected}"))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(command, ready, **environment):
    """Starts a program and returns the first line that holds `ready`."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    started.append(process)
    for line in process.stdout:
        if ready in line:
            return line.strip()
    raise SystemExit(f"{command} ended before it said {ready!r}")


def send(url, data=None, headers=None):
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with PLAIN.open(request, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def peer_token(issuer, audience, scope):
    form = urllib.parse.urlencode(
        {"grant_type": "client_credentials", "scope": scope, "resource": audience,
         "client_id": "outsourcer-b", "client_secret": "secret-b-0123456789abcdef"}
    )
    status, body, _ = send(f"{issuer}/token", form.encode())
    assert status == 200, body
    return json.loads(body)["access_token"]


def changed(token):
    """The token with one byte of its signature changed."""
    head, signature = token.rsplit(".", 1)
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{base64.urlsafe_b64encode(bytes(raw)).rstrip(b'=').decode()}"


def a_real_issuer():
    port = free_port()
    start(["node", str(PEERS / "issuer/issuer.mjs")], "discovery", PORT=str(port))
    issuer = f"http://127.0.0.1:{port}"
    our_client(issuer)
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"]:
        print(f"tokens of a certified issuer, {algorithm}")
        audience = f"urn:api:{algorithm.lower()}"
        line = start([str(EXAMPLES / "announcements")], "listening on", ISSUER=issuer, AUDIENCE=audience,
                     ALGORITHMS=algorithm, JWKS_URI="")
        api = line.split()[-1]

        def call(token):
            return send(f"{api}/announcements", headers={"Authorization": f"Bearer {token}"})[0]

        good = peer_token(issuer, audience, "announce:read")
        check("ready", send(f"{api}/ready")[0], 200)
        check("with the scope", call(good), 200)
        check("without the scope", call(peer_token(issuer, audience, "directions")), 403)
        check("with one byte changed", call(changed(good)), 401)
        check("for another API", call(peer_token(issuer, "urn:worldmappers", "announce:read")), 401)


def our_client(issuer):
    """`token get` with each credential that the certified issuer takes; it has neither the JWT grant nor token exchange."""
    keys = json.loads((PEERS / "issuer/keys.json").read_text())
    (PEERS / "pkjwt.jwk").write_text(json.dumps(keys["client"]))
    (PEERS / "secret-a").write_text("secret-a-0123456789abcdef")
    (PEERS / "secret-b").write_text("secret-b-0123456789abcdef\n")
    (PEERS / "secret-g").write_text("secret-g+/=%:0123456789")
    for what, words, expected in [
        ("private_key_jwt", "--client-id pkjwt --key-file pkjwt.jwk", 0),
        ("private_key_jwt with another kid", "--client-id pkjwt --key-file pkjwt.jwk --key-id other", 1),
        ("private_key_jwt of another client", "--client-id outsourcer-a --key-file pkjwt.jwk", 1),
        ("client_secret_basic", "--client-id outsourcer-a --secret-file secret-a", 0),
        ("client_secret_basic of odd characters", "--client-id gift-deliveries --secret-file secret-g", 0),
        ("client_secret_post", "--client-id outsourcer-b --secret-file secret-b --auth post", 0),
        ("client_secret_post of another client", "--client-id outsourcer-b --secret-file secret-a --auth post", 1),
    ]:
        command = [PROGRAM, "token", "get", "--issuer", issuer, "--resource", "urn:worldmappers", "--scope", "directions"]
        run = subprocess.run(command + words.split(), cwd=PEERS, capture_output=True, text=True, timeout=60)
        check(f"our client by {what}", (run.returncode, run.stdout.count(".")), (expected, 2 if expected == 0 else 0))


def opaque_tokens_of_a_real_issuer():
    port = free_port()
    start(["node", str(PEERS / "issuer/issuer.mjs")], "discovery", PORT=str(port), FORMAT="opaque")
    issuer = f"http://127.0.0.1:{port}"
    (PEERS / "secret").write_text("secret-a-0123456789abcdef\n")
    (PEERS / "wrong").write_text("wrong\n")

    def an_api(secret):
        (PEERS / "api.toml").write_text(f"""
            allow_loopback_http = true
            [[issuers]]
            issuer = "{issuer}"
            audience = "urn:api:es256"
            [issuers.introspection]
            client_id = "outsourcer-a"
            secret_file = "{secret}"
            cache_for = "0s"
        """)
        api = start([str(EXAMPLES / "announcements")], "listening on", CONFIG=str(PEERS / "api.toml")).split()[-1]
        return lambda token: send(f"{api}/announcements", headers={"Authorization": f"Bearer {token}"})[0]

    print("opaque tokens of a certified issuer")
    call = an_api("secret")
    good = peer_token(issuer, "urn:api:es256", "announce:read")
    check("parts of the token", good.count(".") + 1, 1)
    check("with the scope", [call(good), call(good)], [200, 200])
    check("without the scope", call(peer_token(issuer, "urn:api:es256", "directions")), 403)
    check("for another API", call(peer_token(issuer, "urn:worldmappers", "announce:read")), 401)
    check("with one character changed", call(good[:-1] + ("a" if good[-1] != "a" else "b")), 401)
    form = {"token": good, "client_id": "outsourcer-b", "client_secret": "secret-b-0123456789abcdef"}
    check("revoked", send(f"{issuer}/token/revocation", urllib.parse.urlencode(form).encode())[0], 200)
    check("after its revocation", call(good), 401)
    check("with wrong credentials of the API", an_api("wrong")(good), 503)


IDENTITY, SECRET = "gift-deliveries", "Zm9yLXRlc3RzLW9ubHktbm90LWEtcmVhbC1zZWNyZXQtMDEyMzQ1Njc4OQ"
PYTHON = str(PEERS / "venv/bin/python")
# Makes a client's key: the private JWK, and the JWK Set that the issuer knows it by.
MAKE_KEY = """
import json, pathlib, sys
from joserfc.jwk import ECKey
folder = pathlib.Path(sys.argv[1])
key = ECKey.generate_key("P-256", {"kid": "client-key", "alg": "ES256", "use": "sig"}, private=True)
(folder / "client.jwk").write_text(json.dumps(key.as_dict(private=True)))
(folder / "client.jwks").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
"""


def our_issuer(**settings):
    line = start([str(EXAMPLES / "dev_issuer")], "listening on", CLIENT_ID=IDENTITY, CLIENT_SECRET=SECRET,
                 AUDIENCE="urn:worldmappers", SCOPES="directions announce:read", PORT="0",
                 PUBLIC_KEYS=str(PEERS / "client.jwks"), **settings)
    return line.split()[-1]


def token_by(command, issuer, method):
    """What a client says of the token that it got, or did not get."""
    environment = os.environ | {
        "ISSUER": issuer, "CLIENT_ID": IDENTITY, "CLIENT_SECRET": SECRET, "AUTH": method, "AUDIENCE": "urn:worldmappers",
        "SCOPE": "directions revenue:read", "NO_PROXY": "127.0.0.1", "KEY": str(PEERS / "client.jwk"),
        # Without it oauthlib takes a partial grant (RFC 6749 §3.3) for an error.
        "OAUTHLIB_RELAX_TOKEN_SCOPE": "1",
    }
    run = subprocess.run(command, cwd=PEERS / "clients", env=environment, capture_output=True, text=True, timeout=60)
    return json.loads(run.stdout.strip().splitlines()[-1]) if run.stdout.strip() else {"error": run.stderr}


def check_token(answer):
    found = [answer.get(member) for member in ("ok", "scope", "rejected_scope", "typ")]
    check("answer", found, [True, "directions", "revenue:read", "at+jwt"])
    if not answer.get("ok"):
        print("   ", answer)


def real_clients():
    subprocess.run([PYTHON, "-c", MAKE_KEY, str(PEERS)], check=True)
    issuer, legacy = our_issuer(), our_issuer(LEGACY_ASSERTION_AUDIENCE="1")
    clients = {
        "openid-client": ["node", "openid-client.mjs"],
        "simple-oauth2": ["node", "simple-oauth2.mjs"],
        "authlib": [PYTHON, "authlib_cc.py"],
        "requests-oauthlib": [PYTHON, "requests_oauthlib_cc.py"],
    }
    for name, command in clients.items():
        for method in ["basic", "post"]:
            print(f"{name}, client_secret_{method}")
            check_token(token_by(command, issuer, method))
    print("openid-client, private_key_jwt")
    check_token(token_by(clients["openid-client"], issuer, "private_key_jwt"))
    print("authlib, private_key_jwt, whose assertion names the token endpoint")
    refused = token_by(clients["authlib"], issuer, "private_key_jwt")
    check("without consent", [refused.get("ok"), refused.get("error")], [False, "invalid_client"])
    check_token(token_by(clients["authlib"], legacy, "private_key_jwt"))


try:
    a_real_issuer()
    opaque_tokens_of_a_real_issuer()
    real_clients()
finally:
    for process in started:
        process.kill()
        process.wait()
print("peers:", f"{failures} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
