"""The legend and glossary, read from `locale/`."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

from gatekeeper.model.rule import Text

Words = tuple[tuple[Text, Text], ...]  # a word and its meaning


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of one closed set, such as the outcomes of a rule."""

    title: Text
    words: Words


class _Glossary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: Words


class Meanings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the report explains of its own words."""

    legend: tuple[Group, ...]
    glossary: _Glossary


@cache
def meanings() -> Meanings:
    """As shipped. Raises ValueError for a damaged file, which only a damaged installation has."""
    import tomli

    raw = resources.files("gatekeeper.reports").joinpath("locale/glossary.toml").read_text("utf-8")
    return msgspec.convert(tomli.loads(raw), Meanings)
