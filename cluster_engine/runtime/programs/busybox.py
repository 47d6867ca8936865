"""busybox and the bare distributions: images whose command is a shell."""

from cluster_engine.runtime.image import Image

V = r"latest|stable|\d+(\.\d+){0,2}(-(glibc|musl|uclibc))?|glibc|musl|uclibc|unstable|stable-(glibc|musl|uclibc)"
IMAGES = (
    Image("docker.io/library/busybox", 2.2, (), ("sh",), rf"{V}", base="busybox", own_layers=1),
    Image("registry.k8s.io/busybox", 1.2, (), ("sh",), r"[\d.]+|latest", base="busybox", own_layers=1),
    Image("registry.k8s.io/e2e-test-images/busybox", 1.2, (), ("sh",), r"[\d.]+(-\d+)?", base="busybox", own_layers=1),
    Image("gcr.io/google-containers/busybox", 1.2, (), ("sh",), r"[\d.]+|latest", base="busybox", own_layers=1),
    Image("docker.io/library/alpine", 3.8, (), ("/bin/sh",), r"latest|edge|3(\.\d{1,2}(\.\d+)?)?", base="alpine", own_layers=1),
    Image(
        "docker.io/library/debian",
        49,
        (),
        ("bash",),
        r"latest|stable|\d+(\.\d+)?(-slim)?|(bookworm|trixie|bullseye|sid|buster)(-slim)?",
        base="debian",
        own_layers=1,
    ),
    Image("docker.io/library/ubuntu", 30, (), ("/bin/bash",), r"latest|rolling|\d\d\.\d\d|jammy|noble|focal|bionic|xenial", base="ubuntu", own_layers=1),
    Image("docker.io/library/fedora", 68, (), ("/bin/bash",), r"latest|\d\d|rawhide", base="debian", own_layers=1),
    Image("docker.io/library/centos", 80, (), ("/bin/bash",), r"latest|[5-8]|centos[78]|7\.\d\.\d{4}", base="debian", own_layers=1),
    Image("docker.io/library/bash", 6, ("docker-entrypoint.sh",), ("bash",), r"latest|[345](\.\d+){0,2}", base="alpine", tools=("bash",), own_layers=1),
    Image("docker.io/curlimages/curl", 9, ("/entrypoint.sh",), ("curl",), r"latest|\d+\.\d+\.\d+", base="alpine", tools=("curl",), own_layers=2, user="100"),
    Image("docker.io/nicolaka/netshoot", 180, (), ("sh",), r"latest|v[\d.]+", base="alpine", tools=("curl", "dig", "bash", "tcpdump", "nc")),
    Image("docker.io/library/hello-world", 0.01, ("/hello",), (), r"latest|linux", base="scratch", tools=("hello",), own_layers=1),
    Image("docker.io/library/perl", 350, (), ("perl",), r"latest|\d+(\.\d+){0,2}(-(slim|bookworm|trixie))*|slim", base="debian", tools=("perl",)),
)
