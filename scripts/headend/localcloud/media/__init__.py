"""The media plane: real pictures on loopback, from contribution feeds to segments in an origin."""
