"""The instructor's side: release, lint, grade, report, fidelity."""

from __future__ import annotations
