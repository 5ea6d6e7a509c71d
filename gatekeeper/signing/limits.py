"""Bounds that the library lacks: a time-out on every request, a size on every answer, and an end to every step.

A read time-out bounds the gap between two bytes, not the request, and name resolution knows no time-out at all.
So each step also runs in a thread of its own that is waited for no longer than the budget allows, then abandoned.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from gatekeeper.signing.failures import ServiceOutageError

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

T = TypeVar("T")
MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for a connection, between two bytes, and for one signature with all its tries."""

    connect: float = 5.0
    read: float = 30.0
    budget: float = 180.0
    attempts: int = 4
    pause: float = 1.0  # before the second try; doubles
    at_once: int = 8  # signatures under way at the same time, where many are asked for


def bounded_adapter(limits: Limits) -> HTTPAdapter:
    """What an HTTP session is mounted with, so that no request of it lasts or grows without bound."""
    from requests.adapters import HTTPAdapter

    class Bounded(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            if kwargs.get("timeout") is None:
                kwargs["timeout"] = (limits.connect, limits.read)
            kwargs["stream"] = True
            response = super().send(*args, **kwargs)
            content = b"".join(_pieces(response))
            response._content, response._content_consumed = content, True  # type: ignore[attr-defined]  # as its own .content does
            return response

    return Bounded()


def _pieces(response: requests.Response) -> list[bytes]:
    import requests

    pieces, size = [], 0
    for piece in response.iter_content(64 * 1024):
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            response.close()
            raise requests.exceptions.ContentDecodingError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        pieces.append(piece)
    return pieces


@dataclass(slots=True)
class _Step:
    action: Callable[[], Any]
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: BaseException | None = None


class Worker:
    """A thread that does one step after another; a step that does not end in time leaves the thread behind."""

    def __init__(self) -> None:
        self._steps: queue.SimpleQueue[_Step | None] | None = None

    def call(self, action: Callable[[], T], seconds: float) -> T:
        """The action's result, or its exception; ServiceOutageError once the time is over."""
        if self._steps is None:
            self._steps = queue.SimpleQueue()
            threading.Thread(target=_work, args=(self._steps,), daemon=True).start()
        step = _Step(action)
        self._steps.put(step)
        if not step.done.wait(max(seconds, 0.0)):
            self._steps.put(None)
            self._steps = None
            raise ServiceOutageError(f"a signing service did not finish its answer within {seconds:.0f} s")
        if step.error is not None:
            raise step.error
        result: T = step.result
        return result

    def close(self) -> None:
        """Let the thread end."""
        if self._steps is not None:
            self._steps.put(None)
            self._steps = None


def _work(steps: queue.SimpleQueue[_Step | None]) -> None:
    while (step := steps.get()) is not None:
        try:
            step.result = step.action()
        except BaseException as e:  # noqa: BLE001  # handed over to the caller, who raises it
            step.error = e
        step.done.set()


def persistently(
    worker: Worker, limits: Limits, action: Callable[[], T], forget: Callable[[], None] = lambda: None
) -> T:
    """Do one step, again after each outage while tries and budget last; `forget` drops what a failed try left.

    Raises ServiceOutageError with the number of tries, and at once whatever is no outage.
    """
    deadline = time.monotonic() + limits.budget
    for attempt in range(1, limits.attempts + 1):
        try:
            return worker.call(action, deadline - time.monotonic())
        except ServiceOutageError as e:
            forget()
            pause = limits.pause * 2 ** (attempt - 1)
            if attempt == limits.attempts or time.monotonic() + pause >= deadline:
                raise _given_up(e, attempt) from e
            time.sleep(pause)
    raise AssertionError("at least one attempt is made")  # Limits.attempts is positive


def _given_up(error: ServiceOutageError, attempts: int) -> ServiceOutageError:
    tries = "once" if attempts == 1 else f"{attempts} times"
    advice = error.advice or "Nothing is lost: run again with --resume when the service is back."
    return ServiceOutageError(f"{error.message} (tried {tries})", advice)
