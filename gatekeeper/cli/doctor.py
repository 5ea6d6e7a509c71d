"""`gatekeeper doctor`: what this machine, policy and pipeline lack, before a release finds out.

It looks and advises; nothing that it says is evidence. It asks no network.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import click

import gatekeeper
from gatekeeper import gate
from gatekeeper.cli.exits import RELEASED, UNDECIDED, USAGE, show
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import GatekeeperError, PolicyError, ToolError, UsageError
from gatekeeper.policy.policy import Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.reports._cells import wrap
from gatekeeper.reports._escape import visible
from gatekeeper.tools.git import open_repository
from gatekeeper.tools.process import run

PACKAGES = ("bandit", "sigstore", "click", "tomli", "msgspec", "pre-commit")
COMMIT = re.compile(r"[0-9a-f]{40}")
USES = re.compile(r"^\s*(?:-\s*)?uses:\s*['\"]?([^'\"\s#]*gatekeeper)@([^'\"\s#]+)", re.MULTILINE)
PLACEHOLDER = "TODO"
MAX_BYTES = 1024 * 1024
UNBROKEN = 10_000  # columns where no terminal says how many
OIDC = ("ACTIONS_ID_TOKEN_REQUEST_URL", "SIGSTORE_ID_TOKEN", "BUILDKITE_AGENT_ACCESS_TOKEN", "CIRCLE_OIDC_TOKEN_V2")


class Mark(StrEnum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"  # nothing stands in the way
    MISSING = "missing"  # a release would be undecided
    WRONG = "wrong"  # an invalid policy: nothing can be judged


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was looked at, and what to do about it."""

    mark: Mark
    sentence: str
    advice: str = ""


def ok(sentence: str) -> Seen:
    """Nothing to do."""
    return Seen(Mark.OK, sentence)


def note(sentence: str, advice: str) -> Seen:
    """Nothing stands in the way."""
    return Seen(Mark.NOTE, sentence, advice)


def missing(sentence: str, advice: str) -> Seen:
    """A release would be undecided."""
    return Seen(Mark.MISSING, sentence, advice)


@click.command()
@click.option("--only", multiple=True, metavar="SUBJECT", help="Look at this alone: policy, git, signing ...")
@click.pass_obj
def COMMAND(settings: Settings, only: tuple[str, ...]) -> int:  # noqa: N802 - the name that the group looks for
    """Look at this machine, policy and pipeline, and say what is missing. Asks no network; judges nothing."""
    if strangers := [name for name in only if name not in LOOKS]:
        raise UsageError(f'doctor knows no subject "{strangers[0]}"', f"Subjects are: {', '.join(LOOKS)}.")
    marks = []
    for subject, look in LOOKS.items():
        if only and subject not in only:
            continue
        for seen in _looked(look, settings):
            marks.append(seen.mark)
            for line in _lines(subject, seen):
                show(line)
    return USAGE if Mark.WRONG in marks else UNDECIDED if Mark.MISSING in marks else RELEASED


def _looked(look: Callable[[Settings], Iterator[Seen]], settings: Settings) -> Iterator[Seen]:
    try:
        yield from look(settings)
    except PolicyError as e:
        yield from (Seen(Mark.WRONG, fault, "") for fault in e.faults)
    except GatekeeperError as e:
        yield missing(e.message, e.advice)


def _lines(subject: str, seen: Seen) -> Iterator[str]:
    width = max(50, shutil.get_terminal_size((UNBROKEN, 24)).columns)
    yield from wrap(visible(seen.sentence), width, f"  {seen.mark:8} {subject:10} ", " " * 22)
    if seen.advice:
        yield from wrap(visible(seen.advice), width, f"{'':22}fix: ", " " * 27)


