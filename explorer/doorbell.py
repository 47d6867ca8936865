"""The doorbell: tells other processes and open pages that a cluster has a new revision. It says nothing else.

Channel layers lose messages when a reader is slow; that is why the message is only `{cluster, revision}` and everybody reads
the truth from the store. Rings come at most every few hundredths of a second for a cluster, the newest revision in them.
"""

import asyncio
import logging

from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer

logger = logging.getLogger("orrery.doorbell")
QUIET = 0.03
WORKERS = ("kube-scheduler", "kube-controller-manager", "kubelets")


def group(cluster: str) -> str:
    """The channel group of everybody who looks at `cluster`."""
    return f"cluster.{cluster}"


class Doorbell:
    """Collects rings and sends them on: to the workers' channels and to the group of everybody who looks."""

    def __init__(self) -> None:
        self._layer = get_channel_layer()
        self._rung: dict[str, int] = {}
        self._scheduled = False

    def ring(self, cluster: str, revision: int) -> None:
        self._rung[cluster] = revision
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(QUIET, self._send)

    def _send(self) -> None:
        self._scheduled = False
        rung, self._rung = self._rung, {}
        self._task = asyncio.ensure_future(self._send_all(rung))

    async def _send_all(self, rung: dict[str, int]) -> None:
        for cluster, revision in rung.items():
            message = {"type": "doorbell", "cluster": cluster, "revision": revision}
            try:
                await self._layer.group_send(group(cluster), message)
                for channel in WORKERS:
                    await self._layer.send(channel, message)
            except ChannelFull:
                continue  # a reader with a hundred unread rings will look at the newest state anyway
            except Exception as error:  # the next ring, or the listeners' own resync, mends what is lost here
                logger.warning("a doorbell was not heard", extra={"cluster": cluster, "reason": repr(error)})
