"""The server as a process: how it starts, what it says, how it ends and comes back."""

import http.client
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.running import ROOT, Api, RunningServer
from tests.services import free_port

pytestmark = pytest.mark.server


def page(server: RunningServer, path: str) -> http.client.HTTPResponse:
    line = http.client.HTTPConnection("localhost", server.http_port, timeout=20)
    line.request("GET", path)
    return line.getresponse()


def test_it_prints_a_login_link_and_the_api_address(server: RunningServer) -> None:
    text = "".join(server.output)
    assert f"http://localhost:{server.http_port}/enter/" in text
    assert f"https://localhost:{server.api_port}/clusters/demo" in text


def test_health_is_told_on_the_pages_port(server: RunningServer) -> None:
    assert (page(server, "/healthz").read(), page(server, "/readyz").read()) == (b"ok\n", b"ok\n")
    figures = page(server, "/metrics").read().decode()
    assert 'orrery_cluster_revision{cluster="demo"}' in figures
    assert "process_resident_memory_bytes" in figures


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version", "/metrics"])
def test_each_cluster_tells_its_own_health(api: Api, path: str) -> None:
    assert api.get(path).status == 200


def test_an_unknown_cluster_is_not_found(server: RunningServer, api: Api) -> None:
    api.prefix = "/clusters/nowhere"
    answer = api.get("/api/v1/pods")
    assert (answer.status, answer.json["reason"]) == (404, "NotFound")


def test_nobody_without_credentials_gets_in(server: RunningServer) -> None:
    stranger = Api(server.kubeconfig("plain"), anonymous=True)
    assert stranger.get("/api/v1/namespaces/default/secrets").status == 403


def test_a_certificate_of_one_cluster_does_not_open_another(server: RunningServer, api: Api) -> None:
    api.prefix = "/clusters/demo"
    assert api.get("/api/v1/namespaces/default/secrets").status == 403


def test_a_certificate_of_another_installation_ends_the_handshake(server: RunningServer, tmp_path: Path) -> None:
    environment = {**server.environment, "DATA_DIR": str(tmp_path)}
    for command in (["cluster", "create", "plain", "--template", "bare"], ["kubeconfig", "plain"]):
        command_line = [sys.executable, "manage.py", *command]
        done = subprocess.run(command_line, cwd=ROOT, env={**environment, "HTTP_PORT": "1"}, capture_output=True, text=True, check=True)
    (tmp_path / "theirs").write_text(done.stdout)
    theirs = Api(tmp_path / "theirs")
    theirs.tls.check_hostname = False
    theirs.tls.verify_mode = theirs.tls.verify_mode.__class__.CERT_NONE
    with pytest.raises(OSError):
        theirs.get("/version")


def test_a_token_opens_its_cluster_only(server: RunningServer) -> None:
    import yaml

    config = yaml.safe_load(server.manage("kubeconfig", "--token", "plain"))
    token = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
    stranger = Api(server.kubeconfig("plain"), anonymous=True)
    assert stranger.ask("GET", "/api/v1/namespaces/default/secrets", headers=token).status == 200
    stranger.prefix = "/clusters/demo"
    assert stranger.ask("GET", "/api/v1/namespaces/default/secrets", headers=token).status == 401


def test_the_login_link_lets_in_once(server: RunningServer) -> None:
    path = server.login_link.partition(str(server.http_port))[2]
    first, second = page(server, path), page(server, path)
    assert (first.status, first.getheader("location")) == (302, "/")
    assert "orrery_session=" in (first.getheader("set-cookie") or "")
    assert (second.status, second.getheader("set-cookie")) == (410, None) or "orrery_session" not in (second.getheader("set-cookie") or "")


def test_pages_carry_headers_that_protect(server: RunningServer) -> None:
    answer = page(server, "/login/")
    assert answer.status == 200
    assert "script-src 'self'" in (answer.getheader("content-security-policy") or "")
    assert (answer.getheader("x-frame-options"), answer.getheader("x-content-type-options")) == ("DENY", "nosniff")


