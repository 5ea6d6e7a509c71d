"""Simple Verification Result (in-toto, svr v0.1): which rules a released version passed, for tools that ask no more.

The dossier of a release holds the same statement signed. Its form has no word for a refusal, so that what was not
released has no properties at all.
"""

from __future__ import annotations

from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.summary import result_of


def render(record: Record, _options: Options) -> str:
    """The statement, byte for byte as it is signed."""
    return result_of(record).decode()


REPORT = Report(id="svr", title="in-toto Simple Verification Result", render=render, suffix=".intoto.json")
