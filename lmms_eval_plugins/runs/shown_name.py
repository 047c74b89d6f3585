"""What a run is called: its model's card, and in brackets what was set otherwise than the card and the task say.

A card's name alone stands for what the card says: another checkpoint, other weights or other windows under it are
another model, and no table, figure or line shows them without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from lmms_eval_plugins.core.console import printable
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.secret_names import MARK, is_secret
from lmms_eval_plugins.video.perturb import AS_IS
from lmms_eval_plugins.video.windows import Dense, Uniform

Settings = Mapping[str, object]
"""Settings by name."""

CHANGES_NO_ANSWER = frozenset(
    {
        *("batch_size", "max_batch_size", "device", "device_map", "threads", "max_memory"),
        *("base_url", "api_key_env", "concurrency", "num_concurrent", "timeout", "patience", "max_retries"),
        *("top_logprobs", "record", "layers"),
    }
)
"""Arguments of models that say where and how fast they answer, but for numerical noise not what."""

_OF_WEIGHTS = frozenset({"revision", "quantization", "dtype", "min_pixels", "max_pixels", "declared_fps"})
"""Arguments that make another model of a card's checkpoint although the card says nothing about them."""

_BY_VALUE = ("quantization", "dtype")
"""Arguments whose values say what they are."""

WAYS = {"do_crop": "cropped", "do_conditional_prompting": "conditional", "do_postprocess": "smoothed"}
"""Arguments that put windows to a model in another way, and that way in words."""

PERTURB = "perturb"
"""The argument by which frames are perturbed; its value says what it is."""

SET_OTHERWISE = "set otherwise than card and task say"
"""The beginning of the note on what was set otherwise."""

_WINDOWS = re.compile(r"\d+ frames (?:of the whole video|at \S+ fps(?: overlapping by \d+)?)")
_LONGEST = 40


class SetOtherwise(BaseModel):
    """A setting of a run that is not as its model's card or its task's file says.

    Attributes:
        words: a few, for the run's name; empty where a note is enough.
        sentence: the same with what the card or the task says, for the run's note.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    words: str
    sentence: str


def card_settings(card: Settings) -> dict[str, object]:
    """Return a card's arguments, with its checkpoint, revision and engine, from the card as ``run.json`` has it."""
    args = card.get("args")
    named = {
        "pretrained": card.get("checkpoint"),
        "revision": card.get("revision"),
        "engine": card.get("engine"),
    }
    own = dict(args) if isinstance(args, Mapping) else {}
    return {**{name: value for name, value in named.items() if value is not None}, **own}


def differing_args(card: Settings, given: Settings) -> tuple[SetOtherwise, ...]:
    """Return the differences between the arguments of a command line and those of a card.

    Args:
        card: the card as ``run.json`` has it.
        given: arguments for the model's wrapper; secrets among them are left out.
    """
    own = {"engine": "transformers", **card_settings(card)}
    return tuple(
        SetOtherwise(words=_in_words(name, value), sentence=_in_a_sentence(name, value, own.get(name)))
        for name, value in given.items()
        if name not in CHANGES_NO_ANSWER
        and not is_secret(name)
        and value not in (None, MARK)
        and str(value) != str(own.get(name))
    )


def differing_args_of_old(card: Settings, given: Settings) -> tuple[SetOtherwise, ...]:
    """Return the differences of a run whose file was written before they were recorded.

    Of what its card says nothing about, only what makes another model of the card's checkpoint: a card may be one for
    any checkpoint, log or mode, and such runs keep the names that they have had.
    """
    known = card_settings(card).keys() | _OF_WEIGHTS
    return differing_args(card, {name: value for name, value in given.items() if name in known})


def differing_ways(card: Settings, given: Settings, is_prim: bool) -> tuple[SetOtherwise, ...]:
    """Return the differences between the ways in which a command line and a card put windows to a model.

    Args:
        card: the card as ``run.json`` has it.
        given: the command line's settings of the way; how hands are located is among them, and only a note.
        is_prim: whether the run asks by PRIM, as it does where ``do_crop`` or ``do_postprocess`` is given at all.
    """
    own = card_settings(card)
    return tuple(
        SetOtherwise(
            words=_in_words(name, value) if name in WAYS or name == PERTURB else "",
            sentence=_in_a_sentence(name, value, own.get(name)),
        )
        for name, value in given.items()
        if (str(value) != str(own[name]) if name in own else _is_a_way(name, value, is_prim))
    )


