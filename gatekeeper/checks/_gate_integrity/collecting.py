"""Look at the gate itself: what is installed, where its modules came from, what the caller set."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path

from gatekeeper.checks._gate_integrity.evidence import Change, Evidence, Params, Tables, Tool
from gatekeeper.checks._gate_integrity.previous import coding_tables, present_coding, previous_coding, previous_policy
from gatekeeper.checks._gate_integrity.weakening import announced, below_floor, scale, weakened
from gatekeeper.model.check import Context
from gatekeeper.model.people import people_of

TOOLS = ("release-gatekeeper", "bandit", "sigstore", "cryptography", "msgspec", "jsonschema-rs", "cyclonedx-python-lib")


def collect(context: Context, _params: Params) -> Evidence:
    """Run the self-test and note versions, shadows, switches, and how the policy changed."""
    version, before = previous_policy(context.previous)
    return Evidence(
        selftest=context.selftest() if context.selftest else None,
        tools=(*_tools(), Tool("python", platform.python_version(), _file_digest(sys.executable))),
        shadows=tuple(_shadows(context.root)),
        policy_sha256=context.policy_sha256,
        pinned=context.pinned,
        tables=tuple(sorted(set(context.tables) - {"schema", "product", "gate"})),
        loosened=tuple(_loosened(context, before)),
        announced=announced(before),
        approvers=tuple(_approvers(context)),
        previous=version,
        variables=tuple(sorted(name for name in context.env if name.startswith("GATEKEEPER_"))),
        switches=dict(context.switches),
        clock=datetime.now(UTC).isoformat(),
        source_date_epoch=context.env.get("SOURCE_DATE_EPOCH", ""),
    )


def _loosened(context: Context, before: Tables) -> Iterator[Change]:
    """What asks for less than the floor, or than the policy and the coding policy of the previous release."""
    by = scale(resources.files("gatekeeper.policies").joinpath("floor.toml").read_bytes(), context.starting)
    tables = dict(context.tables)
    floored = {change.key: change for change in below_floor(tables, by)}
    yield from floored.values()
    yield from (change for change in weakened(tables, before, by) if change.key not in floored)
    if context.previous is not None:
        then, now = coding_tables(previous_coding(context.previous), present_coding(context.root, tables))
        yield from weakened(now, then, by)


def _approvers(context: Context) -> Iterator[str]:
    """The ids of those who hold a security role, and may approve that something becomes looser."""
    people = context.tables.get("people", {})
    roles = set(people.get("security-roles", context.starting.get("people.security-roles", ())))
    return (member.id for member in people_of(context.tables) if roles & set(member.roles) and not member.bot)


def _tools() -> Iterator[Tool]:
    for name in TOOLS:
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        record = found.read_text("RECORD") or ""
        yield Tool(name, found.version, hashlib.sha256(record.encode()).hexdigest() if record else "")


def _file_digest(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _shadows(root: Path) -> Iterator[str]:
    """Loaded modules that lie in the product's folder, and places there that imports would be looked up in.

    The environment that the gate itself runs from may lie there (`.venv`), and so may the gate (its own release). An
    environment round the product excuses nothing: /usr/src/app lies in that of the system.
    """
    homes = [Path(sys.prefix).resolve(), Path(__file__).resolve().parents[2]]
    own = [home for home in homes if home != root.resolve() and _inside(home, root)]
    for name, module in sorted(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if place and _inside(Path(place), root) and not any(_inside(Path(place), home) for home in own):
            yield f"module {name} from {place}"
    for entry in sys.path:
        place = entry or "."
        if _inside(Path(place), root) and not any(_inside(Path(place), home) for home in own):
            yield f"import path {place}"


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
