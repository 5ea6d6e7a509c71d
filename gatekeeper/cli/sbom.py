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
from gatekeeper.cli.exits import say
from gatekeeper.cli.sbom_alone import context_of, judged
from gatekeeper.cli.settings import Settings
from gatekeeper.model.check import Product
from gatekeeper.model.errors import EvidenceError, UsageError
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom import collect, joining, locking
from gatekeeper.sbom.joining import Parts
from gatekeeper.sbom.params import Params
from gatekeeper.tools.git import open_repository

LATER = ("SBOM-06", "SBOM-23")  # at signing, and once the file is among the released ones


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
    context = context_of(root, tuple(a.resolve() for a in artifacts), policy.product)
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
    return judged(context, msgspec.structs.replace(params, file=relative, profiles=profiles), without=LATER)


@COMMAND.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--profile", "profiles", multiple=True, default=["cisa-2026"], metavar="ID", help="Repeatable.")
@click.option("--lock", "locks", multiple=True, metavar="FILE", help="Complete against this lock file; repeatable.")
@click.option("--target", multiple=True, nargs=2, metavar="NAME VALUE", help="Answers a marker of the lock files.")
@click.option("--strict", is_flag=True, help="What no lock file knows is a finding.")
@click.option("--components", metavar="FILE", help="The overlay with item classes and support.")
@click.option("--risks", metavar="FILE", help="Where the risk ids of the overlay stand.")
@click.option("--note", metavar="FILE", help="The document that tells customers how they get the SBOM.")
@click.option("--previous", metavar="FILE", help="The SBOM of the release before: what changed, which class fell.")
@click.option("--licence", "licences", multiple=True, metavar="ID", help="A licence that may ship; repeatable.")
@click.option("--product", nargs=2, metavar="NAME VERSION", help="What the SBOM has to describe.")
@click.option("--json", "as_json", is_flag=True, help="Every judgement as JSON.")
@click.pass_obj
def check_one(settings: Settings, /, file: Path, artifacts: tuple[Path, ...], as_json: bool, **given: Any) -> int:
    """Judge any SBOM by itself: the format, the content, and whatever else is given to compare it with."""
    strangers = [p for p in given["profiles"] if p not in rulebook().profiles]
    if strangers:
        raise UsageError(f"no profile {strangers[0]!r}", f"Profiles are: {', '.join(rulebook().profiles)}.")
    root = Path(settings.directory).resolve()
    if not (root / file).is_file():
        raise EvidenceError(f"{file}: no such file")
    params = Params(
        file=str(file),
        profiles=given["profiles"],
        locks=given["locks"],
        target=dict(given["target"]),
        strict=given["strict"],
        licences=given["licences"],
        components=given["components"] or os.devnull,
        risks=given["risks"] or "",
        distribution_note=given["note"] or "",
    )
    name, version = given["product"] or ("", "")
    context = context_of(
        root, tuple(a.resolve() for a in artifacts), Product(name=name, version=version, manufacturer="")
    )
    without = {*LATER, *_unasked({**given, "artifacts": artifacts})} - ({"SBOM-23"} if given["note"] else set())
    discover = bool(given["locks"])
    return judged(context, params, without=without, as_json=as_json, discover=discover, previous=given["previous"])


def _unasked(given: dict[str, Any]) -> Iterable[str]:
    """The rules that nothing was given for."""
    asked = {
        "SBOM-04": "product",
        "SBOM-05": "artifacts",
        "SBOM-24": "artifacts",
        "SBOM-08": "locks",
        "SBOM-19": "licences",
        **dict.fromkeys(("SBOM-16", "SBOM-17", "SBOM-18", "SBOM-21", "SBOM-22"), "components"),
    }
    return (rule for rule, option in asked.items() if not given[option])


def _timestamp(root: Path) -> str:
    """SOURCE_DATE_EPOCH, else the time of the commit, so that the same commit gives the same bytes."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return datetime.fromtimestamp(int(given), UTC).isoformat().replace("+00:00", "Z")
    repository = open_repository(root)
    committed = datetime.fromisoformat(repository.change(repository.head()).committed)
    return committed.astimezone(UTC).isoformat().replace("+00:00", "Z")
