"""Clients that stand beside servers: redis-cli, pg_isready and its like, nodetool, jq."""

import json
import re

from cluster_engine.network.wire import Request
from cluster_engine.runtime.process import Ask, Process, Read, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands, refuse
from cluster_engine.runtime.programs.coreutils import done
from cluster_engine.runtime.programs.nettools import why
from cluster_engine.runtime.programs.texts import split_options


def redis_cli(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "hpan")
    address = process.box.resolve(found.get("h") or "127.0.0.1")
    host, port = found.get("h") or "127.0.0.1", int(found.get("p") or 6379)
    if address is None:
        return refuse(process, f"Could not connect to Redis at {host}:{port}: Name does not resolve")
    lines = [" ".join(words)] if words else []
    if not words:
        while (text := (yield Read())) is not None:
            lines += text.splitlines()
    for line in lines:
        connection, reply = yield Ask(address, port, Request(body=line, protocol="redis"))
        if reply is None:
            process.print(f"Could not connect to Redis at {host}:{port}: {why(connection)}", "stderr")
            return 1
        process.print(reply.body or "(nil)")
    return 0


def ready_client(name: str, port: int, good: str) -> Body:
    """pg_isready, mysqladmin ping and their like: is the server there?"""

    def run(process: Process, args: list[str]) -> Run:
        found, _ = split_options(args, "hpPUduw")
        host = found.get("h") or found.get("host") or "127.0.0.1"
        address = process.box.resolve(host)
        connection = process.box.fabric.connect(process.box.namespace, address, port) if address is not None else None
        yield Sleep(0.01)
        if connection is None or connection.listener is None:
            process.print(f"{host}:{port} - no response", "stderr")
            return 2
        process.print(good.format(host=host, port=port))
        return 0

    run.__name__ = name
    return run


def nodetool(process: Process, args: list[str]) -> Run:
    address = process.box.namespace.address
    process.print(
        f"Datacenter: DC1-K8Demo\n======================\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n"
        f"--  Address       Load       Tokens  Owns\nUN  {address}  104.55 KiB  32  100.0%"
    )
    return done()


def jq(process: Process, args: list[str]) -> Run:
    """jq with a plain path such as .items[0].name; -r prints text without quotes."""
    found, words = split_options(args)
    text = ""
    while (chunk := (yield Read())) is not None:
        text += chunk
    try:
        value = json.loads(text)
        for key, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", words[0] if words else "."):
            value = value[int(index)] if index else value.get(key) if isinstance(value, dict) else None
    except (ValueError, LookupError, TypeError) as error:
        return refuse(process, f"error: {error}", 5)
    process.print(value if "r" in found and isinstance(value, str) else json.dumps(value, indent=2))
    return 0


BODIES: dict[str, Body] = {
    "redis-cli": redis_cli,
    "pg_isready": ready_client("pg_isready", 5432, "{host}:{port} - accepting connections"),
    "psql": ready_client("psql", 5432, "psql: connected to {host}:{port}"),
    "mysqladmin": ready_client("mysqladmin", 3306, "mysqld is alive"),
    "mysql": ready_client("mysql", 3306, "connected to {host}:{port}"),
    "mongosh": ready_client("mongosh", 27017, "{{ ok: 1 }}"),
    "nodetool": nodetool,
    "jq": jq,
}
PROGRAMS = commands(BODIES)
