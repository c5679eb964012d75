"""Judges what was collected from the hosts: thresholds, trends, and the same hours of the previous day."""
