"""nginx: the web server of most first lessons; its log says who asked for what."""

from cluster_engine.kernel.clock import timestamp
from cluster_engine.network.wire import Reply, Request
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process
from cluster_engine.runtime.programs.program import Server
from cluster_engine.runtime.signals import INT, QUIT, TERM

VERSION = "1.31.1"
ROOT = "/usr/share/nginx/html"
WELCOME = """<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, nginx is successfully installed and working.</p>
</body>
</html>
"""


def not_found_page() -> str:
    return "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n" + (
        f"<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/{VERSION}</center>\r\n</body>\r\n</html>\r\n"
    )


def _begin(process: Process) -> list[str]:
    return [
        "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
        "/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh",
        "/docker-entrypoint.sh: Configuration complete; ready for start up",
    ]


def _notice(process: Process, text: str) -> str:
    when = timestamp(process.now).replace("-", "/").replace("T", " ").rstrip("Z")
    return f"{when} [notice] 1#1: {text}"


def _ready(process: Process) -> list[str]:
    return [_notice(process, text) for text in ('using the "epoll" event method', f"nginx/{VERSION}", "start worker processes", "start worker process 29")]


def _leave(process: Process) -> list[str]:
    return [_notice(process, "signal 3 (SIGQUIT) received, shutting down"), _notice(process, "gracefully shutting down"), _notice(process, "exit")]


def _page(process: Process, path: str) -> str | None:
    name = path.partition("?")[0]
    name = name + "index.html" if name.endswith("/") else name
    data = process.box.disk().read(ROOT + name)
    return data.decode(errors="replace") if data is not None else None


def answer(process: Process, request: Request) -> Reply:
    """Files below the document root; else the welcome page at / and 404 elsewhere."""
    page = _page(process, request.path)
    status, body = (200, page) if page is not None else (404, not_found_page())
    body = "" if request.method == "HEAD" else body
    agent = request.headers.get("User-Agent", "-")
    when = timestamp(process.now)
    process.print(f'{request.source or "-"} - - [{when}] "{request.method} {request.path} HTTP/1.1" {status} {len(body)} "-" "{agent}" "-"')
    return Reply(status, {"Server": f"nginx/{VERSION}", "Content-Type": "text/html", "Content-Length": str(len(body))}, body)


PROGRAMS = (
    Server(
        names=("nginx",),
        ports=(80,),
        boots=0.15,
        begins=_begin,
        ready=_ready,
        answer=answer,
        stops={QUIT: 0, TERM: 0, INT: 0},
        leaves=_leave,
        memory=9.0,
        cpu=0.5,
    ),
)
NUMBER = r"1(\.([0-9]|[12][0-9]|3[01])(\.\d{1,2})?)?"
TAGS = rf"(latest|stable|mainline|{NUMBER})(-(alpine|perl|otel|alpine-slim|bookworm|trixie|bullseye))?|(alpine|stable-alpine|mainline-alpine|alpine-slim|perl)"
COMMAND = ("nginx", "-g", "daemon off;")
FILES = ((f"{ROOT}/index.html", WELCOME), ("/etc/nginx/nginx.conf", "user  nginx;\nworker_processes  auto;\n"))
IMAGES = (
    Image("docker.io/library/nginx", 72, ("/docker-entrypoint.sh",), COMMAND, TAGS, ports=(80,), tools=("nginx", "curl", "bash"), files=FILES),
    Image(
        "docker.io/nginxinc/nginx-unprivileged",
        72,
        ("/docker-entrypoint.sh",),
        COMMAND,
        TAGS,
        ports=(8080,),
        user="101",
        tools=("nginx", "curl", "bash"),
        files=FILES,
    ),
    Image("registry.k8s.io/nginx", 55, ("nginx",), ("-g", "daemon off;"), r"1\.\d+(\.\d+)?", ports=(80,), tools=("nginx", "bash"), files=FILES),
    Image("registry.k8s.io/nginx-slim", 55, ("nginx",), ("-g", "daemon off;"), r"0\.\d+", ports=(80,), tools=("nginx", "bash"), files=FILES),
)
