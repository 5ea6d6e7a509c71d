"""Small pictures as inline SVG, by hand: no script, no style attribute, numbers on them, and a table beside each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from gatekeeper.reports._cells import cells
from gatekeeper.reports._escape import visible

FILL = {
    "bad": "#8f0015",
    "open": "#5b1a80",
    "warn": "#8a5a00",
    "good": "#0a5c2b",
    "none": "#6b6b6b",
    "blank": "#dcdcdc",
    "plain": "#1f4e79",
}
_LABEL, _BAR, _ROW = 190, 420, 24


class Part(NamedTuple):
    """A piece of a bar: how much, in which tone, and what it is."""

    value: int
    tone: str
    name: str


class Bar(NamedTuple):
    """One labelled bar of parts that stand end to end."""

    label: str
    parts: tuple[Part, ...]


def bars(rows: Sequence[Bar], title: str) -> str:
    """Stacked bars on one scale, each part with its number."""
    longest = max((sum(p.value for p in row.parts) for row in rows), default=0) or 1
    body = "".join(_bar(row, index, _BAR / longest) for index, row in enumerate(rows))
    return _svg(_LABEL + _BAR + 60, _ROW * len(rows) + 4, title, body)


def _bar(row: Bar, index: int, scale: float) -> str:
    y, x = index * _ROW + 2, float(_LABEL)
    drawn = [_text(_LABEL - 8, y + 15, _clip(row.label), anchor="end")]
    for part in row.parts:
        if part.value:
            wide = max(part.value * scale, 3)
            drawn.append(_box(x, y, wide, 20, part.tone, f"{row.label}: {part.name} {part.value}"))
            if wide >= 8 * len(str(part.value)) + 4:
                drawn.append(_text(x + wide / 2, y + 15, str(part.value), fill="#ffffff", anchor="middle"))
            x += wide + 1
    drawn.append(_text(x + 4, y + 15, str(sum(part.value for part in row.parts))))
    return "".join(drawn)


class Cell(NamedTuple):
    """A square of a matrix: a sign on a tone."""

    sign: str
    tone: str
    name: str


def matrix(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell | None]]], title: str) -> str:
    """Signs in squares; columns are labelled upwards. An empty place has no square."""
    size, top = 15, 46
    left = 16 + max((7 * cells(label) for label, _ in rows), default=0)
    head = "".join(_upwards(left + i * size + 11, top - 4, name) for i, name in enumerate(columns))
    body = "".join(
        _text(left - 6, top + y * size + 12, label, anchor="end")
        + "".join(_square(left + x * size, top + y * size, cell) for x, cell in enumerate(squares) if cell)
        for y, (label, squares) in enumerate(rows)
    )
    return _svg(left + size * len(columns) + 4, top + size * len(rows) + 4, title, head + body)


def _square(x: int, y: int, cell: Cell) -> str:
    sign = _text(x + 7, y + 11, cell.sign, fill="#ffffff", anchor="middle", size=11)
    return _box(x, y, 14, 14, cell.tone, cell.name) + sign


class Line(NamedTuple):
    """One series of a trend; `dash` keeps lines apart without colour."""

    name: str
    values: Sequence[int]
    tone: str
    dash: str = ""


def trend(lines: Sequence[Line], labels: Sequence[str], title: str) -> str:
    """Numbers over the last releases, oldest first, with a mark and a number at each point."""
    high = max((v for line in lines for v in line.values), default=0) or 1
    step = (_BAR + 100) / max(len(labels) - 1, 1)
    drawn = [_text(40 + i * step, 150, _clip(label, 12), anchor="middle") for i, label in enumerate(labels)]
    for line in lines:
        points = [(40 + i * step, 120 - v / high * 95) for i, v in enumerate(line.values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{FILL[line.tone]}" stroke-width="2"{dash}/>')
        for (x, y), value in zip(points, line.values, strict=True):
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{FILL[line.tone]}"/>')
            drawn.append(_text(x, y - 7, str(value), anchor="middle", fill=FILL[line.tone]))
        if points:
            drawn.append(_text(points[-1][0] + 12, points[-1][1] + 4, line.name, fill=FILL[line.tone]))
    return _svg(_BAR + 260, 158, title, "".join(drawn))


def _svg(width: float, height: float, title: str, body: str) -> str:
    name = _plain(title)
    return (
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-size="12" fill="#1a1a1a">{body}</svg>'
    )


def _box(x: float, y: float, width: float, height: float, tone: str, name: str) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {at} fill="{FILL[tone]}"><title>{_plain(name)}</title></rect>'


def _text(x: float, y: float, text: str, *, fill: str = "#1a1a1a", anchor: str = "start", size: int = 12) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text {at} fill="{fill}">{_plain(text)}</text>'


def _upwards(x: float, y: float, text: str) -> str:
    return f'<text transform="translate({x:.0f} {y:.0f}) rotate(-70)" font-size="11">{_plain(text)}</text>'


def _plain(text: str) -> str:
    return escape(visible(text))


def _clip(text: str, most: int = 26) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
