"""Whether channels in several Regions can replace each other: segments by the epoch, manifests that say what is there.

The pure part is shared: the function of the start workflow and `headend verify` judge alike.
"""
