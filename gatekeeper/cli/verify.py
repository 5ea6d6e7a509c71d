"""`gatekeeper verify`: what a receiver runs, offline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper import gate
from gatekeeper.cli.believed import believed, caveat
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, say, show
from gatekeeper.cli.outputs import Target, emit, keep_out, output_options
from gatekeeper.cli.progress import progress_shown
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import EvidenceError, UsageError
from gatekeeper.model.words import Decision, Mode, Outcome

if TYPE_CHECKING:
    from gatekeeper.dossier.receiver import Receiver
    from gatekeeper.dossier.verify import Step, Verification
    from gatekeeper.tools.hashing import Progress

SHOWN = 20  # lines of one step
MAX_BUNDLE_BYTES = 64 * 1024 * 1024
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@click.command()
@click.argument("target", metavar="DOSSIER|ARTIFACT|sha256:HEX")
@click.option("--identity", default="", metavar="ID", help="Who must have signed, exactly.")
@click.option("--issuer", default="", metavar="ISS", help="Who must vouch for that identity.")
@click.option("--product", default="", metavar="NAME", help="The product that the dossier must be about.")
@click.option("--release", default="", metavar="VERSION", help="The version that the dossier must be about.")
@click.option("--receiver", type=click.Path(path_type=Path), metavar="FILE", help="gatekeeper-verify.toml of your own.")
@click.option("--trusted-root", type=click.Path(path_type=Path), metavar="FILE", help="The trust root to believe.")
@click.option("--trusted-root-sha256", default="", metavar="HEX", help="The digest that the trust root must have.")
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="PEM", help="The manufacturer's public key, if managed."
)
@click.option("--unlogged", is_flag=True, help="That key's signatures may be in no log; a timestamp is obligatory.")
@click.option("--bundle", type=click.Path(path_type=Path), metavar="FILE", help="The signature, for a single file.")
@click.option("--listed", is_flag=True, help="The single file is a SHA256SUMS: check each file beside it, too.")
@click.option("--previous", type=click.Path(path_type=Path), metavar="DOSSIER", help="The dossier before this one.")
@click.option("--replay", is_flag=True, help="Judge again from the stored evidence, and compare every result.")
@click.option("--rehearsal", is_flag=True, help="Look at a rehearsal, which is no release.")
@click.option(
    "--published", metavar="URL|DIR", help="Also fetch each released file from there, and compare (MAINT-06)."
)
@output_options
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    target: str,
    identity: str,
    issuer: str,
    product: str,
    release: str,
    receiver: Path | None,
    trusted_root: Path | None,
    trusted_root_sha256: str,
    key: Path | None,
    unlogged: bool,
    bundle: Path | None,
    listed: bool,
    previous: Path | None,
    replay: bool,
    rehearsal: bool,
    published: str | None,
    targets: Sequence[Target],
    lang: str,
) -> int:
    """Is this authentic, and was it released? 0 only for an authentic record whose decision is release."""
    from gatekeeper.dossier.verify import verify_dossier

    place = Path(target)
    keep_out(targets, place)
    asked = believed(place, identity, issuer, receiver, trusted_root, key, trusted_root_sha256)
    asked = replace(asked, replay=replay, rehearsal=rehearsal, previous=previous, unlogged=unlogged or asked.unlogged)
    asked = replace(asked, product=product or asked.product, version=release)
    if published is not None and not place.is_dir():
        raise UsageError("--published compares with a dossier", "Name the dossier's folder.")
    if bundle is not None:
        if replay or previous is not None or product or release:
            said = "--replay, --previous, --product and --release are about a dossier"
            raise UsageError(said, "Name the dossier's folder, or leave them out.")
        return _single(target, bundle, asked, settings, listed=listed)
    if listed:
        raise UsageError("--listed is about a SHA256SUMS with its bundle", "Leave it out: a dossier is checked whole.")
    if place.is_file() or _DIGEST.fullmatch(target):
        raise UsageError(f"{target} is a single file: its signature is needed", "Give --bundle NAME.sigstore.json.")
    with progress_shown(settings) as progress:
        found = verify_dossier(place, asked, gate.checks, progress)
    _tell(found, settings)
    sentence = _sentence(found, caveat(asked))
    if found.authentic and found.record is not None:  # what is not authentic must not be shown as anything else
        emit(
            found.record, targets, settings, lang,
            record_sha256=found.record_sha256, kept=target, verification=sentence,
        )  # fmt: skip
    say(sentence)
    if published is None or not found.authentic or found.record is None:
        return found.code
    return _worse(found.code, _published(found, published, place))


def _published(found: Verification, published: str, dossier: Path) -> int:
    """MAINT-06, told and kept beside the dossier. The dossier's own verdict stands whatever comes out here."""
    from gatekeeper.dossier.publication import look, receipt_beside, write

    assert found.record is not None
    seen = look(found.record, found.record_sha256, published)
    path = receipt_beside(dossier)
    write(seen, path)
    for said in (*seen.rule.observed, *seen.rule.said):
        say(f"MAINT-06 {seen.outcome}: {said}")
    words = {
        Outcome.PASSED: "what is published is what was signed",
        Outcome.FAILED: "what is published is NOT what was signed: publish the signed files again",
    }
    say(f"{words.get(seen.outcome, 'it could not be told what is published')}; receipt: {path}")
    return {Outcome.PASSED: RELEASED, Outcome.FAILED: BLOCKED}.get(seen.outcome, UNDECIDED)


