"""The link to the pump: frames over a serial line, each with a length and a checksum.

A frame is `0x02, length, command, payload..., CRC-16 (big-endian)`. The link only reads: there is no command that
changes what the pump does.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Protocol

START = 0x02
STATUS = 0x10
MAX_PAYLOAD = 250


class LinkError(Exception):
    """The pump did not answer, or not in a way that can be trusted."""


class Line(Protocol):
    """What is needed of a serial line; `serial.Serial` and the simulated pump both have it."""

    def write(self, data: bytes, /) -> int | None: ...

    def read(self, size: int = 1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Status:
    """What the pump says about itself."""

    serial: str
    running: bool
    battery_percent: int


def open_line(address: str, timeout_seconds: float = 2.0) -> Line:
    """A serial line by its address, such as /dev/ttyUSB0; `sim://` is the simulated pump."""
    if address == "sim://":
        from pump_link.simulator import SimulatedPump

        return SimulatedPump()
    import serial

    try:
        return serial.serial_for_url(address, baudrate=9600, timeout=timeout_seconds)
    except (OSError, ValueError) as e:
        raise LinkError(f"{address} cannot be opened: {e}") from e


def status(line: Line) -> Status:
    """Ask the pump for its status. Raises LinkError."""
    line.write(frame(STATUS, b""))
    command, payload = read_frame(line)
    if command != STATUS or len(payload) < 3:
        raise LinkError("the pump answered something else")
    running, battery, serial_number = payload[0], payload[1], payload[2:]
    if running > 1 or battery > 100 or not serial_number.isascii():
        raise LinkError("the pump's answer is out of range")
    return Status(serial_number.decode("ascii"), bool(running), battery)


def frame(command: int, payload: bytes) -> bytes:
    """One frame, ready to send."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload holds at most {MAX_PAYLOAD} bytes")
    body = bytes([len(payload), command]) + payload
    return bytes([START]) + body + _checksum(body)


def read_frame(line: Line) -> tuple[int, bytes]:
    """The command and payload of the next frame. Raises LinkError where it is cut short or damaged."""
    head = _exactly(line, 3)
    if head[0] != START or head[1] > MAX_PAYLOAD:
        raise LinkError("this is not the start of a frame")
    rest = _exactly(line, head[1] + 2)
    payload, checksum = rest[:-2], rest[-2:]
    if _checksum(head[1:] + payload) != checksum:
        raise LinkError("the checksum does not fit: the line is disturbed")
    return head[2], payload


def _exactly(line: Line, size: int) -> bytes:
    data = line.read(size)
    if len(data) != size:
        raise LinkError("the pump stopped in the middle of an answer")
    return data


def _checksum(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
