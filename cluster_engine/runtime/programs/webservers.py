"""Web servers besides nginx, and the small servers with which networks are tested: they tell who answered and what was asked."""

from cluster_engine.kernel.clock import timestamp
from cluster_engine.network.wire import Reply, Request
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process
from cluster_engine.runtime.programs.generic import Anything
from cluster_engine.runtime.programs.program import Server

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def _apache(process: Process, request: Request) -> Reply:
    name = request.path.partition("?")[0]
    data = process.box.disk().read("/usr/local/apache2/htdocs" + (name + "index.html" if name.endswith("/") else name))
    status, body = (200, data.decode(errors="replace")) if data is not None else (404, "<!DOCTYPE HTML>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n")
    process.print(f'{request.source} - - [{timestamp(process.now)}] "{request.method} {request.path} HTTP/1.1" {status} {len(body)}')
    return Reply(status, {"Server": "Apache/2.4.66 (Unix)", "Content-Type": "text/html"}, body)


def _apache_ready(process: Process) -> list[str]:
    return ["AH00558: httpd: Could not reliably determine the server's fully qualified domain name", "AH00094: Command line: 'httpd -D FOREGROUND'"]


def hostnames(process: Process, request: Request) -> Reply:
    """serve_hostname: the pod's name, whatever was asked."""
    return Reply(200, TEXT, process.box.hostname)


def netexec(process: Process, request: Request) -> Reply:
    """agnhost netexec: /hostname, /clientip, /echo?msg=, /healthz."""
    path, _, query = request.path.partition("?")
    if path == "/clientip":
        return Reply(200, TEXT, f"{request.source}:40000")
    if path in ("/hostname", "/hostName"):
        return Reply(200, TEXT, process.box.hostname)
    if path == "/echo":
        return Reply(200, TEXT, query.partition("msg=")[2])
    return Reply(200, TEXT, "" if path.startswith("/health") else f"NOW: {timestamp(process.now)}")


def whoami(process: Process, request: Request) -> Reply:
    """traefik/whoami: the request as it arrived."""
    lines = [f"Hostname: {process.box.hostname}", "IP: 127.0.0.1", f"IP: {process.box.namespace.address}", f"RemoteAddr: {request.source}:40000"]
    lines += [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    return Reply(200, TEXT, "\n".join(lines) + "\n")


def echoserver(process: Process, request: Request) -> Reply:
    """echoserver: host name, request and headers in sections."""
    headers = "\n".join(f"\t{name.lower()}={value}" for name, value in request.headers.items())
    about = f"\tclient_address={request.source}\n\tmethod={request.method}\n\treal path={request.path}"
    body = request.body or "-no body in request-"
    text = f"\n\nHostname: {process.box.hostname}\n\nRequest Information:\n{about}\n\nRequest Headers:\n{headers}\n\nRequest Body:\n{body}\n"
    return Reply(200, TEXT, text)


def http_echo(process: Process, request: Request) -> Reply:
    """hashicorp/http-echo: the text of its -text argument."""
    text = process.env.get("ECHO_TEXT", "hello-world")
    for word, following in zip(process.argv, (*process.argv[1:], ""), strict=True):
        if word.lstrip("-").startswith("text="):
            text = word.partition("=")[2].strip('"')
        elif word.lstrip("-") == "text":
            text = following
    return Reply(200, TEXT, text + "\n")


def hello_app(process: Process, request: Request) -> Reply:
    """Google's hello-app."""
    version = "2.0.0" if ":2" in process.box.config.image else "1.0.0"
    return Reply(200, TEXT, f"Hello, world!\nVersion: {version}\nHostname: {process.box.hostname}\n")


def guestbook(process: Process, request: Request) -> Reply:
    return Reply(200, {"Content-Type": "text/html"}, '<html ng-app="redis"><head><title>Guestbook</title></head><body><h2>Guestbook</h2></body></html>\n')


def php_apache(process: Process, request: Request) -> Reply:
    """hpa-example: computes square roots, so that load makes heat."""
    return Reply(200, TEXT, "OK!", 0.08)


PROGRAMS = (
    Server(names=("httpd", "apache2-foreground", "httpd-foreground"), ports=(80,), ready=_apache_ready, answer=_apache, memory=12.0),
    Anything(names=("gb-frontend",), answer=guestbook, boots=0.5, memory=28.0, cpu=3.0),
    Anything(names=("serve-hostname", "serve_hostname"), answer=hostnames, memory=6.0),
    Anything(names=("agnhost",), answer=netexec, memory=10.0),
    Anything(names=("whoami",), answer=whoami, memory=6.0),
    Anything(names=("echoserver",), answer=echoserver, memory=9.0),
    Anything(names=("http-echo",), answer=http_echo, memory=5.0),
    Anything(names=("hello-app",), answer=hello_app, memory=5.0),
    Anything(names=("php-apache",), answer=php_apache, memory=22.0, cpu=1.0, per_request=0.08),
)
IMAGES = (
    Image(
        "docker.io/library/httpd",
        61,
        (),
        ("httpd-foreground",),
        r"latest|2(\.4(\.\d+)?)?(-(alpine|bookworm|trixie))?|alpine",
        ports=(80,),
        tools=("httpd",),
        files=(("/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n"),),
    ),
    Image("gcr.io/google-samples/gb-frontend", 358, ("gb-frontend",), (), r"v[3-6]", ports=(80,), tools=("php",)),
    Image("gcr.io/google_samples/gb-frontend", 358, ("gb-frontend",), (), r"v[3-6]", ports=(80,), tools=("php",)),
    Image("us-docker.pkg.dev/google-samples/containers/gke/gb-frontend", 358, ("gb-frontend",), (), r"v[3-6]", ports=(80,), tools=("php",)),
    Image(
        "registry.k8s.io/e2e-test-images/agnhost",
        53,
        ("/agnhost",),
        ("pause",),
        r"2\.\d+(\.\d+)?",
        base="alpine",
        ports=(8080,),
        tools=("agnhost", "curl", "dig"),
    ),
    Image("registry.k8s.io/serve_hostname", 4, ("/serve_hostname",), (), r"[\w.]+", base="scratch", ports=(9376,)),
    Image("registry.k8s.io/echoserver", 43, ("/echoserver",), (), r"1\.\d+", base="alpine", ports=(8080,), tools=("echoserver",)),
    Image("gcr.io/google_containers/echoserver", 43, ("/echoserver",), (), r"1\.\d+", base="alpine", ports=(8080,), tools=("echoserver",)),
    Image("docker.io/traefik/whoami", 3, ("/whoami",), (), r"latest|v?1\.\d+(\.\d+)?", base="scratch", ports=(80,)),
    Image("docker.io/containous/whoami", 3, ("/whoami",), (), r"latest|v?1\.\d+(\.\d+)?", base="scratch", ports=(80,)),
    Image("docker.io/hashicorp/http-echo", 3, ("/http-echo",), (), r"latest|alpine|[01]\.\d+(\.\d+)?", base="scratch", ports=(5678,)),
    Image("us-docker.pkg.dev/google-samples/containers/gke/hello-app", 11, ("/hello-app",), (), r"[12]\.0", base="alpine", ports=(8080,), tools=("hello-app",)),
    Image("gcr.io/google-samples/hello-app", 11, ("/hello-app",), (), r"[12]\.0", base="alpine", ports=(8080,), tools=("hello-app",)),
    Image("registry.k8s.io/hpa-example", 165, ("php-apache",), (), r"latest", ports=(80,)),
)
