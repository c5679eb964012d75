"""Drills: what viewers see while something breaks."""
