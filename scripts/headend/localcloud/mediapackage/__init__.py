"""MediaPackage V2: channel groups, channels, origin endpoints and policies, ingest and egress."""
