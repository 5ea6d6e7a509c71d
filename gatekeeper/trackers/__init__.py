"""Issue trackers: one file is one tracker, and offers TRACKER. What they share is offered here.

An adapter asks and proves; it never judges. Every word it does not know stays as it came and is told to the judge.
"""

from __future__ import annotations

from gatekeeper.trackers._answer import Answer, Control, Missing, Page, Resolved, Trouble, UnprovenError, recount
from gatekeeper.trackers._contract import Desk, Source, Tracker, Words
from gatekeeper.trackers._issue import Disposition, Issue

__all__ = [
    "Answer",
    "Control",
    "Desk",
    "Disposition",
    "Issue",
    "Missing",
    "Page",
    "Resolved",
    "Source",
    "Tracker",
    "Trouble",
    "UnprovenError",
    "Words",
    "recount",
]
