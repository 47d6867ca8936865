"""Who a request is: certificates, tokens, impersonation."""

import pytest

from cluster_engine.apiserver.attributes import AllowAll, Attributes, Decision, User
from cluster_engine.apiserver.authn import ADMIN, RequestAuthenticator, hashed
from cluster_engine.apiserver.authn_impersonation import impersonate, wanted_user
from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.apiserver.keys import ClusterKeys
from cluster_engine.apiserver.tokens import Bound, TokenError, TokenIssuer
from cluster_engine.machinery.status import ApiError

KEYS = ClusterKeys(b"k" * 32)
ACCOUNT = {"metadata": {"namespace": "shop", "name": "cart", "uid": "u-1"}}
POD = {"metadata": {"namespace": "shop", "name": "cart-1", "uid": "p-1"}}


class Objects(dict):
    def get(self, resource, namespace, name):
        return super().get((resource, namespace, name))


def world(**more):
    objects = Objects({("serviceaccounts", "shop", "cart"): ACCOUNT, ("pods", "shop", "cart-1"): POD})
    return RequestAuthenticator(TokenIssuer(KEYS), objects, lambda: more.get("now", 1000.0), {hashed("admin-token"): ADMIN}), objects


def asked(token):
    return HttpRequest("GET", "/", headers={"authorization": f"Bearer {token}"})


def issue(**more):
    return TokenIssuer(KEYS).issue(ACCOUNT, now=1000.0, token_id="t-1", **more)


def test_certificate_subject_gives_name_and_groups():
    user = world()[0].authenticate(HttpRequest("GET", "/", certificate=("jane", ("devs",))))
    assert user == User("jane", ("devs", "system:authenticated"))


def test_no_credentials_give_nobody():
    assert world()[0].authenticate(HttpRequest("GET", "/")) is None


def test_static_token_is_known_by_its_hash():
    assert world()[0].authenticate(asked("admin-token")) == ADMIN


def test_bogus_token_is_unauthorized():
    for token in ("bogus", "a.b.c", issue()[:-4] + "AAAA"):
        with pytest.raises(ApiError) as caught:
            world()[0].authenticate(asked(token))
        assert caught.value.code == 401


def test_account_token_names_the_account():
    user = world()[0].authenticate(asked(issue()))
    assert user.name == "system:serviceaccount:shop:cart"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated")
    assert user.uid == "u-1"
    assert user.extra == {"authentication.kubernetes.io/credential-id": ("JTI=t-1",)}


def test_equal_inputs_make_equal_tokens():
    assert issue() == issue()


def test_token_dies_with_its_pod():
    authenticator, objects = world()
    token = issue(bound=(Bound("Pod", "cart-1", "p-1"), Bound("Node", "n-1", "n-uid")))
    assert authenticator.authenticate(asked(token)).extra["authentication.kubernetes.io/pod-name"] == ("cart-1",)
    del objects[("pods", "shop", "cart-1")]
    with pytest.raises(ApiError):
        authenticator.authenticate(asked(token))


def test_token_of_a_remade_account_is_refused():
    authenticator, objects = world()
    objects[("serviceaccounts", "shop", "cart")] = {"metadata": {**ACCOUNT["metadata"], "uid": "u-2"}}
    with pytest.raises(TokenError, match="does not match claim"):
        authenticator.user_of(issue())


def test_token_expires_by_cluster_time():
    with pytest.raises(TokenError, match="has expired"):
        world(now=1000.0 + 700)[0].user_of(issue(seconds=600))


def test_other_audience_is_refused_as_upstream_words_it():
    with pytest.raises(TokenError) as caught:
        world()[0].user_of(issue(), ("other",))
    text = '[invalid bearer token, token audiences ["https://kubernetes.default.svc"] is invalid for the target audiences ["other"]]'
    assert str(caught.value) == text


def test_tokens_of_a_retired_key_are_still_read():
    old = issue()
    rotated = TokenIssuer(ClusterKeys(b"n" * 32, retired=(b"k" * 32,)))
    assert rotated.claims(old)["jti"] == "t-1"
    with pytest.raises(TokenError):
        TokenIssuer(ClusterKeys(b"n" * 32)).claims(old)


LIST = Attributes("list", resource="pods", version="v1", namespace="shop")


class Rules:
    revision = 0

    def __init__(self, *allowed):
        self.allowed = allowed

    def authorize(self, user, attributes):
        return Decision((attributes.verb, attributes.resource) in self.allowed)


def test_impersonated_account_gets_its_groups():
    wanted = wanted_user({"impersonate-user": "system:serviceaccount:shop:cart"})
    user = impersonate(wanted, ADMIN, LIST, AllowAll())
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated")


def test_impersonated_extra_and_groups_are_kept():
    headers = {"impersonate-user": "alice", "impersonate-group": "devs", "impersonate-uid": "u-1", "impersonate-extra-scopes": "view"}
    user = impersonate(wanted_user(headers), ADMIN, LIST, AllowAll())
    assert user == User("alice", ("devs", "system:authenticated"), "u-1", {"scopes": ("view",)})


def test_impersonation_is_refused_with_the_constrained_verb_first():
    with pytest.raises(ApiError) as caught:
        impersonate(User("alice"), User("bob"), LIST, Rules())
    text = 'pods is forbidden: User "bob" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"'
    assert caught.value.message == text


def test_old_right_to_impersonate_still_suffices():
    assert impersonate(User("alice"), User("bob"), LIST, Rules(("impersonate", "users"))).name == "alice"


def test_constrained_impersonation_never_gives_masters():
    rules = Rules(("impersonate-on:user-info:list", "pods"), ("impersonate:user-info", "users"), ("impersonate:user-info", "groups"))
    with pytest.raises(ApiError):
        impersonate(User("alice", ("system:masters",)), User("bob"), LIST, rules)
    assert impersonate(User("alice", ("devs",)), User("bob"), LIST, rules).groups == ("devs", "system:authenticated")


def test_groups_without_a_user_are_a_bad_request():
    with pytest.raises(ApiError) as caught:
        wanted_user({"impersonate-group": "devs"})
    text = 'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)} without impersonating a user name'
    assert (caught.value.code, caught.value.message) == (400, text)
