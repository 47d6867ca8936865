"""Addresses of the site: health and accounts here, everything people look at in explorer.pages."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from explorer import accounts, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("enter/<str:token>/", accounts.enter, name="enter"),
    path("clusters/<str:name>/kubeconfig", accounts.kubeconfig, name="kubeconfig"),
    path("", include("explorer.pages.urls")),
]