def _tool(_settings: Settings) -> Iterator[Seen]:
    version = ".".join(str(n) for n in sys.version_info[:3])
    yield ok(f"gatekeeper {gatekeeper.__version__} in {Path(gatekeeper.__file__).parent}")
    yield ok(f"Python {version} ({sys.executable})")
    for name in PACKAGES:
        try:
            yield ok(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield missing(f"{name} is not installed", "Install gatekeeper again: pip install release-gatekeeper")
    book = rulebook()
    yield ok(f"rules {book.rules_version}, catalogue {book.catalogue_version}: {len(book.rules)} rules")


def _git(settings: Settings) -> Iterator[Seen]:
    done = run(["git", "--version"], cwd=settings.root)
    yield ok(done.stdout.decode(errors="replace").strip())
    repository = open_repository(settings.root)
    head = repository.head()
    tags = ", ".join(t.name for t in repository.tags(head))
    yield ok(f"commit {head[:12]}, {f'tag {tags}' if tags else 'no tag'}")
    if not repository.status().clean:
        yield note("the working tree is not clean", "Commit or remove what `git status` shows before a release.")
    if repository.shallow():
        yield missing("the history is shallow", "Fetch all of it: git fetch --unshallow --tags (CI: fetch-depth: 0).")
    if datetime.fromisoformat(repository.change(head).committed) > datetime.now(UTC) + timedelta(minutes=5):
        yield missing("the last commit lies in the future", "Set this machine's clock: it is compared with others.")


def _policy(settings: Settings) -> Iterator[Seen]:
    path = settings.policy_path
    policy = settings.load_policy(gate.checks())
    yield ok(f"{path}: valid")
    yield from _deviations(policy)


def _tables(settings: Settings) -> Iterator[Seen]:
    path = settings.policy_path
    checks = gate.checks()
    policy = settings.load_policy(checks)
    yield ok(f"{len(policy.params)} of {len(checks)} checks have what they need from {path.name}")
    for check in checks:
        if check not in policy.params:
            yield missing(
                f"[{check}] is not there, and this check has no defaults to stand on",
                f"Add the table: gatekeeper explain {check}",
            )
    for number, line in _placeholders(path):
        said = f"{path.name}:{number}: a placeholder is left: {line.strip()[:80]}"
        yield missing(said, "Write what holds for this product, and take the word TODO away.")


def _placeholders(path: Path) -> list[tuple[int, str]]:
    lines = path.read_text("utf-8", "replace").splitlines()
    return [(n, line) for n, line in enumerate(lines, 1) if PLACEHOLDER in line and not line.lstrip().startswith("#")]


def _deviations(policy: Policy) -> Iterator[Seen]:
    today = datetime.now(UTC).date()
    warning = rulebook().defaults["deviation_expiry_warning_days"]
    assert isinstance(warning, int)
    yield ok("1 deviation" if len(policy.deviations) == 1 else f"{len(policy.deviations)} deviations")
    for each in policy.deviations:
        left = each.days_left(today)
        if left <= 0:
            yield note(f"{each.id} is over since {each.expires}", "Mend the finding, or have it decided again.")
        elif left <= warning:
            yield note(f"{each.id} ends in {left} days", "Mend the finding, or have it decided again in time.")


def _signing(settings: Settings) -> Iterator[Seen]:
    del settings
    advice = "On GitHub: permissions: {id-token: write} in the gate's job. Pull requests from forks never get it."
    if any(os.environ.get(name) for name in OIDC):
        yield ok("this job has an identity to sign with")
    elif os.environ.get("CI"):
        yield missing("this job has no identity to sign with", advice)
    else:
        yield note("no CI job: a release cannot be signed here", "Rehearse it: gatekeeper release ... --rehearsal")


def _pipeline(settings: Settings) -> Iterator[Seen]:
    folder = settings.root / ".github" / "workflows"
    found = [(file, *use) for file in sorted(folder.glob("*.y*ml")) for use in USES.findall(_text(file))]
    for file, action, ref in found:
        place = f"{file.relative_to(settings.root)}: {action}"
        if not COMMIT.fullmatch(ref) or not ref.strip("0"):
            yield missing(f"{place} is not pinned to a commit, but to {ref!r}", "Name the full commit you reviewed.")
        else:
            yield ok(f"{place} is pinned to {ref[:12]}")
    if not found:
        yield note("no workflow here uses the gatekeeper action", "`gatekeeper init` writes one.")


def _hook(settings: Settings) -> Iterator[Seen]:
    if "gatekeeper" in _text(settings.root / ".pre-commit-config.yaml"):
        yield ok(".pre-commit-config.yaml names gatekeeper")
    else:
        yield note(
            "no pre-commit hook of gatekeeper", "`gatekeeper init` writes an entry; hooks are advice, not evidence."
        )


def _font(settings: Settings) -> Iterator[Seen]:
    try:
        done = run(["fc-list", ":lang=ja", "family"], cwd=settings.root)
    except ToolError:
        yield note(
            "fontconfig is not here: whether a Japanese font is, is not known", "Only a PDF in Japanese needs one."
        )
        return
    families = sorted(set(done.stdout.decode(errors="replace").splitlines()))
    if families:
        yield ok(f"a Japanese font: {families[0].split(',')[0]}")
    else:
        yield note("no Japanese font: a PDF in Japanese would show boxes", "On Debian: apt-get install fonts-ipaexfont")


def _text(file: Path) -> str:
    """A file's text, bounded; nothing where there is no such file."""
    try:
        with file.open("rb") as source:
            return source.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


LOOKS: Mapping[str, Callable[[Settings], Iterator[Seen]]] = {
    "tool": _tool,
    "git": _git,
    "policy": _policy,
    "tables": _tables,
    "signing": _signing,
    "pipeline": _pipeline,
    "hook": _hook,
    "font": _font,
}
