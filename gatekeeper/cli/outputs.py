"""`-o FORMAT[=PATH]`, repeatable: rendered after the decision and unable to change it."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gatekeeper import reports
from gatekeeper.cli.exits import say
from gatekeeper.cli.settings import Settings
from gatekeeper.discovery import discover
from gatekeeper.model.errors import SealError, UsageError
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Target:
    """One format, and the file that it goes to; standard output where there is none."""

    format: str
    path: Path | None


def output_options(command: F) -> F:
    """The options that every command with a record has."""
    command = click.option(
        "-o", "--output", "targets", multiple=True, default=["text"], callback=_targets, metavar="FORMAT[=PATH]",
        help="Output format; repeatable. A path writes a file, none writes to standard output.",
    )(command)  # fmt: skip
    return click.option(
        "--lang", type=click.Choice(["en", "ja", "both"]), default="en", help="Language of the report."
    )(command)


def emit(record: Record, targets: Sequence[Target], settings: Settings, lang: Any, **shown: Any) -> None:
    """Write the record in every format asked for. Raises SealError where a file cannot be written."""
    known = _reports()
    for target in targets:
        options = Options(
            lang=lang,
            color=target.path is None and settings.colored(),
            width=_width(),
            verbose=settings.verbose,
            quiet=settings.quiet,
            **shown,
        )
        _write(target, known[target.format].render(record, options))


def keep_out(targets: Sequence[Target], dossier: Path) -> None:
    """Refuse to write into a dossier: it is sealed, and one file more in it is not authentic. Raises UsageError."""
    for target in targets:
        if target.path is not None and target.path.resolve().is_relative_to(dossier.resolve()):
            said = f"-o {target.format}={target.path} lies in the dossier, which is sealed"
            raise UsageError(said, "Write beside it.")


def _targets(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> tuple[Target, ...]:
    found = tuple(_target(value) for value in values)
    if sum(t.path is None for t in found) > 1:
        raise click.UsageError("only one output can go to standard output; give the others a path: -o FORMAT=PATH")
    places = [t.path.resolve() for t in found if t.path is not None]
    if len(set(places)) < len(places):
        raise click.UsageError("two outputs would go to the same file; give each a path of its own")
    return found


def _target(value: str) -> Target:
    name, _, path = value.partition("=")
    known = _reports()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        raise click.UsageError(f'no output format "{name}"{hint} Known are: {", ".join(known)}')
    return Target(name, Path(path) if path else None)


def _reports() -> dict[str, Report]:
    return discover(reports, "REPORT", Report)


def _write(target: Target, rendered: str | bytes) -> None:
    raw = rendered.encode("utf-8", "backslashreplace") if isinstance(rendered, str) else rendered
    if target.path is None:
        _to_stdout(raw)
        return
    try:
        target.path.parent.mkdir(parents=True, exist_ok=True)
        target.path.write_bytes(raw)
    except OSError as e:
        raise SealError(f"{target.path}: the {target.format} output cannot be written: {e.strerror}") from e


def _to_stdout(raw: bytes) -> None:
    try:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        say("the reader of standard output went away; the judgement stands")
    except OSError as e:
        raise SealError(
            f"standard output cannot be written: {e.strerror}", "Make room there, or write to a file: -o FORMAT=PATH."
        ) from e


def _width() -> int:
    return max(30, min(shutil.get_terminal_size((100, 24)).columns, 140))
