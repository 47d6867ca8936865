"""Image references as Docker reads them."""

import pytest

from cluster_engine.runtime.reference import InvalidReference, parse


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("redis:alpine", "docker.io/library/redis:alpine"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("localhost:5000/web", "localhost:5000/web:latest"),
        ("registry.k8s.io/e2e-test-images/agnhost:2.53", "registry.k8s.io/e2e-test-images/agnhost:2.53"),
        ("a.io/b@sha256:" + "0" * 64, "a.io/b@sha256:" + "0" * 64),
    ],
)
def test_defaults_are_filled_in(text: str, full: str) -> None:
    assert str(parse(text)) == full


@pytest.mark.parametrize("text", ["Nginx", "nginx:", "nginx:a b", "-web", "web//x", "", "a" * 64 + ":x:y", "nginx@sha256:1"])
def test_what_cannot_be_a_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse(text)