def _is_a_way(name: str, value: object, is_prim: bool) -> bool:
    """Return whether an argument of which a card says nothing puts windows in another way."""
    return value != AS_IS if name == PERTURB else value is not False or is_prim


def differing_windows(usual: Dense | Uniform, own: Dense | Uniform) -> tuple[SetOtherwise, ...]:
    """Return the difference between a run's windows and those that its task's file says; none where they are equal."""
    if own == usual:
        return ()
    words = windows_in_words(own)
    return (SetOtherwise(words=words, sentence=f"windows have {words} (task: {windows_in_words(usual)})"),)


def differing_generation(usual: Settings, own: Settings) -> tuple[SetOtherwise, ...]:
    """Return the differences between how a run generates and how its task's file says that models generate."""
    return tuple(
        SetOtherwise(words=_in_words(name, value), sentence=_in_a_sentence(name, value, usual.get(name), "task"))
        for name, value in own.items()
        if str(value) != str(usual.get(name))
    )


def windows_in_words(sampling: Dense | Uniform) -> str:
    """Return how windows are made, in a few words."""
    if isinstance(sampling, Uniform):
        return f"{sampling.frames} frames of the whole video"
    overlap = f" overlapping by {sampling.overlap}" if sampling.overlap else ""
    return f"{sampling.frames} frames at {sampling.fps:g} fps{overlap}"


def with_differences(model: str, differences: Iterable[SetOtherwise]) -> str:
    """Return a model's name with what was set otherwise in brackets behind it."""
    words = ", ".join(dict.fromkeys(one.words for one in differences if one.words))
    return f"{model} [{words}]" if words else model


def note_on(differences: Iterable[SetOtherwise]) -> tuple[str, ...]:
    """Return a note on what was set otherwise; none where nothing was."""
    sentences = ", ".join(one.sentence for one in differences)
    return (f"{SET_OTHERWISE}: {sentences}",) if sentences else ()


def without_ways(name: str, *, windows: bool = False) -> str:
    """Return a shown name without the words on ways of asking, for what has words or a column of its own for them.

    Args:
        name: the shown name.
        windows: keep the words on windows.
    """
    model, bracket, words = name.partition(" [")
    if not bracket:
        return name
    inside, closing, rest = words.rpartition("]")
    ways = {*WAYS.values(), *(f"not {way}" for way in WAYS.values())}
    kept = [part for part in inside.split(", ") if part not in ways and (windows or not _WINDOWS.fullmatch(part))]
    return model + (f" [{', '.join(kept)}{closing}" if kept else "") + rest


def card_name(name: str) -> str:
    """Return a shown name without what was set otherwise."""
    return name.partition(" [")[0]


def without_organisation(name: str) -> str:
    """Return a shown name without the organisation that its model is filed under."""
    model, bracket, words = name.partition(" [")
    return model.rpartition("/")[2] + bracket + words


def _in_words(name: str, value: object) -> str:
    if name in WAYS:
        return WAYS[name] if value is True else f"not {WAYS[name]}"
    if name == PERTURB:
        return "as is" if value == AS_IS else str(value)
    shown = short_setting(value)
    if name in _BY_VALUE:
        return shown
    return name if value is True else f"{name}={shown}"


def _in_a_sentence(name: str, value: object, own: object, whose: str = "card") -> str:
    return f"{name} is {_plain(value)} ({whose}: {'nothing' if own is None else _plain(own)})"


def _plain(value: object) -> str:
    """Return a value on one line, without the marks that divide notes, and without an address, which may hold a key."""
    text = printable(" ".join(str(value).split())).replace("; ", ", ")
    return "(an address)" if "://" in text else text


def short_setting(value: object) -> str:
    """Return a setting's value in a few characters: of a long one its end, and a mark by which others differ."""
    text = re.sub(r"[\[\],]", "_", _plain(value)) or "(empty)"
    if len(text) <= _LONGEST:
        return text
    parts = text.split("/")
    end = "/".join(parts[-2:]) if len("/".join(parts[-2:])) <= _LONGEST else parts[-1]
    return f"…{end[-_LONGEST:]} #{digest(text)[:4]}"
