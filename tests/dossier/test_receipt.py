"""KEY-03: no secret in anything that the gate writes."""

from __future__ import annotations

import pytest

from gatekeeper.dossier.receipt import nothing_secret

SECRET = "hunter2-and-more"
ENVIRONMENT = {"HOME": "/home/example", "TRACKER_TOKEN": SECRET, "SHORT_TOKEN": "abc"}
TOKEN = b"eyJ" + b"a" * 30 + b".eyJ" + b"b" * 30 + b"." + b"c" * 43


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("evidence/signing.json", b"token=" + TOKEN, id="KEY-03: an OIDC token in a log"),
        pytest.param(
            "evidence/issues.json", b'"key": "AIza' + b"x" * 35 + b'"', id="KEY-03: an API key in a stored page"
        ),
        pytest.param(
            "record.json",
            "\n".join(f"{name}={value}" for name, value in ENVIRONMENT.items()).encode(),
            id="KEY-03: an environment dump",
        ),
        pytest.param(
            "evidence/tests.json",
            b'"command": "export --password letmein --to x"',
            id="KEY-03: a password in a command line",
        ),
        pytest.param("report.html", b"-----BEGIN " + b"PRIVATE KEY-----", id="KEY-03: a private key"),
    ],
)
def test_a_secret_is_found_and_not_repeated(name, content):
    judgement = nothing_secret({"VERIFY.md": b"harmless", name: content}, ENVIRONMENT)
    assert [finding.where.path for finding in judgement.findings] == [name]
    told = " ".join(finding.message for finding in judgement.findings)
    assert not any(secret in told for secret in (SECRET, "letmein", TOKEN.decode()))


def test_harmless_files_pass_and_none_is_undecided():
    judgement = nothing_secret({"VERIFY.md": b"Use --token FILE or --password; see abc."}, ENVIRONMENT)
    assert (judgement.findings, judgement.doubts) == ((), ())
    assert judgement.observed
    assert not nothing_secret({}, ENVIRONMENT).observed
