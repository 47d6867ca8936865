"""Getting in: the login form, the one-time link, and the kubeconfig of a cluster one owns."""

from asgiref.sync import sync_to_async
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from explorer.access import cluster_for
from explorer.api.credentials import kubeconfig_for
from explorer.models import LoginLink


class Login(LoginView):
    template_name = "login.html"
    redirect_authenticated_user = True


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    links = LoginLink.objects.filter(digest=LoginLink.digest_of(token), expires__gte=timezone.now())
    link = links.select_related("user").first()
    if link is None or not LoginLink.objects.filter(pk=link.pk).delete()[0]:
        if request.user.is_authenticated:
            return redirect("/")
        return render(request, "login.html", {"form": Login.form_class(request), "stale_link": True}, status=410)
    login(request, link.user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("/")


async def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Let the holder of a link in, once. Of two that come at the same moment, one gets in."""
    return await sync_to_async(_enter)(request, token)


@login_required
def kubeconfig(request: HttpRequest, name: str) -> HttpResponse:
    """The kubeconfig of a cluster of one's own, as a file."""
    row = cluster_for(request, name)
    response = HttpResponse(kubeconfig_for(row.pk, row.name, row.seed), content_type="application/yaml")
    response["Content-Disposition"] = f'attachment; filename="{row.name}.kubeconfig.yaml"'
    response["Cache-Control"] = "no-store"
    return response
