"""Acting in the moment before a file that is being hashed is read on."""

from __future__ import annotations

from collections.abc import Callable
from io import FileIO
from typing import Any

import pytest

from gatekeeper.tools import hashing


def before_each_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Call `act` before every read of the hashing room; what it raises, the read raises."""

    class Watched(FileIO):
        def readinto(self, buffer: Any, /) -> int | None:
            act()
            return super().readinto(buffer)

    monkeypatch.setattr(hashing, "FileIO", Watched)
