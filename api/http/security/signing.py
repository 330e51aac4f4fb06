"""Signatures of webhooks as Standard Webhooks 1.0 sets them: `v1,base64(HMAC-SHA256(id.timestamp.body))`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time

from pipeline.errors import InputError

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


def new_secret() -> str:
    """A signing secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message. Raises `InputError` for a secret that is not one."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


def verify(secret: str, headers: dict[str, str], body: bytes, *, at: float | None = None) -> bool:
    """Whether a message is as it was signed, within five minutes of `at` (now)."""
    stated = headers.get("webhook-timestamp", "")
    if not stated.isdigit() or abs((time.time() if at is None else at) - int(stated)) > TOLERANCE_SECONDS:
        return False
    expected = sign(secret, headers.get("webhook-id", ""), int(stated), body)["webhook-signature"]
    return any(hmac.compare_digest(expected, given) for given in headers.get("webhook-signature", "").split(" "))


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise InputError("webhook secret: not base64 after whsec_", code="bad_secret") from None
