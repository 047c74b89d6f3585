"""The models that answer: cards, the recorder, settings, and the models of lmms-eval's registry."""

__all__ = [
    "answering",
    "baselines",
    "cards",
    "codebases",
    "encoders",
    "engine",
    "failures",
    "families",
    "hidden",
    "manifests",
    "pin",
    "progress",
    "recording",
    "registered",
    "remote_code",
    "server",
    "settings",
    "thinks",
]
