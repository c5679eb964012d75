"""Rehearsals: scenarios played on a deployment in the local cloud, with what is expected of each and measured times."""
