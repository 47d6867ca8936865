"""What answers on the page's port: websockets by their own routes, everything else by Django."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explorer.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

from explorer import health

pages = get_asgi_application()

from explorer.sockets.routing import websocket_urlpatterns  # noqa: E402


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"] in health.PATHS:
        await health.answer(scope["path"], send)
    else:
        await pages(scope, receive, send)


application = ProtocolTypeRouter({"http": http, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))})
