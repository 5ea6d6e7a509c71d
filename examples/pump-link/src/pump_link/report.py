"""The handover report: what ran, what alarmed, how much was given. HTML for people, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io

from jinja2 import Environment

from pump_link.log import Event, infused

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Handover</title>
<h1>Handover</h1>
<p>{{ events | length }} events, {{ total }} ml given.</p>
<table><thead><tr><th scope="col">Time<th scope="col">Event<th scope="col">Value<th scope="col">Unit</thead>
{% for e in events -%}
<tr><td>{{ e.time.isoformat() }}<td>{{ e.kind.name }}<td>{{ e.value }}<td>{{ e.kind.value }}
{% endfor -%}
</table></html>
"""


def html(events: tuple[Event, ...]) -> str:
    """The report as a page of its own; nothing in it is taken as markup."""
    return Environment(autoescape=True).from_string(PAGE).render(events=events, total=infused(events))


def table(events: tuple[Event, ...]) -> str:
    """The events as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", "event", "value", "unit"])
    writer.writerows([e.time.isoformat(), e.kind.name, e.value, e.kind.value] for e in events)
    return out.getvalue()
