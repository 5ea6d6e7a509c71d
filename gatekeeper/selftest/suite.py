"""Build each specimen, plant each fault, ask the real checks, and note what their rules said."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper import __version__, gate
from gatekeeper.discovery import discover
from gatekeeper.model.check import Context, Product
from gatekeeper.model.errors import ToolError
from gatekeeper.model.selftest import SUITE_VERSION, SampleResult, SelfTest, suite_digest
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import Mode, Outcome, Phase
from gatekeeper.policy.policy import Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.policy.schema import GateTable
from gatekeeper.selftest import specimens as specimen_folder
from gatekeeper.selftest import trials as trial_folder
from gatekeeper.selftest.specimen import Sample, Specimen, Stage, Trial
from gatekeeper.tools.process import run as run_process

PRODUCT = Product(name="specimen", version="1.0.0", manufacturer="Example Devices")
TOOLS = ("bandit", "sigstore", "cryptography", "msgspec", "jsonschema-rs")
_AUTHOR = {"NAME": "Specimen Author", "EMAIL": "author@example.org"}


def specimens() -> dict[str, Specimen]:
    """Every specimen of the folder."""
    return discover(specimen_folder, "SPECIMEN", Specimen)


def trials() -> dict[str, Trial]:
    """Every trial of the folder."""
    return discover(trial_folder, "TRIAL", Trial)


def run_selftest(*, signing: bool = True) -> SelfTest:
    """Run the suite in temporary folders; nothing of the product at hand is touched or read.

    Without `signing` the trials that load Sigstore are left out, for commands that do not sign.
    """
    planted = tuple(result for specimen in specimens().values() for result in _run_specimen(specimen))
    results = planted + tuple(result for trial in _wanted(signing) for result in trial.run())
    return SelfTest(
        suite_version=SUITE_VERSION,
        suite_sha256=suite_digest((r.rule, r.name, r.bad) for r in results),
        gate_version=__version__,
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        tools={name: metadata.version(name) for name in TOOLS},
        samples=results,
    )


def _wanted(signing: bool) -> Iterator[Trial]:
    return (trial for trial in trials().values() if signing or not trial.signing)


def _run_specimen(specimen: Specimen) -> Iterator[SampleResult]:
    good = _results(specimen, Sample("", "good"))
    for rule in specimen.rules:
        yield _noted(rule, f"good {specimen.id}", good.get(rule), bad=False)
    for sample in specimen.samples:
        noted = _noted(sample.rule, sample.name, _results(specimen, sample).get(sample.rule), bad=True)
        yield msgspec.structs.replace(noted, also=sample.also)


def _noted(rule: str, name: str, result: RuleResult | None, *, bad: bool) -> SampleResult:
    """A rule that said nothing has neither stopped nor passed anything."""
    if result is None:
        return SampleResult(rule, name, bad, Outcome.NOT_APPLICABLE, "the rule was not judged")
    said = (*(f.message for f in result.findings), *result.doubts, *result.observed, result.not_applicable)
    return SampleResult(rule, name, bad, result.outcome, next(filter(None, said), ""))


def _results(specimen: Specimen, sample: Sample) -> dict[str, RuleResult]:
    with tempfile.TemporaryDirectory(prefix="gatekeeper-selftest-") as folder:
        stage = _built(specimen, sample, Path(folder).resolve())
        verdict = gate.judge(_gathered(specimen, sample, stage), Phase.ON_APPROVALS)
    return {r.id: r for r in verdict.results}


def _built(specimen: Specimen, sample: Sample, root: Path) -> Stage:
    _write(root, {**specimen.files, **sample.files})
    stage = Stage(root, datetime.now(UTC).replace(microsecond=0), _committed(root))
    if specimen.late:
        _write(root, specimen.late(stage))
    if sample.plant:
        sample.plant(stage)
    return stage


def _write(root: Path, files: Mapping[str, bytes | None]) -> None:
    for name, content in files.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)


def _committed(root: Path) -> str:
    """Make the folder a repository with one commit and its tag."""
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-q", "--allow-empty", "-m", "specimen"],
        ["tag", "v1.0.0"],
    ):
        _git(root, *words)
    return _git(root, "rev-parse", "HEAD").decode().strip()


def _git(root: Path, *words: str) -> bytes:
    people = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _AUTHOR.items()}
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root)}
    done = run_process(["git", *words], cwd=root, env={**_path(), **people, **settings})
    if done.returncode:
        raise ToolError(f"git {words[0]} failed in the self-test: {done.stderr.decode(errors='replace')[:200]}")
    return done.stdout


def _path() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath)}


def _gathered(specimen: Specimen, sample: Sample, stage: Stage) -> gate.Gathered:
    known = {name: check for name, check in gate.checks().items() if name in specimen.checks}
    tables: dict[str, Any] = {**specimen.tables, **sample.tables}
    params = {name: msgspec.convert(tables.get(name, {}), known[name].params) for name in known}
    policy = Policy(PRODUCT, GateTable(), params, tables, (), "0" * 64, "")
    context = Context(
        root=stage.root,
        artifacts=tuple(stage.root / name for name in specimen.artifacts),
        now=stage.now,
        env=_path(),
        mode=Mode.LOCAL,
        product=PRODUCT,
        rulebook=rulebook(),
        commit=stage.commit,
        tables=tables,
        policy_sha256=policy.sha256,
        cold=True,
    )
    return gate.gather(policy, context, known)
