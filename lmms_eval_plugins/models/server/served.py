"""What a server says of the models it has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches

_MANY = 5
"""Models that are named at most."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model in a server's list, by what stays the same when the server is started anew.

    Attributes:
        id: its name there.
        root: the checkpoint that vLLM and SGLang loaded under this name; empty where none is told.
        owned_by: whose it is: of most, the kind of server.
    """

    id: str
    root: str = ""
    owned_by: str = ""

    def identity(self) -> dict[str, str]:
        """What tells it from others."""
        return asdict(self)


def read_models(value: object) -> list[Served]:
    """The models in the decoded JSON of ``/models``; none where it is no such list."""
    listed = value.get("data") if isinstance(value, dict) else None
    return [
        Served(str(one["id"]), *(str(one.get(name) or "") for name in ("root", "owned_by")))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and "id" in one
    ]


def not_served(model: str, listed: list[Served]) -> str:
    """That a model is none of those listed, with the likest of them; nothing where it is, or no list is known."""
    names = [one.id for one in listed]
    if model in names or not names:
        return ""
    likest = get_close_matches(model, names, n=_MANY, cutoff=0.0)
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"; it serves no {model!r} but {', '.join(likest)}{more}"
