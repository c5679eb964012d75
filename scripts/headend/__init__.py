"""Headend: tooling for live-media workflows on AWS."""

__version__ = "0.1.0"
