"""What the rules on vulnerabilities look at, with the matching done once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Where, finding
from gatekeeper.sbom.known import deciding, matching
from gatekeeper.sbom.known.deciding import Answer
from gatekeeper.sbom.known.evidence import Evidence, Statement, VexFile
from gatekeeper.sbom.known.matching import Known, Matched
from gatekeeper.sbom.known.params import Params
from gatekeeper.sbom.rules.document import moment


@dataclass(frozen=True)
class Matter:
    """What the rules look at: evidence, policy and case, with the matching done once."""

    evidence: Evidence
    params: Params
    case: Case

    @cached_property
    def matched(self) -> Matched:
        """Every component matched with the data."""
        return matching.match(self.evidence)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of this time, of files that hold together."""
        every = (s for f in self.evidence.vex if not self.file_faults(f) for s in f.statements)
        return tuple(s for s in every if not self.time_fault(s.timestamp))

    @cached_property
    def answers(self) -> tuple[tuple[Known, Answer], ...]:
        """Each known vulnerability with what VEX says of it."""
        return tuple((k, deciding.answer(k, self.statements, self.evidence)) for k in self.matched.known)

    def file_faults(self, file: VexFile) -> tuple[str, ...]:
        """Why a VEX file does not count as a whole."""
        return (*(f"{f.where} {f.message}".strip() for f in file.faults), *self._time_faults(file))

    def _time_faults(self, file: VexFile) -> Iterator[str]:
        if file.faults:
            return
        if fault := self.time_fault(file.timestamp):
            yield fault

    def time_fault(self, text: str) -> str:
        """Why a time cannot be that of a statement that counts today; empty where it can."""
        made = moment(text)
        if made is None:
            return f"{text!r} is no time with a zone" if text else "no timestamp"
        if made > self.case.now + self.tolerance:
            return f"it is from the future: {text}"
        if made < self.case.now - timedelta(days=self.params.vex_max_age_days):
            return f"it is older than {self.params.vex_max_age_days} days: {text}"
        return ""

    @property
    def tolerance(self) -> timedelta:
        """How far a clock may be ahead."""
        return timedelta(minutes=self.case.default("future_time_tolerance_minutes"))

    def about(self, rule: str, k: Known, message: str) -> Finding:
        """A finding about one vulnerability of one component; its fingerprint hangs on both."""
        return finding(
            rule,
            f"{k.id} in {k.component.label}: {message}",
            key=(k.id, k.component.full_name, k.component.version),
            where=Where(path=self.evidence.sbom, pointer=k.component.purl or k.component.where),
            level=k.level,
            note=k.id,
            details={"aliases": " ".join(k.ids), "fixed": " ".join(k.fixed), "found_by": ", ".join(k.found_by)},
            remedy=f"Update to {' or '.join(k.fixed)}." if k.fixed else "",
        )
