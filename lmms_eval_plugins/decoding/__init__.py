"""Timelines decoded from answers with the help of other patients' labels."""

__all__ = [
    "chain",
    "clock",
    "decoder",
    "decoder_file",
    "evidence",
    "experts",
    "features",
    "habits",
    "joint",
    "leave_out",
    "risk",
    "training",
]
