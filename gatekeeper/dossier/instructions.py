"""VERIFY.md: how a receiver checks this dossier with public tools, every value filled in (FILE-06)."""

from __future__ import annotations

import hashlib
import shlex

from gatekeeper.checks._signing.rules import PIPELINE
from gatekeeper.dossier import layout
from gatekeeper.dossier.approvals import place_of_root
from gatekeeper.model.approval import Approval
from gatekeeper.model.record import PREDICATE_TYPE, Record
from gatekeeper.model.words import Mode
from gatekeeper.signing.managed import MANAGED

NO_LOG = """
The key's signatures are in no transparency log, by the manufacturer's policy: a timestamp alone proves their time.
透明性ログへの登録なし(製造業者の方針による)。署名時刻はタイムスタンプだけで証明する。
"""
SHOWN = 200  # artifacts with commands of their own; the signed list covers them all


def instructions(record: Record, trusted_root: bytes) -> str:
    """The text; it follows from the record and the trust root, so that whoever verifies can make it again."""
    root = hashlib.sha256(trusted_root).hexdigest()
    parts = (
        _head(record, root),
        _sums(),
        _gatekeeper(record, root),
        _cosign(record),
        _sigstore(record),
        _statements(record),
        _approvals(record),
        _files(record),
    )
    return "\n".join(part for part in parts if part)


def _head(record: Record, root: str) -> str:
    rehearsal = (
        "\n**Rehearsal: signed by a throw-away Sigstore. This is not a release, and the commands below only show how "
        "one is checked.** リハーサル(リリースではない)。\n"
        if record.mode is Mode.REHEARSAL
        else ""
    )
    log = NO_LOG if _managed(record) and _unlogged(record) else ""
    return f"""# Checking {_plain(record.product.name)} {_plain(record.product.version)}
{rehearsal}
You need no internet. Identity, issuer and the digest of the trust root must come from the manufacturer by another
way than this folder: a forger would fill in his own. Compare them first.
インターネット接続は不要。下の三つの値は、このフォルダーとは別の経路で製造業者から入手した値と比べること。

| what | value |
|---|---|
| signer (identity) | `{record.sealing.identity}` |
| vouched for by (issuer) | `{record.sealing.issuer}` |
| trust root `{layout.TRUSTED_ROOT}` (SHA-256) | `{root}` |
{log}"""


def _sums() -> str:
    return f"""## 1. Are the files unchanged?

```sh
sha256sum -c {layout.SUMS}
(cd {layout.ARTIFACTS} && sha256sum -c {layout.MANIFEST_NAME})
```

`openssl dgst -sha256 FILE` and, on Windows, `certutil -hashfile FILE SHA256` give the same digests. This alone does
not tell who made the list: a forger makes his own. The next step does.
"""


def _gatekeeper(record: Record, root: str) -> str:
    """With the three values that must have come from elsewhere."""
    more = f" --trusted-root-sha256 {root}" + (" --rehearsal" if record.mode is Mode.REHEARSAL else "")
    return f"""## 2. Who signed them, and was it a release? With gatekeeper

```sh
gatekeeper verify . {_signer(record)}{more}
```

Exit code 0: authentic, and released. 1: not authentic, or refused. 3: it could not be judged.
終了コード 0:真正でありリリース済み。1:真正でない、またはリリース不可。3:判定不能。
"""


def _cosign(record: Record) -> str:
    trust = f"--trusted-root {layout.TRUSTED_ROOT}"
    signer = _cosign_signer(record)
    named = sorted(s.name for s in record.signatures if s.kind == "artifact")[:SHOWN]
    lines = [
        f"cosign verify-blob --bundle {_q(layout.bundle(name))} {trust} {signer} {_q(layout.artifact(name))}"
        for name in (layout.MANIFEST_NAME, *named)
    ]
    lines.append(f"cosign verify-blob --bundle {layout.SUMS_BUNDLE} {trust} {signer} {layout.SUMS}")
    attested = record.artifacts[0].name if record.artifacts else ""
    lines.append(
        f"cosign verify-blob-attestation --bundle {layout.RECORD_BUNDLE} {trust} --type {PREDICATE_TYPE} "
        f"{signer} {_q(layout.artifact(attested))}"
    )
    return "## 3. The same with cosign\n\n```sh\n" + "\n".join(lines) + "\n```\n"


