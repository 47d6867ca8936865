"""Other official images of Docker Hub: servers of which lessons need no more than that they are there."""

from cluster_engine.runtime.image import Image
from cluster_engine.runtime.programs.generic import Anything
from cluster_engine.runtime.programs.program import Program

SERVERS: dict[str, tuple[float, tuple[int, ...], float]] = {
    # size, ports, memory MiB
    "memcached": (35, (11211,), 8.0),
    "rabbitmq": (85, (5672,), 110.0),
    "nats": (8, (4222, 8222), 12.0),
    "traefik": (50, (80, 8080), 30.0),
    "haproxy": (42, (), 12.0),
    "caddy": (20, (80, 443), 14.0),
    "wordpress": (230, (80,), 60.0),
    "drupal": (190, (80,), 70.0),
    "ghost": (160, (2368,), 120.0),
    "tomcat": (170, (8080,), 180.0),
    "jetty": (190, (8080,), 150.0),
    "elasticsearch": (640, (9200, 9300), 1400.0),
    "kibana": (480, (5601,), 500.0),
    "influxdb": (170, (8086,), 60.0),
    "registry": (18, (5000,), 15.0),
    "vault": (170, (8200,), 80.0),
    "consul": (75, (8500,), 50.0),
    "zookeeper": (110, (2181,), 90.0),
    "couchdb": (90, (5984,), 60.0),
    "neo4j": (290, (7474, 7687), 420.0),
    "sonarqube": (600, (9000,), 1600.0),
    "nextcloud": (430, (80,), 90.0),
    "adminer": (45, (8080,), 14.0),
    "phpmyadmin": (180, (80,), 30.0),
    "joomla": (220, (80,), 60.0),
    "mediawiki": (270, (80,), 70.0),
    "redmine": (190, (3000,), 150.0),
    "kong": (110, (8000, 8443), 120.0),
    "telegraf": (130, (8125,), 40.0),
    "eclipse-mosquitto": (6, (1883,), 4.0),
    "solr": (250, (8983,), 500.0),
    "rethinkdb": (50, (28015,), 60.0),
    "arangodb": (200, (8529,), 200.0),
    "docker": (130, (2376,), 80.0),
}


def _program(name: str, ports: tuple[int, ...], memory: float) -> Program:
    return Anything(names=(name,), speaks="any", boots=0.8, memory=memory, cpu=3.0)


PROGRAMS = tuple(_program(name, ports, memory) for name, (_, ports, memory) in SERVERS.items())
TAGS = r"(latest|stable|management|lts|alpine|v?\d+(\.\d+){0,3})([-.][\w.]+)*"
IMAGES = tuple(Image(f"docker.io/library/{name}", size, ("docker-entrypoint.sh",), (name,), TAGS, ports=ports) for name, (size, ports, _) in SERVERS.items())
