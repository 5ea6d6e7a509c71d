"""CODE: what a scanner can be talked out of."""

from __future__ import annotations

from gatekeeper.selftest.specimen import Sample, Specimen

_GOOD = b"def dose(rate: float, hours: float) -> float:\n    return rate * hours\n"
_SHELL = b"import subprocess\n\n\ndef mount(device):\n    subprocess.call('mount ' + device, shell=True)\n"

_LINK = "src/pump/link.py"
_NOSEC = {_LINK: _SHELL.replace(b"True)", b"True)  # nosec")}
_BANDIT = b"[bandit]\nskips: B602,B404\n"

SPECIMEN = Specimen(
    id="secure-coding",
    checks=("secure-coding",),
    rules=("CODE-01", "CODE-02", "CODE-03"),
    files={"src/pump/__init__.py": b"", "src/pump/dose.py": _GOOD},
    tables={"secure-coding": {"roots": ["src"]}},
    samples=(
        Sample("CODE-01", "a shell call", {_LINK: _SHELL}),
        Sample("CODE-01", "a shell call under a .bandit file", {_LINK: _SHELL, ".bandit": _BANDIT}),
        Sample("CODE-01", "a shell call behind a bare nosec", _NOSEC),
        Sample("CODE-01", "a shell call in a script", {"src/pump/link": b"#!/usr/bin/env python3\n" + _SHELL}),
        Sample("CODE-02", "a file that does not parse", {_LINK: b"def (:\n"}),
        Sample("CODE-02", "a file with a null byte", {_LINK: b"x = 1\x00\n"}),
        Sample("CODE-02", "no source at all", {"src/pump/__init__.py": None, "src/pump/dose.py": None}),
        Sample("CODE-02", "an exclusion that hides a package", tables={
            "secure-coding": {"roots": ["src"], "exclude": [{"path": "src/*", "reason": "too slow to scan"}]}
        }),
        Sample("CODE-03", "a bare nosec", _NOSEC),
        Sample("CODE-05", "a product in C with no tool for it", {"src/pump/pump.c": b"int main(void) { return 0; }\n"}),
    ),
)  # fmt: skip
