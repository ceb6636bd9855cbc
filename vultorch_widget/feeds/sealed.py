"""Signed values of a mailbox. Without the token, nobody can put anything into it that would be read."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TypeVar

from ..protocol.message import Message
from ..protocol.wire import MessageError, decode_as, encode

M = TypeVar("M", bound=Message)

MOST_BYTES = 16 << 20
"""Longest value that is read."""
_SIGNATURE = hashlib.sha256().digest_size
_LENGTH = 4


def seal(token: str, key: str, message: Message, data: bytes = b"") -> bytes:
    """``message`` and ``data`` as one value for ``key``."""
    text = json.dumps(encode(message)).encode()
    body = len(text).to_bytes(_LENGTH, "little") + text + data
    return _sign(token, key, body) + body


def unseal(token: str, key: str, value: bytes, kind: type[M]) -> tuple[M, bytes]:
    """The message and the data of a value that `seal` made for ``key``.

    Raises `MessageError`, naming the key, for a value that is too long, has another signature or does not fit ``kind``.
    """
    if len(value) > MOST_BYTES:
        raise MessageError(f"{key}: {len(value)} bytes are more than {MOST_BYTES}")
    signature, body = value[:_SIGNATURE], value[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(token, key, body)):
        raise MessageError(f"{key}: the token is wrong, or somebody else has written there")
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    try:
        content = json.loads(body[_LENGTH:end])
    except ValueError as error:
        raise MessageError(f"{key}: {error}") from error
    return decode_as(kind, content), body[end:]


def _sign(token: str, key: str, body: bytes) -> bytes:
    return hmac.digest(token.encode(), key.encode() + b"\0" + body, "sha256")