def _worse(one: int, other: int) -> int:
    """A judgement against outweighs a doubt, and a doubt outweighs nothing."""
    return next((code for code in (BLOCKED, UNDECIDED) if code in (one, other)), max(one, other))


def _single(target: str, bundle: Path, receiver: Receiver, settings: Settings, *, listed: bool) -> int:
    """One file and its bundle. Raises NotAuthenticError where it is not what was signed."""
    from gatekeeper.dossier.receiver import bounded
    from gatekeeper.signing.verifier import verify_artifact

    if not receiver.trusted_root:
        raise EvidenceError(
            "no trust root: without it nobody can say who signed",
            "Give --trusted-root FILE; a dossier holds it as trust/trusted_root.json.",
        )
    with progress_shown(settings) as progress:
        sha256 = _digest_of(target, progress)
    verified = verify_artifact(
        bounded(bundle, MAX_BUNDLE_BYTES, "bundle"),
        sha256,
        receiver.pinned(receiver.trusted_root),
        receiver.expected(""),
        rehearsal=receiver.rehearsal,
    )
    if listed:
        say(f"{_files_of(target, sha256, settings)} files beside it, all as listed")
    signer = f"{verified.identity}, vouched for by {verified.issuer}" if verified.identity else "the given key"
    when = verified.timestamps[0].time if verified.timestamps else "a time that nobody proves"
    if verified.statement:  # what it says of the file is for whoever knows that kind
        say(f"the bundle is no signature over the file, but a statement about it: {verified.statement}")
    log = "" if verified.log else "; in no log: the timestamp alone proves that time"
    show(f"authentic: {target}, sha256 {verified.digest}, signed by {signer}, at {when}{log}")
    if verified.rehearsal:
        say("REHEARSAL: signed by a throw-away Sigstore; this is no release")
    return RELEASED


def _files_of(target: str, sha256: bytes, settings: Settings) -> int:
    from gatekeeper.dossier.listed import listed_files

    if not Path(target).is_file():
        raise UsageError(f"{target} is no file: nothing lies beside it", "Name the SHA256SUMS itself.")
    with progress_shown(settings) as progress:
        return listed_files(Path(target), sha256, progress)


def _digest_of(target: str, progress: Progress | None) -> bytes:
    from gatekeeper.tools.hashing import Task, digest

    if match := _DIGEST.fullmatch(target):
        return bytes.fromhex(match[1])
    return bytes.fromhex(digest(Task(target, Path(target)), progress=progress).sha256)


def _tell(found: Verification, settings: Settings) -> None:
    """Step by step, on stderr: what was looked at, and what was seen."""
    for step in found.steps:
        word = "REFUSED" if step.fault else "OPEN" if step.doubt else "ok"
        said = step.fault or step.doubt or step.said
        if word != "ok" or not settings.quiet:
            _each_line(word, step, said)


def _each_line(word: str, step: Step, said: str) -> None:
    lines = said.splitlines()
    for line in lines[:SHOWN]:
        say(f"{word:7} {step.what}: {line}")
    if lines[SHOWN:]:
        say(f"{word:7} {step.what}: and {len(lines) - SHOWN} more")
    if step.advice and word != "ok":
        say(f"        hint: {step.advice}")


def _sentence(found: Verification, but: str) -> str:
    rehearsed = found.record is not None and found.record.mode is Mode.REHEARSAL
    if found.code == RELEASED and rehearsed:
        return "REHEARSAL: authentic as such, and no release"
    if found.code == RELEASED:
        return (
            f"authentic, and released, {but}: compare it with the published one" if but else "authentic, and released"
        )
    if found.code == BLOCKED:
        if found.authentic or (found.unsigned and found.record and found.record.decision is Decision.BLOCK):
            return "the gate refused this version: it must not go out"
        return "NOT AUTHENTIC: do not use it"
    assert found.code == UNDECIDED
    return "undecided: it could not be told whether this is authentic and released"
