"""Just enough DER to write RFC 3161 tokens and RFC 6962 lists, and to look at the parts of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

SEQUENCE, SET, OCTETS, INTEGER, BOOLEAN = 0x30, 0x31, 0x04, 0x02, 0x01
FIELD_0 = 0xA0  # context-specific, constructed, number 0


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, length, value; the parts are joined."""
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of the encoded parts."""
    return tlv(SEQUENCE, *parts)


def set_of(*parts: bytes, tag: int = SET) -> bytes:
    """SET OF the encoded parts, sorted as DER demands (X.690 11.6)."""
    return tlv(tag, *sorted(parts))


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTETS, value)


def integer(value: int) -> bytes:
    """INTEGER."""
    return _encoded(value)


def text(value: str) -> bytes:
    """UTF8String."""
    return _encoded(value)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    from cryptography.x509 import ObjectIdentifier

    return _encoded(ObjectIdentifier(dotted))


def time(value: datetime) -> bytes:
    """GeneralizedTime in UTC, whole seconds."""
    from cryptography.hazmat.asn1 import GeneralizedTime

    return _encoded(GeneralizedTime(value.replace(microsecond=0)))


def _encoded(value: object) -> bytes:
    from cryptography.hazmat import asn1

    return asn1.encode_der(value)


def elements(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, value and whole encoding of each element in the content of a constructed value. Raises ValueError."""
    at = 0
    while at < len(content):
        if at + 2 > len(content):
            raise ValueError("DER ends within a header")
        tag, length, start = content[at], content[at + 1], at + 2
        if length & 0x80:
            octet_count = length & 0x7F
            length = int.from_bytes(content[start : start + octet_count], "big")
            start += octet_count
        if start + length > len(content):
            raise ValueError("DER ends within a value")
        yield tag, content[start : start + length], content[at : start + length]
        at = start + length


def inside(encoded: bytes) -> tuple[tuple[int, bytes, bytes], ...]:
    """The elements of one constructed value. Raises ValueError."""
    ((_, content, _),) = elements(encoded)
    return tuple(elements(content))
