"""A state machine as a drawing: SVG or Mermaid, with the path that one execution took."""

from __future__ import annotations

from headend.asl.diagram.execution import Run, Visit, in_order
from headend.asl.diagram.mermaid import mermaid
from headend.asl.diagram.svg import svg

__all__ = ["Run", "Visit", "in_order", "mermaid", "svg"]
