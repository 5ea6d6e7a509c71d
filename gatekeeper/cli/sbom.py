"""`gatekeeper sbom`: build the SBOM of a Python product, or judge any SBOM by itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gatekeeper import __version__, gate
from gatekeeper.checks import sbom as check
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, say
from gatekeeper.cli.settings import Settings
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.errors import EvidenceError, UsageError
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Mode, Severity
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom import collect, joining, locking
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.joining import Parts
from gatekeeper.sbom.params import Params
from gatekeeper.tools.git import open_repository

LATER = ("SBOM-06", "SBOM-23")  # at signing, and once the file is among the released ones
SHOWN = 20


@click.group()
def COMMAND() -> None:  # noqa: N802 - the name that the group looks for
    """Build or check an SBOM."""


@COMMAND.command()
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--environment", type=click.Path(path_type=Path), metavar="DIR", help="An environment of your own.")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="PATH", help="[sbom] file by default.")
@click.pass_obj
def build(settings: Settings, artifacts: tuple[Path, ...], environment: Path | None, output: Path | None) -> int:
    """Build the SBOM of this Python product, bound to its built ARTIFACTS, and say what is still missing."""
    from gatekeeper.sbom import generate

    policy = settings.load_policy(gate.checks())
    params = policy.params.get("sbom")
    if not isinstance(params, Params):
        raise UsageError("the policy has no table [sbom]", 'Add one with at least file = "dist/PRODUCT.cdx.json".')
    root = settings.root
    path = output or root / policy.product.fill(params.file)
    with tempfile.TemporaryDirectory() as folder:
        used = environment.resolve() if environment else generate.environment(root, Path(folder, "environment"))
        generated = generate.generate(root, used)
    context = _context(root, tuple(a.resolve() for a in artifacts), policy.product)
    parts = Parts(
        product=policy.product,
        timestamp=_timestamp(root),
        gate_version=__version__,
        built=tuple(joining.digest(a.name, a.read_bytes()) for a in context.artifacts),
        locks=locking.collect(context, params),
        overlay=collect.overlay_of(root, params),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(joining.join(generated, parts))
    say(f"wrote {path}")
    relative = path.resolve().relative_to(root.resolve()).as_posix()
    profiles = tuple(dict.fromkeys((*policy.gate.profiles, *params.profiles)))
    return _judged(context, msgspec.structs.replace(params, file=relative, profiles=profiles), without=LATER)


@COMMAND.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--profile", "profiles", multiple=True, default=["cisa-2026"], metavar="ID", help="Repeatable.")
@click.option("--lock", "locks", multiple=True, metavar="FILE", help="Complete against this lock file; repeatable.")
@click.option("--components", metavar="FILE", help="The overlay with item classes and support.")
@click.option("--licence", "licences", multiple=True, metavar="ID", help="A licence that may ship; repeatable.")
@click.option("--product", nargs=2, metavar="NAME VERSION", help="What the SBOM has to describe.")
@click.option("--json", "as_json", is_flag=True, help="Every judgement as JSON.")
@click.pass_obj
def check_one(
    settings: Settings,
    file: Path,
    artifacts: tuple[Path, ...],
    profiles: tuple[str, ...],
    locks: tuple[str, ...],
    components: str | None,
    licences: tuple[str, ...],
    product: tuple[str, str] | None,
    as_json: bool,
) -> int:
    """Judge any SBOM by itself: the format, the content, and whatever else is given to compare it with."""
    strangers = [p for p in profiles if p not in rulebook().profiles]
    if strangers:
        raise UsageError(f"no profile {strangers[0]!r}", f"Profiles are: {', '.join(rulebook().profiles)}.")
    root = Path(settings.directory).resolve()
    if not (root / file).is_file():
        raise EvidenceError(f"{file}: no such file")
    params = Params(
        file=str(file),
        profiles=profiles,
        locks=locks,
        licences=licences,
        components=components or os.devnull,
    )
    without = {*LATER, *_unasked(artifacts, locks, components, licences, product)}
    name, version = product or ("", "")
    context = _context(
        root, tuple(a.resolve() for a in artifacts), Product(name=name, version=version, manufacturer="")
    )
    return _judged(context, params, without=without, as_json=as_json, discover=bool(locks))


def _unasked(artifacts: Any, locks: Any, components: Any, licences: Any, product: Any) -> Iterable[str]:
    """The rules that nothing was given for."""
    asked = {
        "SBOM-04": product,
        "SBOM-05": artifacts,
        "SBOM-24": artifacts,
        "SBOM-08": locks,
        "SBOM-19": licences,
        **dict.fromkeys(("SBOM-16", "SBOM-17", "SBOM-18", "SBOM-21", "SBOM-22"), components),
    }
    return (rule for rule, given in asked.items() if not given)


def _context(root: Path, artifacts: tuple[Path, ...], product: Product) -> Context:
    return Context(
        root=root,
        artifacts=artifacts,
        now=datetime.now(UTC).replace(microsecond=0),
        env=dict(os.environ),
        mode=Mode.LOCAL,
        product=product,
        rulebook=rulebook(),
    )


def _timestamp(root: Path) -> str:
    """SOURCE_DATE_EPOCH, else the time of the commit, so that the same commit gives the same bytes."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return datetime.fromtimestamp(int(given), UTC).isoformat().replace("+00:00", "Z")
    repository = open_repository(root)
    committed = datetime.fromisoformat(repository.change(repository.head()).committed)
    return committed.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _judged(
    context: Context, params: Params, *, without: Iterable[str], as_json: bool = False, discover: bool = True
) -> int:
    evidence = check.CHECK.collect(context, params) if discover else _without_locks(context, params)
    facts = Facts(
        artifacts=tuple(
            ArtifactFact(b.name, a.stat().st_size, b.sha256, sha512=b.sha512)
            for a in context.artifacts
            for b in (joining.digest(a.name, a.read_bytes()),)
        )
    )
    case = Case(
        product=context.product,
        rulebook=context.rulebook,
        now=context.now,
        mode=context.mode,
        facts=facts,
        profiles=params.profiles,
    )
    left_out = set(without)
    judgements = [j for j in check.CHECK.judge(evidence, params, case) if j.rule not in left_out]
    if as_json:
        click.echo(msgspec.json.encode({"sha256": evidence.sha256, "judgements": judgements}).decode())
    else:
        _tell(evidence, judgements, left_out, context)
    return _code(judgements, context)


