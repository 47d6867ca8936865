"""Who may see and touch which cluster: its owner, and staff."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from explorer.models import Cluster

User = AbstractBaseUser | AnonymousUser


def clusters_of(user: User) -> QuerySet[Cluster]:
    """The clusters that `user` may open."""
    if not user.is_authenticated:
        return Cluster.objects.none()
    return Cluster.objects.all() if getattr(user, "is_staff", False) else Cluster.objects.filter(owner_id=user.pk)


def may_open(user: User, name: str) -> bool:
    return clusters_of(user).filter(name=name).exists()


def cluster_for(request: HttpRequest, name: str) -> Cluster:
    """The row of the cluster `name` if the request's user may open it. Raises Http404: whether it exists is nobody else's business."""
    row = clusters_of(request.user).select_related("owner").filter(name=name).first()
    if row is None:
        raise Http404(f"no cluster {name!r} of yours")
    return row


async def cluster_for_async(request: HttpRequest, name: str) -> Cluster:
    """`cluster_for` for async views, which are the ones that may touch a running cluster directly."""
    user = await request.auser()
    row = await clusters_of(user).select_related("owner").filter(name=name).afirst()
    if row is None:
        raise Http404(f"no cluster {name!r} of yours")
    return row


def identity(user: User) -> tuple[str, tuple[str, ...]]:
    """Who a person is inside a cluster that they may open: its administrator, under their own name."""
    return user.get_username(), ("system:masters", "system:authenticated")