def _sigstore(record: Record) -> str:
    start = f"sigstore --trust-config {layout.TRUST_CONFIG} verify identity --offline"
    if _managed(record):  # it reads bundles with certificates only
        return _pipeline(record, start)
    signer = f"--cert-identity {_q(record.sealing.identity)} --cert-oidc-issuer {_q(record.sealing.issuer)}"
    return f"""## 4. The same with sigstore's own tool

```sh
{start} --bundle {layout.SUMS_BUNDLE} {signer} {layout.SUMS}
{start} --bundle {layout.bundle(layout.MANIFEST_NAME)} {signer} {layout.MANIFEST}
```
"""


def _statements(record: Record) -> str:
    """A rehearsal has none."""
    named = [a.name for a in record.artifacts if a.kind == "sbom"][:SHOWN]
    about = next((a.name for a in record.artifacts if a.kind == "artifact"), "")
    if record.mode is Mode.REHEARSAL or not about or not (named or record.vulnerabilities):
        return ""
    places = [layout.statement(name) for name in named] + ([layout.VEX_STATEMENT] if record.vulnerabilities else [])
    start = f"cosign verify-blob-attestation --trusted-root {layout.TRUSTED_ROOT} --type TYPE {_cosign_signer(record)}"
    lines = "\n".join(f"{start} --bundle {_q(place)} {_q(layout.artifact(about))}" for place in places)
    vex = f"\nThe plain VEX file is `{layout.VEX}`." if record.vulnerabilities else ""
    return f"""## SBOM and VEX as signed statements about the released files

```sh
{lines}
```

TYPE is what the statement holds: `https://cyclonedx.org/bom`, `https://spdx.dev/Document` (SPDX 2),
`https://spdx.dev/Document/v3`, `https://openvex.dev/ns`, or `https://in-toto.io/attestation/reference/v0.1` where an
SBOM is bound by its digest. The plain SBOM lies in `{layout.ARTIFACTS}/`: give that to tools that do not look inside
statements.{vex}
"""


def _approvals(record: Record) -> str:
    """Each signed file that somebody approved with; the evidence set is what they saw, by its digest."""
    counted = [a for a in record.approvals if not a.problem][:SHOWN]
    if not counted:
        return ""
    lines = "\n".join(
        f"gatekeeper verify sha256:{a.evidence_set} --bundle {_q(layout.approval(a.file))} "
        f"--identity {_q(a.identity)} --issuer {_q(a.issuer)} {_approval_root(record, a)}"
        for a in counted
    )
    return f"""## Who approved this evidence

```sh
{lines}
```

The digest is that of the evidence set, as the record tells it. `gatekeeper verify .` checks all of these.
"""


def _approval_root(record: Record, approval: Approval) -> str:
    if record.mode is Mode.REHEARSAL:
        return f"--trusted-root {_q(place_of_root(approval))} --rehearsal"
    return f"--trusted-root {layout.TRUSTED_ROOT}"


def _pipeline(record: Record, start: str) -> str:
    """Where the job signed beside a managed key."""
    jobs = [s for s in record.signatures if s.kind == PIPELINE]
    commands = "\n".join(
        f"{start} --bundle {layout.PIPELINE_BUNDLE} --cert-identity {_q(s.identity)} "
        f"--cert-oidc-issuer {_q(s.issuer)} {layout.MANIFEST}"
        for s in jobs
    )
    return f"## 4. Which pipeline made it, with sigstore's own tool\n\n```sh\n{commands}\n```\n" if jobs else ""


def _files(record: Record) -> str:
    rows = "\n".join(f"{a.sha256}  {a.name}" for a in record.artifacts)
    return f"## The released files (SHA-256)\n\n```text\n{rows}\n```\n"


def _managed(record: Record) -> bool:
    return record.sealing.issuer == MANAGED


def _cosign_signer(record: Record) -> str:
    if _managed(record):
        unlogged = " --insecure-ignore-tlog --use-signed-timestamps" if _unlogged(record) else ""
        return f"--key {layout.PUBLIC_KEY}{unlogged}"
    identity, issuer = _q(record.sealing.identity), _q(record.sealing.issuer)
    return f"--certificate-identity {identity} --certificate-oidc-issuer {issuer}"


def _unlogged(record: Record) -> bool:
    """Whether the managed key is kept out of every log, by policy."""
    return not any(s.log_index for s in record.signatures if s.key == "managed")


def _signer(record: Record) -> str:
    if _managed(record):
        return f"--key {layout.PUBLIC_KEY}" + (" --unlogged" if _unlogged(record) else "")
    return f"--identity {_q(record.sealing.identity)} --issuer {_q(record.sealing.issuer)}"


def _q(text: str) -> str:
    return shlex.quote(text)


def _plain(text: str) -> str:
    """A name for a heading: on one line, without what Markdown would act on."""
    return "".join(c if c.isprintable() and c not in "`*_[]<>#|\\" else " " for c in text)
