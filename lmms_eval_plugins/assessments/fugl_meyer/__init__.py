"""The Fugl-Meyer assessment: answers about clips become item scores, and these are compared with the therapist's."""

__all__ = [
    "agreement",
    "assessment",
    "clips",
    "common_items",
    "controls",
    "prior",
    "rules",
    "totals",
]