def _without_locks(context: Context, params: Params) -> Evidence:
    """A lone SBOM is not compared with lock files that happen to lie about."""
    return collect.collect(context, params, with_locks=False)


def _state(judgement: Judgement, context: Context) -> str:
    if judgement.findings:
        return "warn" if context.rulebook.rules[judgement.rule].severity is Severity.WARN else "failed"
    if judgement.doubts or not (any(judgement.observed) or judgement.not_applicable):
        return "undecided"
    return "n/a" if judgement.not_applicable else "passed"


def _tell(evidence: Evidence, judgements: Iterable[Judgement], left_out: set[str], context: Context) -> None:
    click.echo(f"{evidence.path}  {evidence.format}  sha256 {evidence.sha256}")
    for j in judgements:
        rule = context.rulebook.rules[j.rule]
        click.echo(f"{j.rule}  {_state(j, context):9}  {rule.title.en}")
        for f in j.findings[:SHOWN]:
            click.echo(f"    {_visible(str(f.where))}: {_visible(f.message)}")
        if len(j.findings) > SHOWN:
            click.echo(f"    and {len(j.findings) - SHOWN} more")
        for doubt in j.doubts:
            click.echo(f"    {_visible(doubt)}")
        if j.findings:
            click.echo(f"    -> {_visible(j.findings[0].remedy or rule.remedy)}")
    click.echo(f"not judged here: {', '.join(sorted(left_out))}")


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _code(judgements: Iterable[Judgement], context: Context) -> int:
    states = {_state(j, context) for j in judgements}
    if "failed" in states:
        return BLOCKED
    return UNDECIDED if "undecided" in states else RELEASED
