"""Addresses of mailboxes: where a feed listens and where a view looks, as given by the user."""

from __future__ import annotations

import platform

from .agreeing import host_group

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
MOST_PORT = 65535
SHORTEST = 16
"""Minimum characters of a token."""


def split(address: str) -> tuple[str, int]:
    """The host and the port of an address, 0 if it has none. Raises ValueError for anything else."""
    host, colon, port = address.rpartition(":") if ":" in address else (address, "", "0")
    if not host or ":" in host or not port.isdecimal() or int(port) > MOST_PORT or (colon and port == "0"):
        raise ValueError(f"an address is 'host' or 'host:port', with a port of 1 to {MOST_PORT}; got {address!r}")
    return host, int(port)


def checked_token(token: str | None) -> str:
    """Returns ``token``. Raises ValueError, which says how to make one, if it is missing or short."""
    if not isinstance(token, str) or len(token) < SHORTEST:
        said = "there is none" if token is None else f"this one has {len(token)}" if isinstance(token, str) else token
        raise ValueError(
            f"an address needs token= of at least {SHORTEST} characters, the same in feed() and view.attach(), such as "
            f"what secrets.token_urlsafe() makes; {said}"
        )
    return token


def announced_address(host: str, port: int) -> str:
    """The address under which others reach the mailbox."""
    return f"{platform.node() if host == EVERYWHERE else host}:{port}"


def reached(host: str, machine: str) -> str:
    """The host to connect to for a mailbox that listens at ``host`` on ``machine``."""
    if host != EVERYWHERE:
        return host
    return LOOPBACK if machine == platform.node() else machine


def gathered(address: str) -> list[str]:
    """The addresses of all ranks. All ranks must call it together; without a process group there is only this one's."""
    import torch.distributed as dist  # noqa: PLC0415 (slow to import)

    group = host_group()
    if group is None:
        return [address]
    found: list[str | None] = [None] * dist.get_world_size()
    dist.all_gather_object(found, address, group=group)
    return [str(one) for one in found]
