"""A pump that exists in memory only, for tests and for showing the link without a device."""

from __future__ import annotations

from pump_link import link


class SimulatedPump:
    """Answers each status request; everything else it leaves unanswered, as the real one does."""

    def __init__(self, serial: str = "SIM-0001", *, running: bool = True, battery_percent: int = 87) -> None:
        self._payload = bytes([running, battery_percent]) + serial.encode("ascii")
        self._waiting = b""

    def write(self, data: bytes, /) -> int:
        """Take a request."""
        if data == link.frame(link.STATUS, b""):
            self._waiting += link.frame(link.STATUS, self._payload)
        return len(data)

    def read(self, size: int = 1, /) -> bytes:
        """Give what waits, at most `size` bytes."""
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given
