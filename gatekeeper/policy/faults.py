"""From schema errors to sentences: file and line, what was seen, what is expected, "did you mean"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from gatekeeper.policy.toml_file import Key, TomlFile

# TOML dates are values of their own; a text that looks like one is not one. A text that forges this mark
# gets past the schema and is refused by the typed reading that follows.
_DATE_MARK = "a-toml-date:"
TAG = "kind"  # the key that tells the forms of a table apart


def faults(file: TomlFile, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Every fault of the file against a JSON Schema, in order of line."""
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(_with_toml_dates(schema))
    found = {
        (file.line(path), sentence)
        for error in validator.iter_errors(_marked(file.data))
        for path, sentence in _sentences(error, schema)
    }
    return tuple(f"{file.name}:{line}: {sentence}" for line, sentence in sorted(found))


def _sentences(error: Any, schema: Mapping[str, Any]) -> Iterator[tuple[tuple[Key, ...], str]]:
    path: tuple[Key, ...] = tuple(error.instance_path)
    kind = error.kind.name
    if kind == "additionalProperties":
        known = tuple(_properties(schema, path))
        for key in error.kind.unexpected:
            yield (*path, key), f'unknown key "{key}" {_in(path)}{_did_you_mean(key, known)}'
    elif kind == "required":
        yield path, f'{_name(path)} lacks "{error.kind.property}"'
    elif kind == "anyOf":
        yield from _within_union(error, schema)
    elif kind == "enum":
        yield path, f"{_name(path)}: {_unmarked(error.message)}{_did_you_mean(str(error.instance), _options(error))}"
    elif kind == "pattern" and _DATE_MARK in str(error.kind.as_dict()):
        yield path, f"{_name(path)}: expected a TOML date such as 2026-11-20, without quotes or time"
    else:
        yield path, f"{_name(path)}: {_unmarked(error.message)}"


def _within_union(error: Any, schema: Mapping[str, Any]) -> Iterator[tuple[tuple[Key, ...], str]]:
    """The faults within the form that was meant: the one of this type (a table is no null) and this `kind`."""
    here = [*error.instance_path]
    of_type = [form for form in error.kind.context if not any(_denies(fault, "type", here) for fault in form)]
    meant = [form for form in of_type if not any(_denies(fault, "enum", [*here, TAG]) for fault in form)]
    if len(meant) == 1:
        for fault in meant[0]:
            yield from _sentences(fault, schema)
    elif options := [
        o for form in of_type for fault in form if _denies(fault, "enum", [*here, TAG]) for o in _options(fault)
    ]:
        path, written = (*here, TAG), error.instance[TAG]
        yield path, f'{_name(path)}: "{written}" is none of {", ".join(options)}{_did_you_mean(str(written), options)}'
    else:
        yield tuple(here), f"{_name(tuple(here))}: {_unmarked(error.message)}"


def _denies(fault: Any, keyword: str, path: list[Key]) -> bool:
    return bool(fault.kind.name == keyword and [*fault.instance_path] == path)


def _options(fault: Any) -> list[str]:
    return [str(option) for option in fault.kind.as_dict().get("options", ())]


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, [*known], n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _name(path: tuple[Key, ...]) -> str:
    return ".".join(f"{part}" for part in path) or "the file"


def _in(path: tuple[Key, ...]) -> str:
    return f"in [{_name(path)}]" if path else "at the top level"


def _properties(schema: Mapping[str, Any], path: tuple[Key, ...]) -> Iterable[str]:
    """The keys that the schema allows at a path, through references and unions."""
    nodes = [schema]
    for part in path:
        nodes = [below for node in nodes for below in _below(schema, node, part)]
    return [key for node in nodes for each in _resolved(schema, node) for key in each.get("properties", {})]


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], part: Key) -> Iterator[Mapping[str, Any]]:
    for each in _resolved(schema, node):
        if isinstance(part, int):
            yield from filter(None, [each.get("items")])
        elif part in each.get("properties", {}):
            yield each["properties"][part]
        elif isinstance(each.get("additionalProperties"), Mapping):
            yield each["additionalProperties"]


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _resolved(schema, schema["$defs"][node["$ref"].removeprefix("#/$defs/")])
    elif "anyOf" in node:
        for each in node["anyOf"]:
            yield from _resolved(schema, each)
    else:
        yield node


def _with_toml_dates(node: Any) -> Any:
    if isinstance(node, Mapping):
        if node.get("format") in ("date", "date-time"):
            return {"type": "string", "pattern": f"^{_DATE_MARK}{node['format']}:"}
        return {key: _with_toml_dates(value) for key, value in node.items()}
    return [_with_toml_dates(value) for value in node] if isinstance(node, list | tuple) else node


def _marked(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _marked(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_marked(value) for value in node]
    if isinstance(node, datetime):
        return f"{_DATE_MARK}date-time:{node.isoformat()}"
    if isinstance(node, date):
        return f"{_DATE_MARK}date:{node.isoformat()}"
    return node.isoformat() if isinstance(node, time) else node


def _unmarked(text: str) -> str:
    return text.replace(f"{_DATE_MARK}date-time:", "").replace(f"{_DATE_MARK}date:", "")
