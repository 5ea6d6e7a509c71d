"""JUnit XML: one case a rule, in a suite of its check. Undecided is an error, never skipped; any CI shows it."""

from __future__ import annotations

import re
from html import escape

from gatekeeper.model.record import Record, RuleRow
from gatekeeper.model.report import Options, Report
from gatekeeper.reports._escape import log_line, visible
from gatekeeper.reports._view import by_weight, checks, headline
from gatekeeper.reports._words import next_step, say, standing

SHOWN = 100  # findings in one case
# XML 1.0 has no place at all for these two; everything else that hides is spelt out before.
_NOT_XML = re.compile("[\ufffe\uffff]")


def render(record: Record, options: Options) -> str:
    """A rule that only warns is a passed case with its findings as output: like the gate, it does not fail the run."""
    cases = [_suite(check, rules, options) for check, rules in checks(record).items()]
    verdict = _attributes(name="gatekeeper", **_totals(list(record.rules)))
    properties = {
        "decision": record.decision.value,
        "headline": say(headline(record), options.lang),
        "product": f"{record.product.name} {record.product.version}",
        "commit": record.source.commit,
        "record_sha256": options.record_sha256,
    }
    listed = "".join(f"<property {_attributes(name=k, value=v)}/>" for k, v in properties.items())
    head = f"<testsuite {_attributes(name='record', tests='0')}><properties>{listed}</properties></testsuite>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {verdict}>\n{head}\n{"".join(cases)}</testsuites>\n'


def _suite(check: str, rules: list[RuleRow], options: Options) -> str:
    cases = "".join(_case(rule, options) for rule in rules)
    return f"<testsuite {_attributes(name=check, **_totals(rules))}>\n{cases}</testsuite>\n"


def _totals(rules: list[RuleRow]) -> dict[str, str]:
    kinds = [standing(rule) for rule in rules]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failed")),
        "errors": str(kinds.count("undecided")),
        "skipped": str(kinds.count("not-applicable")),
    }


def _case(rule: RuleRow, options: Options) -> str:
    name = f"{rule.id} {say(rule.title, options.lang)}"
    head = f"<testcase {_attributes(classname=rule.check, name=name)}>"
    return f"{head}{_result(rule)}</testcase>\n"


def _result(rule: RuleRow) -> str:
    told = "\n".join(map(_clean, [*rule.observed, *_findings(rule), *rule.doubts]))
    match standing(rule):
        case "failed":
            return _element("failure", f"{len(rule.findings)} findings. {next_step(rule).en}", told)
        case "undecided":
            return _element("error", f"could not be judged. {next_step(rule).en}", told)
        case "not-applicable":
            return _element("skipped", rule.not_applicable, "")
        case _:
            return f"<system-out>{_text(f'{rule.outcome}: {told}')}</system-out>"


def _findings(rule: RuleRow) -> list[str]:
    shown = [f"{f.where} {f.note} {f.message}" + (f" [{f.deviation}]" if f.deviation else "") for f in by_weight(rule)]
    more = [f"and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    return shown[:SHOWN] + more


def _element(name: str, message: str, text: str) -> str:
    return f"<{name} {_attributes(message=message)}>{_text(text)}</{name}>"


def _attributes(**values: str) -> str:
    return " ".join(f'{key}="{escape(_clean(value)).replace("##[", "##&#91;")}"' for key, value in values.items())


def _text(text: str) -> str:
    return escape("\n".join(log_line(line) for line in text.split("\n")), quote=False)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", visible(text))


REPORT = Report(id="junit", title="JUnit XML, one case a rule", render=render, suffix=".xml")
