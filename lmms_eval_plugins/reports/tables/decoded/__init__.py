"""What the table of decoders is made from: runs read in every way, and what they are compared with."""

__all__ = ["differences", "gathered"]
