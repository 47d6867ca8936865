"""Commands that use the network: wget, curl, nslookup, dig, nc, ping, ip.

Models BusyBox wget, curl, bind-tools and netcat. Requests travel over the simulated network and take their time.
"""

import re
from http import HTTPStatus

from cluster_engine.network.wire import Connection, Outcome, Reply, Request
from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.process import Ask, Process, Read, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands, refuse
from cluster_engine.runtime.programs.coreutils import done
from cluster_engine.runtime.programs.files import full
from cluster_engine.runtime.programs.texts import split_options

URL = re.compile(r"^(?:(\w+)://)?([^/:?]+)(?::(\d+))?(/.*|\?.*)?$")
LOOKUP_SECONDS = 0.002
DNS_TIMEOUT = 5.0


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path."""
    match = URL.match(url)
    if match is None:
        return "http", url, 80, "/"
    scheme = match[1] or "http"
    path = match[4] or "/"
    return scheme, match[2], int(match[3] or (443 if scheme == "https" else 80)), path if path.startswith("/") else "/" + path


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _request(process: Process, method: str, host: str, port: int, path: str, headers: dict[str, str], body: str) -> Request:
    named = host if port in (80, 443) else f"{host}:{port}"
    return Request(method, path, {"Host": named, **headers}, body, process.box.namespace.address)


# -- wget


def wget(process: Process, args: list[str]) -> Run:
    """BusyBox wget: -q -O FILE -T SECONDS --server-response --spider --header --post-data."""
    found, words = split_options(args, "OTPUt")
    quiet, spider = "q" in found, "spider" in found
    if not words:
        return refuse(process, "missing URL")
    _, host, port, path = _parts(words[0])
    if not quiet:
        process.print(f"Connecting to {host}:{port} ({process.box.resolve(host) or host}:{port})", "stderr")
    address = process.box.resolve(host)
    yield Sleep(LOOKUP_SECONDS)
    if address is None:
        return refuse(process, f"bad address '{host}'")
    headers = {"User-Agent": "Wget"} | _header_options(args)
    method = "HEAD" if spider else "POST" if "post-data" in found else "GET"
    limit = float(found.get("T") or found.get("timeout") or 900)
    request = _request(process, method, host, port, path, headers, found.get("post-data", ""))
    connection, reply = yield Ask(address, port, request, timeout=min(limit, 130.0))
    if reply is None:
        return refuse(
            process,
            f"can't connect to remote host ({connection.address or address}): {why(connection)}"
            if connection.outcome is not Outcome.TIMEOUT
            else "download timed out",
        )
    return _wget_done(process, found, path, reply, quiet, spider)


def _wget_done(process: Process, found: dict[str, str], path: str, reply: Reply, quiet: bool, spider: bool) -> int:
    if "S" in found or "server-response" in found:
        process.print(f"  HTTP/1.1 {reply.status} {_phrase(reply.status)}", "stderr")
        for name, value in reply.headers.items():
            process.print(f"  {name}: {value}", "stderr")
    if reply.status >= 400:
        return refuse(process, f"server returned error: HTTP/1.1 {reply.status} {_phrase(reply.status)}")
    if spider:
        process.print("remote file exists", "stderr")
        return 0
    target = found.get("O") or path.partition("?")[0].rpartition("/")[2] or "index.html"
    if target == "-":
        process.write(reply.body)
        return 0
    try:
        process.box.disk().write(full(process, target), reply.body.encode(), process.now, uid=process.uid)
    except FileError as error:
        return refuse(process, f"can't open '{target}': {error.why}")
    if not quiet:
        process.print(
            f"saving to '{target}'\n{target:<20} 100% |********************************| {len(reply.body):>5}  0:00:00 ETA\n'{target}' saved", "stderr"
        )
    return 0


def _header_options(args: list[str]) -> dict[str, str]:
    result = {}
    for index, word in enumerate(args):
        text = word.partition("=")[2] if word.startswith("--header=") else args[index + 1] if word in ("--header", "-H") and index + 1 < len(args) else ""
        if ":" in text:
            name, _, value = text.partition(":")
            result[name.strip()] = value.strip()
    return result


def why(connection: Connection) -> str:
    return {Outcome.REFUSED: "Connection refused", Outcome.TIMEOUT: "Operation timed out", Outcome.NO_ROUTE: "No route to host"}.get(connection.outcome, "")


# -- curl


CURL_LONG = {
    "silent": "s",
    "show-error": "S",
    "head": "I",
    "include": "i",
    "output": "o",
    "request": "X",
    "data": "d",
    "data-raw": "d",
    "verbose": "v",
    "fail": "f",
    "location": "L",
    "insecure": "k",
    "max-time": "m",
    "connect-timeout": "m",
    "user-agent": "A",
    "write-out": "w",
    "header": "H",
    "user": "u",
    "cacert": "C",
}
CURL_VALUED = "oXdmAwHuCb"


def curl(process: Process, args: list[str]) -> Run:
    """curl with the options that lessons use."""
    found, urls = split_options(_short(args), CURL_VALUED)
    if not urls:
        return refuse(process, "(2) no URL specified", 2)
    code = 0
    for url in urls:
        code = yield from _fetch(process, found, url, _header_options(args))
    return code


def _short(args: list[str]) -> list[str]:
    result: list[str] = []
    skip = False
    for word in args:
        if skip:
            skip = False
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and name in CURL_LONG:
            if CURL_LONG[name] == "H":
                skip = not equals
                continue
            result += ["-" + CURL_LONG[name]] + ([value] if equals else [])
        elif word == "-H":
            skip = True
        elif not word.startswith("--"):
            result.append(word)
    return result


def _fetch(process: Process, found: dict[str, str], url: str, headers: dict[str, str]) -> Run:
    _, host, port, path = _parts(url)
    loud = "s" not in found or "S" in found
    address = process.box.resolve(host)
    yield Sleep(LOOKUP_SECONDS)
    if address is None:
        return refuse(process, f"(6) Could not resolve host: {host}", 6) if loud else 6
    method = found.get("X") or ("HEAD" if "I" in found else "POST" if "d" in found else "GET")
    limit = float(found.get("m") or 130)
    request = _request(process, method, host, port, path, {"User-Agent": "curl/8.17.0", "Accept": "*/*", **headers}, found.get("d", ""))
    began = process.now
    connection, reply = yield Ask(address, port, request, timeout=limit)
    if reply is None:
        return _curl_failed(process, connection, host, port, limit if "m" in found else 0.0, loud, process.now - began)
    return _curl_done(process, found, reply, address, port, process.now - began)


def _curl_failed(process: Process, connection: Connection, host: str, port: int, limit: float, loud: bool, took: float) -> int:
    if connection.outcome is Outcome.TIMEOUT:
        text = (
            f"(28) Connection timed out after {int(took * 1000)} milliseconds"
            if limit
            else f"(28) Failed to connect to {host} port {port} after {int(took * 1000)} ms: Could not connect to server"
        )
        return refuse(process, text, 28) if loud else 28
    text = f"(7) Failed to connect to {host} port {port} after {max(1, int(took * 1000))} ms: Could not connect to server"
    return refuse(process, text, 7) if loud else 7


def _curl_done(process: Process, found: dict[str, str], reply: Reply, address: str, port: int, took: float) -> int:
    if "v" in found:
        process.print(f"*   Trying {address}:{port}...\n* Connected to {address} port {port}\n< HTTP/1.1 {reply.status} {_phrase(reply.status)}", "stderr")
    if "f" in found and reply.status >= 400:
        return refuse(process, f"(22) The requested URL returned error: {reply.status}", 22)
    text = ""
    if "I" in found or "i" in found:
        text = f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in reply.headers.items()) + "\r\n"
    text += "" if "I" in found else reply.body
    target = found.get("o")
    if target and target != "/dev/null":
        process.box.disk().write(full(process, target), text.encode(), process.now)
    elif not target:
        process.write(text)
    if "w" in found:
        values = {
            "http_code": str(reply.status),
            "response_code": str(reply.status),
            "time_total": f"{took:.6f}",
            "remote_ip": address,
            "size_download": str(len(reply.body)),
        }
        shown = re.sub(r"%\{(\w+)\}", lambda m: values.get(m[1], ""), found["w"])
        process.write(shown.replace("\\n", "\n"))
    return 0


# -- names


def nslookup(process: Process, args: list[str]) -> Run:
    words = [a for a in args if not a.startswith("-")]
    server = _nameserver(process)
    yield Sleep(LOOKUP_SECONDS)
    process.print(f"Server:\t\t{server}\nAddress:\t{server}:53\n")
    if not words:
        return 1
    found = process.box.fabric.lookup(process.box.namespace, words[0], process.box.search)
    if not found:
        process.print(f"** server can't find {words[0]}: NXDOMAIN")
        return 1
    for address in found:
        process.print(f"Name:\t{_full_name(process, words[0])}\nAddress: {address}")
    process.print("")
    return 0


def _full_name(process: Process, name: str) -> str:
    fabric = process.box.fabric
    for domain in process.box.search:
        if fabric.names is not None and fabric.names(f"{name}.{domain}"):
            return f"{name}.{domain}"
    return name


def _nameserver(process: Process) -> str:
    text = (process.box.disk().read("/etc/resolv.conf") or b"").decode()
    match = re.search(r"^nameserver (\S+)", text, re.MULTILINE)
    return match[1] if match else "127.0.0.11"


def dig(process: Process, args: list[str]) -> Run:
    words = [a for a in args if not a.startswith(("+", "@", "-")) and a.upper() not in ("A", "IN")]
    short, search = "+short" in args, process.box.search if "+search" in args else ()
    yield Sleep(LOOKUP_SECONDS)
    for name in words:
        found = process.box.fabric.lookup(process.box.namespace, name, search)
        if not short:
            status = "NOERROR" if found else "NXDOMAIN"
            process.print(f";; ->>HEADER<<- opcode: QUERY, status: {status}\n;; QUESTION SECTION:\n;{name}.\t\t\tIN\tA\n")
        for address in found:
            process.print(address if short else f"{name}.\t\t30\tIN\tA\t{address}")
    return 0


def getent(process: Process, args: list[str]) -> Run:
    address = process.box.resolve(args[1]) if len(args) > 1 and args[0] in ("hosts", "ahosts") else None
    if address is None:
        return done(2)
    process.print(f"{address:<15} {args[1]}")
    return done()


# -- connections


def nc(process: Process, args: list[str]) -> Run:
    """netcat: -z tries a port, -l listens and shows what comes, -w limits the wait."""
    found, words = split_options(args, "wpqi")
    if "l" in found:
        return (yield from _listen(process, int(found.get("p") or (words[-1] if words else 0))))
    if len(words) < 2:
        return refuse(process, "no host and port")
    host, port = words[0], int(words[1].partition("-")[0])
    address = process.box.resolve(host)
    if address is None:
        return refuse(process, f"bad address '{host}'")
    limit = float(found.get("w") or 130)
    connection = process.box.fabric.connect(process.box.namespace, address, port, "UDP" if "u" in found else "TCP")
    yield Sleep(min(connection.seconds, limit))
    if connection.listener is None:
        if "v" in found or "z" not in found:
            return refuse(process, f"{host} ({address}:{port}): {why(connection)}")
        return 1
    if "v" in found:
        process.print(f"{host} ({address}:{port}) open", "stderr")
    if "z" in found:
        return 0
    return (yield from _talk(process, address, port))


def _talk(process: Process, address: str, port: int) -> Run:
    while (text := (yield Read())) is not None:
        words = text.strip().split(" ")
        request = Request(words[0], words[1] if len(words) > 1 else "/", {}, text.strip(), process.box.namespace.address, "raw")
        _, reply = yield Ask(address, port, request)
        if reply is None:
            return 1
        process.write(reply.body if reply.body.endswith("\n") or not reply.body else reply.body + "\n")
    return 0


def _listen(process: Process, port: int) -> Run:
    got: list[str] = []

    def answer(request: Request) -> Reply:
        got.append(request.body or f"{request.method} {request.path} HTTP/1.1\n")
        process.box.wake(process)
        return Reply(200, {}, "")

    if not process.listen(port, answer, "raw"):
        return refuse(process, "bind: Address already in use")
    while not got:
        yield Sleep(0.2)
    process.write(got[0] if got[0].endswith("\n") else got[0] + "\n")
    return 0


def ping(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "cwWi")
    if not words:
        return refuse(process, "missing host")
    address = process.box.resolve(words[0])
    if address is None:
        return refuse(process, f"bad address '{words[0]}'")
    process.print(f"PING {words[0]} ({address}): 56 data bytes")
    target, count = process.box.fabric.at(address), int(found.get("c") or 1_000_000)
    answered = sent = 0
    while sent < count:
        if target is not None and process.box.fabric.reaches(process.box.namespace, target):
            process.print(f"64 bytes from {address}: seq={sent} ttl=63 time=0.{180 + sent % 60} ms")
            answered += 1
        sent += 1
        yield Sleep(1.0)
    process.print(
        f"\n--- {words[0]} ping statistics ---\n{sent} packets transmitted, {answered} packets received, {(sent - answered) * 100 // max(sent, 1)}% packet loss"
    )
    return 0 if answered else 1


def ip(process: Process, args: list[str]) -> Run:
    address = process.box.namespace.address
    if args[:1] in (["route"], ["r"]):
        process.print("default via 169.254.1.1 dev eth0\n169.254.1.1 dev eth0 scope link")
    else:
        process.print(
            f"1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n"
            f"2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450\n    inet {address}/32 scope global eth0"
        )
    return done()


def netstat(process: Process, args: list[str]) -> Run:
    process.print("Proto Recv-Q Send-Q Local Address           Foreign Address         State")
    for (transport, port), _ in sorted(process.box.namespace.listeners.items(), key=lambda e: e[0]):
        process.print(f"{transport.lower():<5}      0      0 {'0.0.0.0:' + str(port):<23} 0.0.0.0:*               LISTEN")
    return done()


BODIES: dict[str, Body] = {
    "wget": wget, "curl": curl, "nslookup": nslookup, "dig": dig, "host": nslookup, "getent": getent, "nc": nc, "telnet": nc, "ping": ping, "ip": ip,
    "ifconfig": ip, "netstat": netstat, "ss": netstat,
}  # fmt: skip
PROGRAMS = commands(BODIES)
