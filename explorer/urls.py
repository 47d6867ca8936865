"""Addresses of the site: accounts here, everything people look at in explorer.pages. Health is answered before Django."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from explorer import accounts

urlpatterns = [
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("enter/<str:token>/", accounts.enter, name="enter"),
    path("clusters/<str:name>/kubeconfig", accounts.kubeconfig, name="kubeconfig"),
    path("", include("explorer.pages.urls")),
]
