"""Reads the log of an infusion pump and writes a handover report. An example product, not a medical device."""

__version__ = "1.4.0"
