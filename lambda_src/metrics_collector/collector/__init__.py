"""Collects metrics of the hosts and flows around a live workflow into objects of JSON lines."""