def test_strangers_are_sent_to_the_login_page(server: RunningServer) -> None:
    for path in ("/clusters/demo/", "/clusters/demo/apply/", "/clusters/demo/objects/", "/clusters/demo/kubeconfig"):
        answer = page(server, path)
        assert answer.status == 302 and "/login/" in (answer.getheader("location") or ""), path


def test_a_foreign_host_name_is_refused(server: RunningServer) -> None:
    request = urllib.request.Request(f"http://localhost:{server.http_port}/login/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400


def test_logs_never_show_what_opens_a_door(server: RunningServer) -> None:
    logs = [line for line in server.output if line.startswith("{")]
    token = server.login_link.rstrip("/").rpartition("/")[2]
    assert not any("PRIVATE KEY" in line or "Bearer ey" in line or token in line for line in logs)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_with_a_watch_open_and_comes_back_with_the_same_clusters(tmp_path: Path, how: signal.Signals) -> None:
    with RunningServer(tmp_path) as server:
        server.manage("cluster", "create", "second", "--template", "bare")
        api = server.api("second")
        made = api.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "kept"}, "data": {"a": "b"}})
        assert made.status == 201
        watcher = server.api("second").connect()
        watcher.request("GET", "/clusters/second/api/v1/configmaps?watch=true")
        assert server.stop(how) == 0
        server.start()
        again = server.api("second").get("/api/v1/namespaces/default/configmaps/kept")
        assert again.json["metadata"]["uid"] == made.json["metadata"]["uid"]


def test_a_taken_port_is_named(server: RunningServer, tmp_path: Path) -> None:
    for taken, other, named in (("HTTP_PORT", "API_PORT", "HTTP_PORT="), ("API_PORT", "HTTP_PORT", "API_PORT=")):
        used = server.http_port if taken == "HTTP_PORT" else server.api_port
        environment = {**server.environment, "DATA_DIR": str(tmp_path), taken: str(used), other: str(free_port())}
        command = [sys.executable, "-m", "explorer.server"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and named in done.stderr, taken


class TestClusterCommand:
    def test_creates_lists_stops_starts_and_deletes(self, server: RunningServer) -> None:
        assert "cluster life created" in server.manage("cluster", "create", "life", "--template", "bare")
        assert server.api("life").get("/readyz").status == 200
        assert [line.split()[:2] for line in server.manage("cluster", "list").splitlines() if line.startswith("life")] == [["life", "bare"]]
        api = server.api("life")
        server.manage("cluster", "stop", "life")
        assert _eventually(lambda: api.get("/readyz").status == 404)
        server.manage("cluster", "start", "life")
        assert api.get("/readyz").status == 200
        server.manage("cluster", "delete", "life")
        assert "life" not in server.manage("cluster", "list")
        assert _eventually(lambda: api.get("/readyz").status == 404)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("create", "Not_A_Name"), "DNS label"),
            (("create", "demo"), "exists already"),
            (("create", "other", "--template", "nonsense"), "there are: dev, ha"),
            (("create", "other", "--owner", "nobody"), "no user 'nobody'"),
            (("delete", "nowhere"), "no cluster 'nowhere'"),
        ],
    )
    def test_says_what_is_wrong(self, server: RunningServer, arguments: tuple[str, ...], message: str) -> None:
        assert message in server.manage("cluster", *arguments, check=False)

    def test_kubeconfig_of_an_unknown_cluster_says_so(self, server: RunningServer) -> None:
        assert "no cluster 'nowhere'" in server.manage("kubeconfig", "nowhere", check=False)


def _eventually(happened: "object", seconds: float = 10) -> bool:
    import time
    from collections.abc import Callable
    from typing import cast

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if cast(Callable[[], bool], happened)():
            return True
        time.sleep(0.05)
    return False
