"""Read risk register and threat trace, strictly."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from gatekeeper.checks._records.register import digest_fault
from gatekeeper.checks._risk_management.evidence import Method, Model, Registered, Risk, Threat, Traced
from gatekeeper.model.errors import EvidenceError

MAX_BYTES = 16 * 1024 * 1024
T = TypeVar("T")


class _Risks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    risk: tuple[Risk, ...] = ()
    method: Method | None = None


class _Threats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: Model | None = None
    threat: tuple[Threat, ...] = ()


def risks(root: Path, name: str) -> Registered:
    """The risk register. Raises EvidenceError."""
    raw, found = _read(root, name, _Risks)
    return Registered(name, hashlib.sha256(raw).hexdigest(), found.risk, found.method)


def threats(root: Path, name: str) -> Traced:
    """The threat trace with its model, whose own file is hashed. Raises EvidenceError."""
    raw, found = _read(root, name, _Threats)
    digest, problem = _hashed(root, found.model) if found.model else ("", "")
    return Traced(name, hashlib.sha256(raw).hexdigest(), found.model, found.threat, digest, problem)


def _read(root: Path, name: str, kind: type[T]) -> tuple[bytes, T]:
    try:
        with (root / name).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise EvidenceError(f"{name}: larger than {MAX_BYTES} bytes")
        data: dict[str, Any] = tomli.loads(raw.decode("utf-8"))
        return raw, msgspec.convert(data, kind, builtin_types=(date, datetime))
    except (OSError, ValueError, RecursionError) as e:
        raise EvidenceError(
            f"{name}: cannot be read: {e}", "Correct the file; `gatekeeper init` shows its form."
        ) from e


def _hashed(root: Path, model: Model) -> tuple[str, str]:
    if not model.path:
        fault = digest_fault(model.sha256)
        return model.sha256, f"the threat model {fault}" if fault else ""
    path = root / model.path
    if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        return "", f"{model.path} is not there"
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if not raw:
        return "", f"{model.path} is empty"
    return digest, f"{model.path} is not the file that was reviewed" if model.sha256 not in ("", digest) else ""
