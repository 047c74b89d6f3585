"""Scripts of the nine activities."""

__all__ = ["exercises", "grooming", "meals", "moves", "pick_and_place", "scene", "washing"]
