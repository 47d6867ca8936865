"""What a hostile or broken client sends to the API's port: a clear answer or a closed line, and everybody else goes on."""

import json
import socket
import threading
import time

import pytest

from tests.running import Api, RunningServer

pytestmark = pytest.mark.server
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
YAML = {"Content-Type": "application/yaml"}


def config_map(name: str, size: int = 1) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "x" * size}}


def resident(server: RunningServer) -> int:
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def raw(api: Api) -> socket.socket:
    line = socket.create_connection((api.host, api.port), timeout=20)
    return api.tls.wrap_socket(line, server_hostname="localhost")


def read_all(line: socket.socket) -> bytes:
    found = b""
    while True:
        try:
            data = line.recv(65536)
        except OSError:
            return found
        if not data:
            return found
        found += data


@pytest.mark.parametrize("text", [b"{", b"", b"\x00\xff", b"[]", b'"text"', b"nul", b"{} {}", b'{"a":}', b"\xef\xbb\xbf{}"])
def test_what_is_not_a_manifest_is_refused(api: Api, text: bytes) -> None:
    answer = api.ask("POST", CONFIG_MAPS, text, {"Content-Type": "application/json"})
    assert answer.status == 400 and answer.json["kind"] == "Status", answer.body


def test_deep_nesting_is_refused_in_json_and_yaml(api: Api) -> None:
    for opening, closing, kind in ((b'{"a":' * 200_000, b"1" + b"}" * 200_000, "json"), (b"[" * 100_000, b"", "yaml"), (b"- " * 100_000, b"x", "yaml")):
        answer = api.ask("POST", CONFIG_MAPS, opening + closing, {"Content-Type": f"application/{kind}"})
        assert answer.status in (400, 413), (kind, answer.body[:300])
    assert api.get("/healthz").status == 200


def test_an_alias_bomb_is_refused_quickly_and_cheaply(server: RunningServer, api: Api) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    before, began = resident(server), time.monotonic()
    answer = api.ask("POST", CONFIG_MAPS, "\n".join(["apiVersion: v1", "kind: ConfigMap", *lines]).encode(), YAML)
    assert (answer.status, answer.json["kind"]) == (400, "Status")
    assert time.monotonic() - began < 10 and resident(server) - before < 50_000_000


def test_a_body_of_ten_megabytes_is_too_large(api: Api) -> None:
    answer = api.ask("POST", CONFIG_MAPS, json.dumps(config_map("big", 10_000_000)).encode(), {"Content-Type": "application/json"})
    assert (answer.status, answer.json["reason"]) == (413, "RequestEntityTooLarge")
    assert api.get("/healthz").status == 200


def test_an_object_larger_than_etcd_takes_is_refused(api: Api) -> None:
    answer = api.ask("POST", CONFIG_MAPS, config_map("large", 1_600_000))
    assert answer.status in (413, 422, 500) and answer.json["status"] == "Failure", answer.body[:300]
    assert api.get(f"{CONFIG_MAPS}/large").status == 404


def test_garbage_on_the_line_gets_an_answer_and_an_end(api: Api) -> None:
    for garbage in (b"\x16\x03\x01 not http\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        with raw(api) as line:
            line.sendall(garbage)
            assert read_all(line).startswith(b"HTTP/1.1 400"), garbage


def test_an_endless_head_is_refused(api: Api) -> None:
    with raw(api) as line:
        line.sendall(b"GET /clusters/plain/api HTTP/1.1\r\nX-Long: ")
        try:
            for _ in range(100):
                line.sendall(b"x" * 10_000)
        except OSError:
            pass
        assert read_all(line)[:12] in (b"", b"HTTP/1.1 431")  # the answer may be lost with the line
    assert api.get("/healthz").status == 200


def test_contradicting_lengths_are_refused(api: Api) -> None:
    with raw(api) as line:
        line.sendall(b"POST /clusters/plain/api HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET")
        assert read_all(line).startswith(b"HTTP/1.1 400")


def test_pipelined_requests_are_answered_in_their_order(api: Api) -> None:
    with raw(api) as line:
        paths = [b"/version", b"/healthz", b"/nonsense", b"/version"] * 20
        ask = b"".join(b"GET /clusters/plain%b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths)
        line.sendall(ask + b"GET /clusters/plain/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = read_all(line).split(b"HTTP/1.1 ")[1:]
    assert len(answers) == len(paths) + 1
    assert [b"gitVersion" in a for a in answers[:4]] == [True, False, False, True]


def test_a_client_that_leaves_in_the_middle_of_a_write_leaves_no_trace_but_the_write(api: Api) -> None:
    body = json.dumps(config_map("left")).encode()
    for cut in (10, len(body)):
        with raw(api) as line:
            head = f"POST /clusters/plain{CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            line.sendall(head.encode() + body[:cut])
    deadline = time.monotonic() + 5
    while api.get(f"{CONFIG_MAPS}/left").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert api.ask("DELETE", f"{CONFIG_MAPS}/left").status == 200


def test_a_watcher_that_never_reads_costs_no_memory_and_stops_nobody(server: RunningServer, api: Api) -> None:
    stalled = []
    for _ in range(5):
        line = raw(api)
        line.sendall(f"GET /clusters/plain{CONFIG_MAPS}?watch=true HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        stalled.append(line)
    api.ask("POST", CONFIG_MAPS, config_map("churn"))
    before = resident(server)
    slowest = 0.0
    for number in range(400):
        began = time.monotonic()
        assert api.ask("PUT", f"{CONFIG_MAPS}/churn", config_map("churn", 20_000 + number)).status == 200
        slowest = max(slowest, time.monotonic() - began)
    assert resident(server) - before < 60_000_000, "8 MB were written, five stalled watchers would have held 40 MB"
    assert slowest < 10
    for line in stalled:
        line.close()


def test_a_watch_sees_a_write_within_a_moment(api: Api, server: RunningServer) -> None:
    watcher = server.api("plain")
    watcher.line.request("GET", f"{watcher.prefix}{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dseen")
    stream = watcher.line.getresponse()
    seen: list[float] = []
    reading = threading.Thread(target=lambda: seen.append(time.monotonic() if stream.readline() else 0))
    reading.start()
    began = time.monotonic()
    assert api.ask("POST", CONFIG_MAPS, config_map("seen")).status == 201
    reading.join(10)
    assert seen and seen[0] - began < 5
    api.ask("DELETE", f"{CONFIG_MAPS}/seen")


def test_a_thousand_connections_at_once_do_not_stop_the_next_one(api: Api) -> None:
    lines = [socket.create_connection((api.host, api.port)) for _ in range(500)]
    assert api.connect() and api.get("/healthz").status == 200
    for line in lines:
        line.close()


def test_a_session_without_an_upgrade_is_refused(api: Api) -> None:
    answer = api.ask("POST", "/api/v1/namespaces/default/pods/none/exec?command=ls")
    assert answer.status in (400, 404), answer.body
