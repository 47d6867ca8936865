"""Routes of the websockets."""

from django.urls import path

from explorer.sockets.diagram import Diagram

websocket_urlpatterns = [path("clusters/<str:name>/diagram", Diagram.as_asgi())]
