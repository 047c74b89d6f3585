"""Tasks of the Fugl-Meyer assessment, performed at every score."""

__all__ = ["arm", "body", "clips", "items", "moves"]
