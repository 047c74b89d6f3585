"""Timelines decoded from answers with the help of other patients' labels."""

__all__ = [
    "blind",
    "chain",
    "clock",
    "decoder",
    "decoder_file",
    "evidence",
    "features",
    "habits",
    "joint",
    "leave_out",
    "measuring",
    "posterior",
    "probing",
    "training",
]
