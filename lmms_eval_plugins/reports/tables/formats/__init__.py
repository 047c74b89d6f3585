"""How a table is written: its cells as words, what of it is shown, and the formats that have to fit a width."""

__all__ = ["cells", "latex", "parts", "shown", "text"]
