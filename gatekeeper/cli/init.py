"""`gatekeeper init`: a first policy, deviations file, hook entry, release workflow and documents, which teach.

What it writes is not yet enough for a release, on purpose: the documents hold placeholders that the gate refuses, and
the policy asks for evidence that nobody has collected yet. Nothing that exists is ever changed.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import click
import tomli

from gatekeeper import __version__
from gatekeeper.cli.exits import RELEASED
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import SealError, UsageError

UNKNOWN = "TODO"
PROFILES = {
    "device": '"iec", "cisa-2026", "fda", "mhlw"',
    "non-device": '"iec", "cisa-2026"',
    "annex-f": '"iec", "cisa-2026"',
}
DOCUMENTS = (
    "secure-operation",
    "accounts",
    "conformance",
    "residual-risks",
    "decommissioning",
    "verification",
    "disclosure-policy",
    "support",
    "interfaces",
)
FILES = {
    "gatekeeper.toml": "gatekeeper.toml",
    "deviations.toml": "deviations.toml",
    "components.toml": "components.toml",
    "records.toml": "records.toml",
    "risks.toml": "risks.toml",
    "threats.toml": "threats.toml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".github/workflows/release.yml": "release.yml",
    **{f"docs/security/{name}.md": f"doc-{name}.md" for name in DOCUMENTS},
}
ANNEX_F = {"docs/security/annex-f.md": "doc-annex-f.md"}
# One form of [[security-issues.sources]] for each tracker, in a file of its own; the first is the default.
TRACKERS = ("export", "github", "gitlab", "jira-cloud", "jira-data-center", "redmine")
TOKENS = {  # variables that the workflow hands to the gate
    "github": ("GITHUB_TOKEN", "SECURITY_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "jira-cloud": ("JIRA_TOKEN",),
    "jira-data-center": ("JIRA_TOKEN",),
    "redmine": ("REDMINE_API_KEY",),
}
RIGHTS = {  # of the workflow's own token, beside those that every release needs
    "github": ("issues: read", "security-events: read # code scanning", "vulnerability-alerts: read # Dependabot"),
}
NEXT = """
Next:
  1. fill in every TODO: the gate refuses a document that still holds one
  2. gatekeeper doctor    says what is missing here
  3. gatekeeper check     judges, and says for each rule what to do"""
MARK = re.compile(r"@([A-Z]+)@")


@dataclass(frozen=True, slots=True)
class File:
    """One file to write: where, what, and whether something stands there already."""

    path: Path
    text: str
    exists: bool


@click.command()
@click.option("--name", help="Of the product; from pyproject.toml where it is not given.")
@click.option("--version", help="Of the product; from pyproject.toml where it is not given.")
@click.option("--manufacturer", help="As on the label.")
@click.option("--profile", type=click.Choice([*PROFILES]), help="What the product is.")
@click.option("--tracker", type=click.Choice(TRACKERS), help="Where its security issues are.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    name: str | None,
    version: str | None,
    manufacturer: str | None,
    profile: str | None,
    tracker: str | None,
    dry_run: bool,
) -> int:
    """Write a first policy, deviations file, workflow, hook entry and documents. Nothing that exists is changed."""
    root = settings.root
    answers = _answers(root, {"name": name, "version": version, "manufacturer": manufacturer}, profile, tracker)
    for file in _files(root, answers):
        place = file.path.relative_to(root).as_posix()
        if file.exists:
            click.echo(f"kept    {place}  (it was there already)")
            continue
        if dry_run:
            click.echo(f"would write {place}:\n{textwrap.indent(file.text, '    ')}")
        else:
            _write(file)
            click.echo(f"wrote   {place}")
    click.echo(NEXT)
    return RELEASED


def _answers(root: Path, given: Mapping[str, str | None], profile: str | None, tracker: str | None) -> dict[str, str]:
    """What the call says, else what the project file says, else what people answer at a terminal."""
    known = _project(root)
    ask = sys.stdin.isatty()
    found = {}
    for key, value in given.items():
        default = known.get(key, UNKNOWN)
        found[key] = value or (click.prompt(f"{key.capitalize()} of the product", default) if ask else default)
        _refuse_unprintable(key, found[key])
    found["profile"] = profile or _choose("What is the product?", PROFILES, "device", ask=ask)
    found["tracker"] = tracker or _choose("Where are its security issues?", TRACKERS, "export", ask=ask)
    return found


def _choose(question: str, options: Iterable[str], default: str, *, ask: bool) -> str:
    return str(click.prompt(question, default, type=click.Choice([*options]))) if ask else default


def _project(root: Path) -> dict[str, str]:
    """Name and version of the project file, where it states them as text."""
    try:
        table = tomli.loads((root / "pyproject.toml").read_text("utf-8")).get("project", {})
    except (OSError, ValueError):  # no project file, or not one that helps: the questions stay open
        return {}
    return {k: v for k, v in table.items() if k in ("name", "version") and isinstance(v, str) and v.isprintable()}


def _refuse_unprintable(key: str, value: str) -> None:
    if not value.strip() or not value.isprintable() or len(value) > 200:
        raise UsageError(f"--{key} must be one line of text", "Write it as it stands on the label.")


def _files(root: Path, answers: Mapping[str, str]) -> Iterator[File]:
    wanted = FILES | (ANNEX_F if answers["profile"] == "annex-f" else {})
    for place, template in wanted.items():
        text = _filled(_template(template), answers, quoted=template.endswith(".toml"))
        path = root / place
        yield File(path, text, path.exists() or path.is_symlink())


def _template(name: str) -> str:
    return (resources.files("gatekeeper.cli") / "templates" / name).read_text("utf-8")


def _filled(text: str, answers: Mapping[str, str], *, quoted: bool) -> str:
    """Put the answers in; in TOML as quoted strings, whose escapes JSON shares."""
    product = {key: answers[key] for key in ("name", "version", "manufacturer")}
    values = {k.upper(): json.dumps(v, ensure_ascii=False) if quoted else v for k, v in product.items()}
    values["PROFILES"] = PROFILES[answers["profile"]]
    values["SBOM"] = PROFILES[answers["profile"]].removeprefix('"iec", ')
    values["ROUTE"] = '"annex-f"' if answers["profile"] == "annex-f" else '"clauses-4-9"'
    values["TRACKER"] = _template(f"source-{answers['tracker']}.toml").rstrip()
    values["TOKENS"] = _tokens(TOKENS.get(answers["tracker"], ()))
    values["RIGHTS"] = "".join(f"\n{' ' * 6}{right}" for right in RIGHTS.get(answers["tracker"], ()))
    values["GATE"] = __version__
    return MARK.sub(lambda mark: values.get(mark[1], mark[0]), text)


def _tokens(names: Iterable[str]) -> str:
    """The part of the workflow's step that hands it the tracker's tokens."""
    places = {n: "github.token" if n == "GITHUB_TOKEN" else f"secrets.{n}" for n in names}
    lines = [f"{n}: ${{{{ {place} }}}}" for n, place in places.items()]
    return f"\n{' ' * 8}env:" + "".join(f"\n{' ' * 10}{line}" for line in lines) if lines else ""


def _write(file: File) -> None:
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with file.path.open("x", encoding="utf-8", newline="\n") as out:  # x: never over a file, not even a new one
            out.write(file.text)
    except OSError as e:
        raise SealError(f"{file.path}: cannot be written: {e.strerror}") from e
