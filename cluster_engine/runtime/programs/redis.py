"""Redis: a key-value store in memory that answers PING, SET, GET, INCR, LPUSH and a few more."""

from dataclasses import dataclass

from cluster_engine.network.wire import Reply
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process, Run
from cluster_engine.runtime.programs.program import Server

VERSION = "8.6.1"


def _begin(process: Process) -> list[str]:
    return ["1:C oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", f"1:C Redis version={VERSION}, bits=64, commit=00000000, modified=0, pid=1, just started"]


def _ready(process: Process) -> list[str]:
    return ["1:M * Running mode=standalone, port=6379.", "1:M * Server initialized", "1:M * Ready to accept connections tcp"]


def _leave(process: Process) -> list[str]:
    return ["1:signal-handler Received SIGTERM scheduling shutdown...", "1:M # User requested shutdown...", "1:M # Redis is now ready to exit, bye bye..."]


@dataclass(frozen=True)
class Redis(Server):
    def run(self, process: Process) -> Run:
        data: dict[str, list[str]] = {}
        server = Server(**{**self.__dict__, "answer": lambda p, request: Reply(200, {}, execute(data, request.body.split()))})
        return (yield from server.run(process))


def execute(data: dict[str, list[str]], words: list[str]) -> str:
    """One command on the data, with redis-cli's way of showing answers."""
    if not words:
        return ""
    name, args = words[0].upper(), words[1:]
    if name == "PING":
        return "PONG"
    if name == "SET" and len(args) >= 2:
        data[args[0]] = [" ".join(args[1:])]
        return "OK"
    if name == "GET" and args:
        return data.get(args[0], [""])[0]
    if name in ("INCR", "DECR") and args:
        value = int(data.get(args[0], ["0"])[0] or 0) + (1 if name == "INCR" else -1)
        data[args[0]] = [str(value)]
        return str(value)
    return _lists(data, name, args)


def _lists(data: dict[str, list[str]], name: str, args: list[str]) -> str:
    if name in ("LPUSH", "RPUSH") and len(args) >= 2:
        held = data.setdefault(args[0], [])
        held[:] = [*args[1:], *held] if name == "LPUSH" else [*held, *args[1:]]
        return str(len(held))
    if name in ("LPOP", "RPOP") and args:
        held = data.get(args[0], [])
        return held.pop(0 if name == "LPOP" else -1) if held else ""
    if name == "DEL":
        return str(sum(data.pop(key, None) is not None for key in args))
    if name == "KEYS":
        return "\n".join(sorted(data))
    if name == "INFO":
        return f"redis_version:{VERSION}\nrole:master\ndb0:keys={len(data)}"
    return f"ERR unknown command '{name.lower()}'"


PROGRAMS = (Redis(names=("redis-server",), ports=(6379,), speaks="redis", boots=0.1, begins=_begin, ready=_ready, leaves=_leave, memory=8.0, cpu=2.0),)
TAGS = r"(latest|\d(\.\d{1,2}(\.\d+)?)?)(-(alpine|bookworm|trixie|bullseye))?(3\.\d+)?|alpine(3\.\d+)?|bookworm"
TOOLS = ("redis-server", "redis-cli")
IMAGES = (
    Image("docker.io/library/redis", 41, ("docker-entrypoint.sh",), ("redis-server",), TAGS, ports=(6379,), tools=TOOLS, working_dir="/data"),
    Image("docker.io/bitnami/redis", 52, ("docker-entrypoint.sh",), ("redis-server",), r".+", ports=(6379,), tools=TOOLS),
    Image("registry.k8s.io/redis", 56, ("docker-entrypoint.sh",), ("redis-server",), r"e2e|v\d|latest", ports=(6379,), tools=TOOLS),
    Image("gcr.io/google_samples/gb-redisslave", 43, ("docker-entrypoint.sh",), ("redis-server",), r"v[1-3]", ports=(6379,), tools=TOOLS),
    Image("gcr.io/google-samples/gb-redis-follower", 43, ("docker-entrypoint.sh",), ("redis-server",), r"v[1-3]", ports=(6379,), tools=TOOLS),
)
