"""Collect, judge, decide: reads like the procedure."""
