"""Lock files: which reader is for which file, and what it found, with the commit that changed the file last."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gatekeeper.discovery import discover
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, ToolError
from gatekeeper.sbom.evidence import Direct, Lock, Locked
from gatekeeper.sbom.params import Params
from gatekeeper.tools import git

MAX_BYTES = 64 * 2**20


class LockError(EvidenceError):
    """A lock file that cannot be understood whole; never read in part."""


class Pins(msgspec.Struct, frozen=True):
    """What a lock file pins for the product. `direct` is None where the format does not tell."""

    packages: tuple[Locked, ...]
    direct: tuple[Direct, ...] | None = None


class Wish(msgspec.Struct, frozen=True):
    """What of a lock file ships: optional groups, and the environment that answers markers."""

    extras: tuple[str, ...] = ()
    target: dict[str, str] = {}
    product: str = ""


@dataclass(frozen=True, slots=True)
class LockFormat:
    """One lock format: `names` is the pattern of its file names, `read` raises LockError for what it does not know.

    `siblings` are further files of the same folder that it needs, as (name, required).
    """

    id: str
    ecosystem: str
    names: str
    read: Callable[[str, Wish, Mapping[str, str]], Pins]
    siblings: tuple[str, ...] = ()


def formats() -> dict[str, LockFormat]:
    """Every known lock format by id."""
    from gatekeeper.sbom import locks

    return discover(locks, "LOCK", LockFormat)


def collect(context: Context, params: Params) -> tuple[Lock, ...]:
    """Read the lock files that the policy names, or else each known one at the root."""
    wish = Wish(params.extras, params.target, context.product.name)
    return tuple(load(context.root, name, wish) for name in params.locks or found(context.root))


def found(root: Path) -> tuple[str, ...]:
    """The names of the lock files at the root, one for each ecosystem's tool."""
    names = sorted(p.name for p in root.iterdir() if p.is_file())
    hits = {n: f for n in names for f in formats().values() if re.fullmatch(f.names, n)}
    python = any(f.ecosystem == "pypi" and f.id != "requirements" for f in hits.values())
    # beside a real lock, requirements files are for other purposes; without one, only the plain name is the product's
    return tuple(n for n, f in hits.items() if f.id != "requirements" or (n == "requirements.txt" and not python))


def load(root: Path, name: str, wish: Wish) -> Lock:
    """One lock file; what is wrong with it stands in `fault`, and then it pins nothing."""
    path = root / name
    reader = next((f for f in formats().values() if re.fullmatch(f.names, path.name)), None)
    kind = reader.ecosystem if reader else ""
    try:
        raw = _bytes(path)
    except LockError as e:
        return Lock(path=name, kind=kind, fault=e.message)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        pins = _pins(reader, raw, path.parent, wish)
    except (EvidenceError, UnicodeDecodeError) as e:
        return Lock(path=name, kind=kind, sha256=digest, fault=str(e))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as e:
        return Lock(path=name, kind=kind, sha256=digest, fault=f"not as its format should be: {e!r}")
    return Lock(
        path=name,
        kind=kind,
        sha256=digest,
        committed=committed(root, name),
        packages=pins.packages,
        direct=pins.direct,
    )


def _pins(reader: LockFormat | None, raw: bytes, folder: Path, wish: Wish) -> Pins:
    if reader is None:
        raise LockError("this lock format is not known")
    there = (folder / s for s in reader.siblings)
    beside = {p.name: _bytes(p).decode("utf-8-sig") for p in there if p.is_file()}
    return reader.read(raw.decode("utf-8-sig"), wish, beside)


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise LockError("is not there")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise LockError(f"cannot be read: {e.strerror}") from e
    if len(raw) > MAX_BYTES:
        raise LockError(f"more than {MAX_BYTES} bytes")
    return raw


def committed(root: Path, name: str) -> str:
    """When git says that the file changed last (RFC 3339); empty where there is no answer."""
    try:
        repository = git.open_repository(root)
        return repository.last_changed((root / name).resolve().relative_to(repository.top.resolve()).as_posix())
    except (EvidenceError, ToolError, ValueError):
        return ""  # the rule on freshness then asks for another proof
