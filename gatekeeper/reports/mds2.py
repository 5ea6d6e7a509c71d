"""Draft answers to MDS2-2019: only what the gate knows. Everything else is not determined, and never "No"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatekeeper.model.record import Record, RuleRow
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Outcome
from gatekeeper.reports._export import NOT_DETERMINED, document, stamp

QUESTIONS = 240  # of the form; the ids that are not listed here are not determined by the gate
# The rules that have to pass before a question is answered with "Yes", by how the gate can know.
COMPUTED: dict[str, tuple[str, ...]] = {
    "SBOM-1": ("SBOM-01", "SBOM-04"),
    "SBOM-2": ("SBOM-02",),
    "SBOM-2.1": ("SBOM-12",),
    "SBOM-2.2": ("SBOM-14",),
    "SBOM-2.3": ("SBOM-12",),
    "SBOM-2.4": ("SBOM-14",),
    "SBOM-4": ("CHAIN-01", "CHAIN-05"),
    "RDMP-2": ("SBOM-16",),
    "RDMP-4": ("SBOM-18",),
    "SAHD-3.2": ("SIGN-01",),
    "SAHD-4": ("FILE-01", "FILE-06"),
}
PRESENT: dict[str, tuple[str, ...]] = {
    "DOC-8": ("DOC-13",),
    "RDMP-1": ("DONE-05",),
    "RDMP-3": ("DOC-06",),
    "CSUP-2.1": ("MAINT-05",),
    "CSUP-3.1": ("MAINT-05",),
    "CSUP-4.1": ("MAINT-05",),
    "CSUP-5.1": ("MAINT-05",),
    "CSUP-6.1": ("MAINT-05",),
    "CSUP-11": ("MAINT-02",),
    "CSUP-11.1": ("MAINT-02",),
    "CSUP-11.2": ("MAINT-02",),
    "SGUD-1": ("DOC-01", "DOC-03"),
    "SGUD-2": ("DOC-10", "DOC-11"),
    "SGUD-3": ("DOC-04",),
    "SGUD-4": ("DOC-05",),
    "PAUT-4": ("DOC-04",),
    "SAHD-14.1": ("DOC-03",),
    "CONN-2": ("DOC-16",),
    "RMOT-1": ("DOC-17",),
}
DEVICE_ONLY = ("SAHD-3", "SAHD-3.1", "TXIG-1")  # the gate holds evidence; the device has to do it


def render(record: Record, options: Options) -> str:
    """A draft for the person who answers the form; each answer names the rules and the evidence behind it."""
    answers = list(_answers(record))
    return document(
        {
            "export": "gatekeeper.mds2/1",
            "form": "ANSI/NEMA HN 1-2019 (MDS2)",
            "status": "draft: to be completed and answered for by the manufacturer",
            "record": stamp(record, options),
            "answers": answers,
            "other_questions": {"answer": NOT_DETERMINED, "count": QUESTIONS - len(answers)},
        }
    )


def _answers(record: Record) -> Iterator[dict[str, Any]]:
    product = record.product
    yield _stated("DOC-1", product.manufacturer)
    yield _stated("DOC-2", product.name)
    yield _stated("DOC-3", product.model)
    yield _stated("DOC-4", record.record_id)
    yield _stated("DOC-7", record.effective_time[:10])
    rules = {rule.id: rule for rule in record.rules}
    for basis, questions in (("computed", COMPUTED), ("document is there", PRESENT)):
        for question, needed in questions.items():
            yield _answer(question, basis, [rules.get(id_) for id_ in needed], needed)
    for question in DEVICE_ONLY:
        note = "signatures and manifest are in the dossier; whether the device checks them is not known to the gate"
        yield {"id": question, "answer": NOT_DETERMINED, "note": note}


def _stated(question: str, value: str) -> dict[str, Any]:
    return {"id": question, "answer": value or NOT_DETERMINED, "note": "as the policy states it"}


def _answer(question: str, basis: str, judged: list[RuleRow | None], needed: tuple[str, ...]) -> dict[str, Any]:
    known = [rule for rule in judged if rule is not None]
    good = len(known) == len(needed) and all(rule.outcome is Outcome.PASSED for rule in known)
    told = "; ".join(f"{r.id} {r.outcome} ({r.evidence[:12] or 'no stored evidence'})" for r in known)
    note = f"{basis}: {told}" if told else f"rules {', '.join(needed)} were not judged"
    return {"id": question, "answer": "Yes" if good else NOT_DETERMINED, "note": note}


REPORT = Report(id="mds2", title="Draft answers to MDS2-2019 (JSON)", render=render, suffix=".json")
