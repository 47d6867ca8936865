"""The sample applications that lessons deploy: the voting app, the online boutique, cassandra."""

from contextlib import suppress
from itertools import count

from cluster_engine.network.wire import Reply, Request
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Ask, Process, Run, Signalled, Sleep
from cluster_engine.runtime.programs.generic import Anything
from cluster_engine.runtime.programs.program import Program, Server
from cluster_engine.runtime.signals import TERM

PAUSE = 10.0
HTML = {"Content-Type": "text/html; charset=utf-8"}
BOUTIQUE = "us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo"
SERVICES = {
    "adservice": (75, 9555, 190),
    "cartservice": (44, 7070, 64),
    "checkoutservice": (12, 5050, 20),
    "currencyservice": (62, 7000, 70),
    "emailservice": (62, 8080, 60),
    "paymentservice": (66, 50051, 75),
    "productcatalogservice": (14, 3550, 22),
    "recommendationservice": (72, 8080, 70),
    "shippingservice": (12, 50051, 18),
}


class Worker(Program):
    """The voting app's worker: looks for Redis and the database until it finds both, then moves votes."""

    names = ("examplevotingapp-worker",)
    memory = 45.0
    cpu = 5.0

    def run(self, process: Process) -> Run:
        process.handled = frozenset({TERM})
        try:
            for host, port, text in (("db", 5432, "Waiting for db"), ("redis", 6379, "Connecting to redis")):
                yield from self._find(process, host, port, text)
            while True:
                yield Sleep(3600.0)
        except Signalled:
            return 0

    @staticmethod
    def _find(process: Process, host: str, port: int, text: str) -> Run:
        while True:
            address = process.box.resolve(host)
            if address is not None and process.box.fabric.connect(process.box.namespace, address, port).listener is not None:
                process.print(f"Found {host} at {address}")
                return 0
            process.print(text, "stderr")
            yield Sleep(1.0)


def _vote(process: Process, request: Request) -> Reply:
    return Reply(200, HTML, f"<html><title>Cats vs Dogs!</title><body><form id=choice></form>Processed by container ID {process.box.hostname}</body></html>\n")


def _result(process: Process, request: Request) -> Reply:
    return Reply(200, HTML, "<html><title>Cats vs Dogs -- Result</title><body ng-app=catsvsdogs></body></html>\n")


def _shop(process: Process, request: Request) -> Reply:
    if request.path.startswith("/_healthz"):
        return Reply(200, {"Content-Type": "text/plain"}, "ok")
    return Reply(200, HTML, f"<html><title>Online Boutique</title><body>Pod: {process.box.hostname}</body></html>\n", 0.02)


def _serving(process: Process) -> list[str]:
    port = process.box.config.ports[0][0] if process.box.config.ports else process.env.get("PORT", "")
    return [f'{{"message":"starting grpc server at :{port}","severity":"info","timestamp":"{process.now:.0f}"}}']


def _cassandra(process: Process) -> list[str]:
    return [f"INFO  Node /{process.box.namespace.address} state jump to NORMAL", "INFO  Starting listening for CQL clients on /0.0.0.0:9042 (unencrypted)..."]


class LoadGenerator(Program):
    """The boutique's visitors: USERS people, each of whom asks the frontend for a page every ten seconds."""

    names = ("loadgenerator",)
    memory = 60.0
    cpu = 20.0

    def run(self, process: Process) -> Run:
        process.handled = frozenset({TERM})
        target = process.env.get("FRONTEND_ADDR", "frontend:80")
        users = process.env.get("USERS", "10")
        process.print(f"Starting {users} users; they visit {target}")
        with suppress(Signalled):
            yield from self._visit(process, target, int(users) if users.isdigit() else 10)
        return 0

    @staticmethod
    def _visit(process: Process, target: str, users: int) -> Run:
        host, _, port = target.partition(":")
        pages = ("/", "/product/OLJCESPC7Z", "/cart", "/product/66VCHSJNUP")
        for visit in count():
            yield Sleep(PAUSE / max(users, 1))
            address = process.box.resolve(host)
            if address is not None:
                request = Request("GET", pages[visit % len(pages)], {"Host": target, "User-Agent": "locust"}, source=process.box.namespace.address)
                yield Ask(address, int(port or 80), request, timeout=PAUSE)
        return 0


PROGRAMS = (
    Worker(),
    LoadGenerator(),
    Anything(names=("examplevotingapp-vote",), answer=_vote, memory=55.0, cpu=2.0),
    Anything(names=("examplevotingapp-result",), answer=_result, memory=60.0, cpu=2.0),
    Anything(names=("boutique-frontend",), answer=_shop, boots=0.4, memory=25.0, cpu=3.0, per_request=0.02),
    *(
        Anything(names=(name,), speaks="grpc", boots=2.5 if name == "adservice" else 0.6, ready=_serving, memory=float(memory), cpu=3.0)
        for name, (_, _, memory) in SERVICES.items()
    ),
    Server(
        names=("cassandra",), ports=(7000, 7199, 9042), speaks="cassandra", boots=8.0, ready=_cassandra, stops={TERM: 143}, drains=1.0, memory=512.0, cpu=30.0
    ),
)
VOTING_TAGS = r"latest|before|after|dotnet|\w+"
IMAGES = (
    *(
        Image(f"docker.io/dockersamples/examplevotingapp_{part}", size, (f"examplevotingapp-{part}",), (), VOTING_TAGS, ports=(80,))
        for part, size in (("vote", 58), ("result", 75), ("worker", 88))
    ),
    *(Image(f"{BOUTIQUE}/{name}", size, (name,), (), r"v[\d.]+|latest", base="distroless", ports=(port,)) for name, (size, port, _) in SERVICES.items()),
    Image(f"{BOUTIQUE}/frontend", 16, ("boutique-frontend",), (), r"v[\d.]+|latest", base="distroless", ports=(8080,)),
    Image(f"{BOUTIQUE}/loadgenerator", 65, ("loadgenerator",), (), r"v[\d.]+|latest", base="debian-slim"),
    Image(
        "gcr.io/google-samples/cassandra",
        160,
        ("cassandra",),
        (),
        r"v1[0-9]",
        ports=(7000, 7001, 7199, 9042),
        tools=("nodetool",),
        files=(("/ready-probe.sh", "#!/bin/bash\nexit 0\n"),),
    ),
    Image(
        "docker.io/library/cassandra",
        155,
        ("docker-entrypoint.sh",),
        ("cassandra",),
        r"latest|[345](\.\d+){0,2}",
        ports=(7000, 9042),
        tools=("cassandra", "nodetool", "cqlsh"),
    ),
)
