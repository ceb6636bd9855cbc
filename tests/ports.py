"""Ports for slow servers and kernels, which no other socket can get in the meantime."""

from __future__ import annotations

import contextlib
import random
import socket

from jupyter_client.connect import LocalPortCache


def free_port() -> int:
    """A port that nobody listens on. Systems hand out those above 32,767 to anyone who asks for any port."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_768)
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class _Ports(LocalPortCache):
    """Ports for the kernels of this process. The base class uses ports that any connection may get meanwhile."""

    def find_available_port(self, ip: str) -> int:
        while (port := free_port()) in self.currently_used_ports:
            pass
        self.currently_used_ports.add(port)
        return port


def keep_for_kernels() -> None:
    """Makes the kernels that this process starts from now on use such ports."""
    LocalPortCache.clear_instance()
    _Ports.instance()
