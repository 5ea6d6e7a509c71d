"""HTML for auditors: one file, no script, a strict content policy; prints to A4 and Letter; two languages."""

from __future__ import annotations

from gatekeeper.model.report import Report
from gatekeeper.reports._html import render

REPORT = Report(id="html", title="HTML report for auditors", render=render, suffix=".html")
