"""Reaching the running server from a command of its own: is there one, and does it serve a cluster yet?"""

import http.client
import ssl
import time

from explorer.certificates import authority
from explorer.places import api_port, http_port


def server_runs() -> bool:
    """Whether a server of this installation answers on the page's port."""
    line = http.client.HTTPConnection("127.0.0.1", http_port(), timeout=2)
    try:
        line.request("GET", "/healthz")
        answer = line.getresponse()
        return answer.status == 200 and answer.getheader("server") == "orrery"
    except OSError:
        return False
    finally:
        line.close()


def wait_for_cluster(name: str, seconds: float = 30.0) -> bool:
    """Whether the cluster's API says within `seconds` that it is ready."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if _ready(name):
            return True
        time.sleep(0.05)
    return False


def _ready(name: str) -> bool:
    trust = ssl.create_default_context(cadata=authority().certificate_pem.decode())
    line = http.client.HTTPSConnection("127.0.0.1", api_port(), timeout=5, context=trust)
    try:
        line.request("GET", f"/clusters/{name}/readyz")
        return line.getresponse().status in (200, 401, 403)  # it answers, whoever asks
    except OSError:
        return False
    finally:
        line.close()
