"""KEY-05: what the workflows of the pipeline may do, as far as their files show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.finding import Judgement, Where, finding, judged

LARGEST_WORKFLOW = 1 << 20
MOST_WORKFLOWS = 200
_FOLDERS = (".github/workflows",)
_PINNED = re.compile(r"[^@]+@[0-9a-f]{40}|docker://[^@]+@sha256:[0-9a-f]{64}")
_UNTRUSTED = re.compile(
    r"\$\{\{[^}]*(?:github\.event\b|github\.head_ref|github\.ref_name|inputs\.|github\.actor|matrix\.)[^}]*\}\}"
)
_WILD_IDENTITY = re.compile(r"identity[-_](?:regexp?|pattern)[=\s:'\"]+\S*(?:\.\*|\*)", re.IGNORECASE)
_SECRET = re.compile(r"\$\{\{[^}]*secrets\.[^}]*\}\}")


class Fault(msgspec.Struct, frozen=True):
    """One thing that a workflow may and should not."""

    path: str
    job: str
    message: str


class Workflows(msgspec.Struct, frozen=True):
    """The workflows that were read, what is wrong with them, and which could not be read."""

    paths: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()


def read(root: Path) -> Workflows:
    """Read every workflow below the root."""
    found = sorted(p for folder in _FOLDERS for p in (root / folder).glob("*.y*ml") if p.is_file())
    files, faults = found[:MOST_WORKFLOWS], list[Fault]()
    unread = [f"more than {MOST_WORKFLOWS} workflows"] if len(found) > MOST_WORKFLOWS else []
    for path in files:
        name = path.relative_to(root).as_posix()
        try:
            faults += _faults(name, _loaded(path), root)
        except ValueError as e:
            unread.append(f"{name} cannot be read: {e}")
    return Workflows(tuple(p.relative_to(root).as_posix() for p in files), tuple(faults), tuple(unread))


def judge(seen: Workflows) -> Judgement:
    """KEY-05."""
    findings = [
        finding("KEY-05", f"{f.path}, job {f.job}: {f.message}", key=(f.path, f.job, f.message), where=Where(f.path))
        for f in seen.faults
    ]
    if not seen.paths:
        findings.append(finding("KEY-05", "there is no workflow to look at", key=("none",), where=Where(_FOLDERS[0])))
    return judged("KEY-05", f"{len(seen.paths)} workflows" if seen.paths else "", findings, seen.unread)


def _loaded(path: Path) -> dict[Any, Any]:
    data = _yaml(path)
    if not isinstance(data.get("jobs"), dict):
        raise ValueError("it names no jobs")
    return data


def _yaml(path: Path) -> dict[Any, Any]:
    import yaml

    with path.open("rb") as stream:
        content = stream.read(LARGEST_WORKFLOW + 1)
    if len(content) > LARGEST_WORKFLOW:
        raise ValueError("too large")
    if content.count(b"&") and content.count(b"*") > 100:
        raise ValueError("too many aliases")
    try:
        data = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError) as e:
        raise ValueError(" ".join(str(e).split())) from e
    if not isinstance(data, dict):
        raise ValueError("it is no table")
    return data


def _faults(name: str, workflow: dict[Any, Any], root: Path) -> Iterator[Fault]:
    jobs = {str(key): job for key, job in workflow["jobs"].items() if isinstance(job, dict)}
    signing = {key for key, job in jobs.items() if _may_sign(job.get("permissions", workflow.get("permissions")))}
    if workflow.get("permissions") == "write-all":
        yield Fault(name, "(all)", "permissions: write-all")
    if len(jobs) > 1 and _may_sign(workflow.get("permissions")):
        yield Fault(name, "(all)", "id-token: write is given to every job, not to the one that signs")
    on = workflow.get("on", workflow.get(True, {}))  # YAML 1.1 reads the key `on` as true
    if signing and "pull_request_target" in (on if isinstance(on, list | dict) else [on]):
        yield Fault(name, ", ".join(sorted(signing)), "may sign on pull_request_target")
    for key, job in jobs.items():
        if job.get("permissions") == "write-all":
            yield Fault(name, key, "permissions: write-all")
        for part in (job, *_called(job, root, set())):
            yield from (Fault(name, key, message) for message in _step_faults(part, signs=bool(signing)))


def _called(job: dict[Any, Any], root: Path, seen: set[Path]) -> Iterator[dict[Any, Any]]:
    """The actions of the repository itself that a job calls, and those that they call. Raises ValueError."""
    for step in _steps(job):
        folder = (root / str(step.get("uses", ""))).resolve()
        if (
            not str(step.get("uses", "")).startswith("./")
            or folder in seen
            or not folder.is_relative_to(root.resolve())
        ):
            continue
        seen.add(folder)
        for path in (p for name in ("action.yml", "action.yaml") if (p := folder / name).is_file()):
            try:
                runs = _yaml(path).get("runs")
            except ValueError as e:
                raise ValueError(f"its action {path.relative_to(root.resolve()).as_posix()}: {e}") from e
            action = runs if isinstance(runs, dict) else {}
            yield action
            yield from _called(action, root, seen)


def _may_sign(permissions: Any) -> bool:
    return permissions == "write-all" or (isinstance(permissions, dict) and permissions.get("id-token") == "write")


def _step_faults(job: dict[Any, Any], *, signs: bool) -> Iterator[str]:
    for step in [job, *_steps(job)]:
        action, given = str(step.get("uses", "")), step.get("with")
        script = f"{step.get('run', '')}\n{given.get('script', '') if isinstance(given, dict) else ''}"
        pinned = not action or action.startswith("./") or _PINNED.fullmatch(action)
        if signs and not pinned:
            yield f"{action} is not pinned by a full commit"
        if expanded := _UNTRUSTED.search(script):
            yield f"a run step expands input from outside: {expanded[0]}"
        if _WILD_IDENTITY.search(script):
            yield "an identity is given as a pattern with a wildcard"
        handed = "".join(str(step.get(name, "")) for name in ("with", "env", "secrets"))
        if not pinned and (_SECRET.search(handed) or step.get("secrets") == "inherit"):
            yield f"a secret is passed to {action}, which is not pinned"


def _steps(job: dict[Any, Any]) -> list[dict[Any, Any]]:
    steps = job.get("steps")
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
