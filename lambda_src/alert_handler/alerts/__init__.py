"""Tells people what is wrong with a flow, once, and when it is over."""
