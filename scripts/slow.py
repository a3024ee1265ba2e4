"""Slow and greedy clients at an issuer, and an honest client beside them. Started by slow.sh.

Arguments: the port, client id, client secret and process id of the issuer; the number of hostile
connections; the seconds; "one" or "many": the loopback address that they come from.
"""
import base64
import multiprocessing
import random
import selectors
import socket
import sys
import time

KINDS = ["idle", "half head", "half body", "drip", "wrong secrets", "never reads"]
RECONNECT_AFTER = (0.5, 1.5)
SETTLED_AFTER = 2.0
HONEST_PAUSE = 0.02
HONEST_TIMEOUT = 5.0


def token_request(client_id, secret):
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    body = "grant_type=client_credentials"
    head = (
        "POST /oauth/token HTTP/1.1\r\nHost: issuer\r\n"
        f"Authorization: Basic {credentials}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode(), body.encode()


def first_bytes(kind, client_id):
    head, body = token_request(client_id, "wrong")
    return {
        "idle": b"",
        "half head": head[: len(head) // 2],
        "half body": head + body[:5],
        "drip": head[:1],
        "wrong secrets": (head + body) * 8,
        "never reads": b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: issuer\r\n\r\n" * 10,
    }[kind]


def attack(port, client_id, count, seconds, many, ready, closed):
    """Keeps `count` connections open; one that the server closes is opened again."""
    selector = selectors.DefaultSelector()
    again = []
    ends = time.monotonic() + seconds
    open_ones = {}

    def connect(number):
        kind = KINDS[number % len(KINDS)]
        source = f"127.0.{1 + number // 200 % 200}.{2 + number % 200}" if many else "127.0.0.1"
        stream = socket.socket()
        stream.setblocking(False)
        try:
            stream.bind((source, 0))
            stream.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        except OSError:
            again.append((time.monotonic() + random.uniform(*RECONNECT_AFTER), number))
            stream.close()
            return
        selector.register(stream, selectors.EVENT_WRITE, (number, kind))
        open_ones[stream] = kind

    def close(stream, number):
        selector.unregister(stream)
        del open_ones[stream]
        stream.close()
        closed.value += 1
        again.append((time.monotonic() + random.uniform(*RECONNECT_AFTER), number))

    for number in range(count):
        connect(number)
    dripped = time.monotonic()
    while time.monotonic() < ends:
        for key, events in selector.select(0.05):
            stream, (number, kind) = key.fileobj, key.data
            try:
                if events & selectors.EVENT_WRITE:
                    stream.send(first_bytes(kind, client_id))
                    if kind == "never reads":
                        selector.unregister(stream)
                    else:
                        selector.modify(stream, selectors.EVENT_READ, key.data)
                    continue
                if not stream.recv(4096):
                    close(stream, number)
            except BlockingIOError:
                continue
            except OSError:
                close(stream, number)
        now = time.monotonic()
        if now - dripped > 1:
            dripped = now
            for stream, kind in list(open_ones.items()):
                if kind in ("drip", "never reads"):
                    try:
                        stream.send(b"P" if kind == "drip" else first_bytes(kind, client_id)[:55])
                    except BlockingIOError:
                        continue
                    except OSError:
                        if kind == "never reads":
                            selector.register(stream, selectors.EVENT_READ, (0, kind))
                            close(stream, KINDS.index(kind))
        due, again[:] = [n for at, n in again if at <= now], [x for x in again if x[0] > now]
        for number in due:
            connect(number)
        ready.set()


def ask(stream, request):
    stream.sendall(request)
    answer = b""
    while b"access_token" not in answer or not answer.endswith(b"}"):
        part = stream.recv(65536)
        if not part:
            break
        answer += part
    return answer


def honest(port, client_id, secret, seconds):
    """The latencies in ms, and how many requests were lost: on a connection each, and on one that is kept."""
    request = b"".join(token_request(client_id, secret))
    latencies, lost = [], 0
    kept = None
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for keep in (False, True):
            begun = time.monotonic()
            answer = b""
            # As HTTP clients do: once more, if a connection was closed while it was idle.
            for _ in range(2):
                try:
                    stream = kept if keep and kept else None
                    if stream is None:
                        stream = socket.create_connection(("127.0.0.1", port), HONEST_TIMEOUT)
                        stream.settimeout(HONEST_TIMEOUT)
                    reused = keep and stream is kept
                    answer = ask(stream, request)
                except OSError:
                    answer = b""
                if keep:
                    kept = stream if answer else None
                else:
                    stream.close()
                if answer or not reused:
                    break
            latencies.append((time.monotonic() - begun) * 1000)
            lost += not answer.startswith(b"HTTP/1.1 200")
        time.sleep(HONEST_PAUSE)
    return sorted(latencies), lost


def resident(process):
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    port, client_id, secret, process = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    count, seconds, many = int(sys.argv[5]), float(sys.argv[6]), sys.argv[7] == "many"
    quiet, _ = honest(port, client_id, secret, 2)
    before = resident(process)
    ready, closed = multiprocessing.Event(), multiprocessing.Value("i", 0)
    arguments = (port, client_id, count, seconds + 4, many, ready, closed)
    attacker = multiprocessing.Process(target=attack, args=arguments)
    attacker.start()
    ready.wait(60)
    time.sleep(SETTLED_AFTER)
    latencies, lost = honest(port, client_id, secret, seconds)
    after = resident(process)
    attacker.join()
    at = lambda values, part: values[min(len(values) - 1, int(len(values) * part))]
    p99 = at(latencies, 0.99)
    print(
        f"{count} hostile connections from {'many addresses' if many else 'one address'}: "
        f"{len(latencies)} honest requests, {lost} lost, "
        f"p50 {at(latencies, 0.5):.1f} ms, p99 {p99:.1f} ms, longest {latencies[-1]:.1f} ms "
        f"(alone: p50 {at(quiet, 0.5):.1f}, p99 {at(quiet, 0.99):.1f}), "
        f"{closed.value} hostile connections closed, memory {before:.0f} -> {after:.0f} MiB",
        flush=True,
    )
    if lost or p99 > 250 or after - before > 100:
        sys.exit("at most 250 ms, 100 MiB and nothing lost are allowed")


main()
