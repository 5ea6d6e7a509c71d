"""Which addresses may be asked: https anywhere, plain http on this very machine alone, nothing secret in them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from gatekeeper.model.errors import EvidenceError


def loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def base_address(text: str) -> str:
    """A server's base address, without a slash at its end. Raises EvidenceError for one that must not be asked."""
    parts = urlsplit(text)
    advice = "Give the address as https://host/path in the policy."
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise EvidenceError(f"{text!r} is not the address of a server", advice)
    if parts.username is not None or parts.password is not None:
        raise EvidenceError(f"the address of {parts.hostname} holds a user or password", advice)
    if parts.query or parts.fragment:
        raise EvidenceError(f"the address of {parts.hostname} holds a query or fragment", advice)
    if parts.scheme == "http" and not loopback(parts.hostname):
        raise EvidenceError(
            f"{parts.hostname} would be asked without encryption", "Use https; http is for loopback alone."
        )
    return text.rstrip("/")
