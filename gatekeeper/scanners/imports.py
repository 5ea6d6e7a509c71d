"""Other scanners in this run: started by the gate itself, or read from a report that proves whose and of when it is.

What the gate starts needs no statement from anybody: command, exit status, files and commit are its own knowledge.
A report from elsewhere has to state its success, its commit and the files that it covers.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.scanners import excerpts, sarif
from gatekeeper.scanners.sarif import Report, Result
from gatekeeper.scanners.sarif_values import LARGEST

FILES = "{files}"
MOST_FILES = 500  # on one command line
TIMEOUT_SECONDS = 1800.0


class Scanner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """A tool that the policy asks for, and where its SARIF comes from: `command` or `file`.

    `tool` is the driver's name in the report, `versions` what is allowed (as `>=2.0.20,<3`), `covers` patterns of the
    files that it has to read. `{files}` in the command stands for these files; `exit-statuses` are those of a run that
    went well.
    """

    tool: str
    versions: str
    covers: tuple[str, ...]
    command: tuple[str, ...] = ()
    file: str = ""
    exit_statuses: tuple[int, ...] = (0,)


class Imported(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one scanner. `covered` are the files that it read, `missed` those that it did not and had to, `off`
    the rules that were switched off in some run of it.
    """

    tool: str
    version: str = ""
    origin: str = ""
    sha256: str = ""
    covered: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    faults: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def bring_in(root: Path, scanners: Iterable[Scanner], sources: Sequence[str], commit: str) -> tuple[Imported, ...]:
    """Run or read every scanner that the policy asks for. A tool that fails is a fault of its own row."""
    return tuple(_bring_in(root, scanner, sources, commit) for scanner in scanners)


def _bring_in(root: Path, scanner: Scanner, sources: Sequence[str], commit: str) -> Imported:
    wanted = tuple(path for path in sources if any(fnmatch.fnmatchcase(path, each) for each in scanner.covers))
    if bool(scanner.command) == bool(scanner.file):
        return Imported(scanner.tool, faults=("the policy must give either a command or a file",))
    if not wanted:
        return Imported(scanner.tool, faults=(f"no file matches what it covers: {', '.join(scanner.covers)}",))
    try:
        raw = tuple(_started(root, scanner, wanted)) if scanner.command else (_read(root, scanner.file),)
    except GatekeeperError as e:
        return Imported(scanner.tool, faults=(e.message,))
    except OSError as e:
        return Imported(scanner.tool, faults=(f"cannot be run or read: {e.strerror}",))
    return _judged(root, scanner, raw, wanted, commit)


def _started(root: Path, scanner: Scanner, wanted: tuple[str, ...]) -> Iterator[bytes]:
    from gatekeeper.tools.process import run

    portions = [wanted]
    if FILES in scanner.command:
        portions = [wanted[n : n + MOST_FILES] for n in range(0, len(wanted), MOST_FILES)]
    for portion in portions:
        named = [f"./{path}" for path in portion]
        command = [word for each in scanner.command for word in (named if each == FILES else [each])]
        done = run(command, cwd=root, timeout=TIMEOUT_SECONDS)
        if done.returncode not in scanner.exit_statuses:
            said = done.stderr.decode("utf-8", "replace").strip()[-300:]
            raise GatekeeperError(f"{scanner.command[0]} ended with {done.returncode}: {said}")
        yield done.stdout


def _read(root: Path, name: str) -> bytes:
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise GatekeeperError(f"{name} lies outside the source root")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _judged(root: Path, scanner: Scanner, raw: tuple[bytes, ...], wanted: tuple[str, ...], commit: str) -> Imported:
    reports: list[Report] = []
    faults: list[str] = []
    for data in raw:
        found, broken = sarif.read(data, root)
        reports += (each for each in found if each.tool.casefold() == scanner.tool.casefold())
        faults += broken
        if not broken and not any(each.tool.casefold() == scanner.tool.casefold() for each in found):
            faults.append(f"it holds no run of {scanner.tool}, only of {', '.join(r.tool or '?' for r in found)}")
    for report in reports:
        faults += report.faults
        faults += _version_faults(scanner, report)
        if scanner.file:
            faults += _provenance_faults(report, commit)
    named = scanner.command and FILES in scanner.command
    covered = (
        _not_passed_over(root, wanted)
        if named
        else tuple(sorted({path for report in reports for path in report.artifacts}))
    )
    return Imported(
        scanner.tool,
        ", ".join(sorted({report.version for report in reports if report.version})),
        " ".join(scanner.command) or scanner.file,
        hashlib.sha256(b"".join(raw)).hexdigest(),
        covered,
        tuple(sorted(set(wanted) - set(covered))),
        tuple(_with_source(root, [result for report in reports for result in report.results])),
        tuple(dict.fromkeys(faults)),
        tuple(sorted({rule for report in reports for rule in report.off})),
    )


def _not_passed_over(root: Path, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """What a tool reads of the files that it is given: links that lead to none of them are passed over by some."""
    top, given = root.resolve(), set(wanted)
    links = {path: (root / path).resolve() for path in wanted if (root / path).is_symlink()}
    astray = {p for p, to in links.items() if not to.is_relative_to(top) or to.relative_to(top).as_posix() not in given}
    return tuple(path for path in wanted if path not in astray)


def _version_faults(scanner: Scanner, report: Report) -> Iterator[str]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        if not SpecifierSet(scanner.versions).contains(report.version, prereleases=True):
            yield f"{report.tool} {report.version or 'without a version'} is not allowed: {scanner.versions}"
        if not scanner.versions.strip():
            yield "the policy allows no version"
    except (InvalidSpecifier, InvalidVersion) as e:
        yield f"the version cannot be compared: {e}"


def _provenance_faults(report: Report, commit: str) -> Iterator[str]:
    if not report.stated_success:
        yield "nothing states that the run was successful; let the gate run the tool (command)"
    if not commit or report.revisions != (commit,):
        said = ", ".join(report.revisions) or "none"
        yield f"it is of commit {said}, and this is {commit or 'no commit'}; let the gate run the tool (command)"


def _with_source(root: Path, results: Iterable[Result]) -> Iterator[Result]:
    """Results with the code that they speak of, as the tree has it now: the fingerprint hangs on it."""
    lines: dict[str, list[str]] = {}
    for result in results:
        if result.path and result.path not in lines:
            lines[result.path] = _lines(root / result.path)
        text = lines.get(result.path, [])
        if not 0 < result.line <= len(text):
            yield result
            continue
        shown, source = excerpts.shown(text, result.line)
        anchor = excerpts.anchor(text, {}, result.line, result.line, result.line)
        yield msgspec.structs.replace(result, anchor=anchor, shown=shown, source=source)


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return excerpts.lines_of(file.read(LARGEST))
    except OSError:
        return []
