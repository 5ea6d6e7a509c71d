"""Which addresses may be asked: https anywhere, plain http on this very machine alone, nothing secret in them."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

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
    """A server's base address, its host in small letters and without a slash at its end. Raises EvidenceError for one
    that must not be asked."""
    advice = "Give the address as https://host/path in the policy."
    parts = _parts(text)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        raise EvidenceError(f"{text!r} is not the address of a server", advice)
    if parts.username is not None or parts.password is not None:
        raise EvidenceError(f"the address of {parts.hostname} holds a user or password", advice)
    if parts.query or parts.fragment:
        raise EvidenceError(f"the address of {parts.hostname} holds a query or fragment", advice)
    if parts.scheme == "http" and not loopback(parts.hostname):
        raise EvidenceError(
            f"{parts.hostname} would be asked without encryption", "Use https; http is for loopback alone."
        )
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def _parts(text: str) -> SplitResult | None:
    """An address in parts; None where one of them is no such part: half an IPv6 address, a port that is none."""
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
