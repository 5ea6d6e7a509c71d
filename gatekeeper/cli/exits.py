"""The one map from what happened to the exit code, and the one boundary round the whole program.

0 release allowed or verified; 1 blocked or not authentic: a judgement was made; 2 usage, or an invalid policy or
deviations file; 3 undecided; 130 interrupted. The same for every command and output format.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from gatekeeper.model.errors import GatekeeperError, NotAuthenticError, PolicyError, UsageError
from gatekeeper.model.words import Decision

RELEASED, BLOCKED, USAGE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
OF_DECISION = {Decision.RELEASE: RELEASED, Decision.BLOCK: BLOCKED, Decision.UNDECIDED: UNDECIDED}

_STREAM_GONE = frozenset({errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EDQUOT})

MEANINGS = {
    RELEASED: "release allowed, or verified",
    BLOCKED: "blocked, or not authentic: a judgement was made",
    USAGE: "usage error, or an invalid policy or deviations file",
    UNDECIDED: "undecided: it could not be judged or completed",
    INTERRUPTED: "interrupted",
}


def guarded(program: Callable[[], int | None]) -> int:
    """Run the program; whatever escapes it becomes one sentence on stderr and one exit code, never a pass."""
    _opened()
    try:
        code = program()
    except GatekeeperError as e:
        code = _explained(e)
    except OSError as e:
        code = _of_the_system(e)
    except BaseException as e:  # noqa: BLE001 - told apart where click is loaded; libraries in Rust panic past Exception
        code = _of(e)
    return _flushed(UNDECIDED if code is None else code)


def _of_the_system(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        say("the reader of standard output went away before all was shown")
    elif error.filename is None and error.errno in _STREAM_GONE:
        say(f"standard output cannot be written: {error.strerror}")
        say("hint: Make room there, or write to a file with -o FORMAT=PATH, and run again.")
    else:
        _failed(error)
    return UNDECIDED


def _of(error: BaseException) -> int:
    """What click raises, and what is our own fault or a library's."""
    import click

    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            say("interrupted; nothing was released")
            return INTERRUPTED
        case SystemExit() if "PacifyFlush" in type(sys.stdout).__name__:  # so click ends where nobody reads on
            return _of_the_system(BrokenPipeError())
        case click.UsageError():
            error.show()
            return USAGE
        case click.ClickException():
            say(error.format_message())
        case _:
            _failed(error)
    return UNDECIDED


def _failed(error: BaseException) -> None:
    """Undecided, with a log to paste into a report."""
    import logging

    from gatekeeper.tools.crashes import traced

    logging.getLogger("gatekeeper").error("gatekeeper itself failed; nothing was released\n%s", traced(error))


def _explained(error: GatekeeperError) -> int:
    for line in error.message.splitlines():
        say(line)
    if isinstance(error, PolicyError):
        say(f"{len(error.faults)} fault(s); nothing was judged")
    elif error.advice:
        say(f"hint: {error.advice}")
    if isinstance(error, NotAuthenticError):
        return BLOCKED
    return USAGE if isinstance(error, PolicyError | UsageError) else UNDECIDED


def say(sentence: str) -> None:
    """One line on stderr, with whatever would steer a terminal or a runner made visible."""
    with suppress(OSError):  # nobody reads it; the exit code still tells
        print(_inert(f"gatekeeper: {sentence}"), file=sys.stderr, flush=True)  # noqa: T201 - click is not loaded for it


def show(line: str) -> None:
    """One line on stdout, likewise."""
    import click

    click.echo(_inert(line))


def _inert(line: str) -> str:
    from gatekeeper.reports._escape import log_line, visible

    return log_line(visible(line))


def _opened() -> None:
    """Put a null device in the place of each standard stream that the caller closed, lest a file of ours be opened
    under its number and written over by what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as we do
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise


def _flushed(code: int) -> int:
    """A reader that closes the pipe early does not change the judgement."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
