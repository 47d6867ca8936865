"""Databases that lessons start beside a web page: PostgreSQL, MySQL, MariaDB, MongoDB. They insist on the settings that the real ones do."""

from dataclasses import dataclass

from cluster_engine.kernel.clock import timestamp
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process, Run
from cluster_engine.runtime.programs.program import Server

POSTGRES_REFUSAL = """Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run"."""
MYSQL_REFUSAL = """[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified
    You need to specify one of the following as an environment variable:
    - MYSQL_ROOT_PASSWORD
    - MYSQL_ALLOW_EMPTY_PASSWORD
    - MYSQL_RANDOM_ROOT_PASSWORD"""


@dataclass(frozen=True)
class Database(Server):
    """`needs`: one of these variables must be set, else it refuses to start with `refusal`."""

    needs: tuple[str, ...] = ()
    refusal: str = ""

    def run(self, process: Process) -> Run:
        if self.needs and not any(process.env.get(name) for name in self.needs):
            for line in self.refusal.split("\n"):
                process.print(line, "stderr")
            return 1
        return (yield from Server.run(self, process))


def _postgres(process: Process) -> list[str]:
    now = timestamp(process.now).replace("T", " ").rstrip("Z")
    texts = ('listening on IPv4 address "0.0.0.0", port 5432', "database system is ready to accept connections")
    return [f"{now}.000 UTC [1] LOG:  {text}" for text in texts]


def _mysql(process: Process) -> list[str]:
    where = "socket: '/var/run/mysqld/mysqld.sock'  port: 3306"
    return [f"{timestamp(process.now)} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '9.5.0'  {where}"]


def _mongo(process: Process) -> list[str]:
    return [
        f'{{"t":{{"$date":"{timestamp(process.now)}"}},"s":"I","c":"NETWORK","id":23016,"ctx":"listener",'
        '"msg":"Waiting for connections","attr":{"port":27017}}'
    ]


PROGRAMS = (
    Database(
        names=("postgres",),
        ports=(5432,),
        speaks="postgres",
        boots=1.5,
        ready=_postgres,
        drains=0.2,
        memory=40.0,
        cpu=2.0,
        needs=("POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD", "POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD"),
        refusal=POSTGRES_REFUSAL,
    ),
    Database(
        names=("mysqld", "mariadbd"),
        ports=(3306,),
        speaks="mysql",
        boots=4.0,
        ready=_mysql,
        drains=1.0,
        memory=380.0,
        cpu=5.0,
        needs=("MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD_FILE", "MARIADB_ROOT_PASSWORD"),
        refusal=MYSQL_REFUSAL,
    ),
    Database(names=("mongod",), ports=(27017,), speaks="mongo", boots=1.0, ready=_mongo, drains=0.3, memory=120.0, cpu=4.0),
)
ENTRY = ("docker-entrypoint.sh",)
IMAGES = (
    Image(
        "docker.io/library/postgres",
        155,
        ENTRY,
        ("postgres",),
        r"(latest|\d{1,2}(\.\d+)?)(-(alpine|bookworm|trixie|bullseye))?(3\.\d+)?|alpine|bookworm",
        ports=(5432,),
        tools=("postgres", "psql", "pg_isready"),
    ),
    Image(
        "docker.io/library/mysql",
        240,
        ENTRY,
        ("mysqld",),
        r"(latest|lts|innovation|[5-9](\.\d+){0,2})(-(oracle|oraclelinux9|debian))?",
        ports=(3306,),
        tools=("mysqld", "mysql", "mysqladmin"),
    ),
    Image(
        "docker.io/library/mariadb",
        118,
        ENTRY,
        ("mariadbd",),
        r"latest|lts|1\d(\.\d+){0,2}(-(jammy|noble|focal))?",
        ports=(3306,),
        tools=("mariadbd", "mysql", "mysqladmin", "mariadb"),
    ),
    Image(
        "docker.io/library/mongo",
        280,
        ENTRY,
        ("mongod",),
        r"latest|[3-8](\.\d+){0,2}(-(jammy|focal|noble))?",
        ports=(27017,),
        tools=("mongod", "mongosh", "mongo"),
    ),
)
