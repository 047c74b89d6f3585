"""Hidden states of a network beside its answers: of which layers, known from which runs, written before the answers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType

from rich.filesize import decimal

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import HiddenPlaces, Request, RequestReply
from lmms_eval_plugins.runs.answers import Place
from lmms_eval_plugins.runs.hidden.hidden_file import (
    BEHIND_FRAMES,
    HiddenLog,
    HiddenState,
    folders_with_states,
    kept_places,
    states_by_key,
)
from lmms_eval_plugins.runs.hidden.recorded import RecordedStates

_USUAL_LAYERS = 4
_AT_ONCE = 512
"""States that are copied at once."""


def chosen_layers(wanted: Sequence[int] | None, n_layers: int, name: str) -> tuple[int, ...]:
    """Return numbers of layers, sorted: the wanted ones, or four that are evenly spaced and end with the last.

    Args:
        wanted: numbers from 1; None for the usual ones.
        n_layers: how many the network has.
        name: the checkpoint's.

    Raises:
        UserError: the network has no such layer.
    """
    if wanted is None:
        return tuple(sorted({math.ceil(n_layers * part / _USUAL_LAYERS) for part in range(1, _USUAL_LAYERS + 1)}))
    if beyond := [str(layer) for layer in wanted if layer > n_layers]:
        raise UserError(f"layers: {name} has no layer {', '.join(beyond)}; its layers are 1 to {n_layers}")
    return tuple(wanted)


@dataclass(frozen=True, slots=True)
class LanguageModelShape:
    """A language model's shape: how many layers it has, and how many numbers a hidden state."""

    layers: int
    width: int


def shape_at_hand(pretrained: str, revision: str | None) -> LanguageModelShape | None:
    """Return the shape of a checkpoint's language model by its configuration on this machine; None where it is not.

    Args:
        pretrained: the checkpoint's folder, or its name on the hub.
        revision: branch, tag or commit on the hub.
    """
    from huggingface_hub import try_to_load_from_cache  # late: the recorder needs none of it

    folder = Path(pretrained).expanduser()
    file = (
        folder / "config.json" if folder.is_dir() else try_to_load_from_cache(pretrained, "config.json", None, revision)
    )
    if not isinstance(file, str | Path):
        return None
    try:
        config = json.loads(Path(file).read_bytes())
        text = config.get("text_config") or config
        return LanguageModelShape(int(text["num_hidden_layers"]), int(text["hidden_size"]))
    except (OSError, ValueError, KeyError):
        return None


def size_in_words(layers: str, width: int, per_window: float, in_all: float) -> str:
    """Return how large hidden states are: of which layers, bytes for each window and in all."""
    return (
        f"hidden states of {width:,} numbers behind layers {layers}: {decimal(round(per_window))} for each window,"
        f" {decimal(round(in_all))} in all"
    )


def describe_states(states: RecordedStates) -> str:
    """Return one line about the hidden states that a run keeps."""
    in_all = states.bytes_per_window * states.windows
    return size_in_words(", ".join(map(str, states.layers)), states.width, states.bytes_per_window, in_all)


def check_decoding(requests: Iterable[Request]) -> None:
    """Check that replies are decoded greedily: where they are not, ``generate`` answers, which is not looked into.

    Raises:
        UserError: they are not.
    """
    for request in requests:
        for name, least in (("temperature", 0), ("num_beams", 1)):
            if (request.generation.get(name) or least) > least:
                raise UserError(
                    f"record=hidden: hidden states are kept where replies are decoded greedily, not with {name}="
                    f"{request.generation[name]}; leave it out"
                )


class StatesOfRun:
    """The hidden states of a run while its requests are answered; used as a context manager.

    Args:
        places: which states there are to be.
        folder: the run's.
        runs: the folder of all runs, among which states may be known; None looks at the run's own alone.
    """

    def __init__(self, places: HiddenPlaces, folder: Path, runs: Path | None) -> None:
        self._places, self._folder, self._runs = places, folder, runs
        self._kept = kept_places(folder)
        self._log = HiddenLog(folder)

    def known(self, requests: Sequence[Request]) -> set[str]:
        """Return the keys of the requests whose states are all kept; those of other runs are copied first."""
        missing = self._missing(requests)
        for folder in folders_with_states(self._runs) if missing and self._runs else ():
            if missing and folder != self._folder:
                self._copy(folder, missing)
                missing = self._missing(requests)
        lacking = {one.key for one in requests if one.key in missing or one.window_key in missing}
        return {one.key for one in requests} - lacking

    def _missing(self, requests: Iterable[Request]) -> dict[str, set[tuple[str, int, str]]]:
        """Return the places of states that are not kept, by their key."""
        missing: dict[str, set[tuple[str, int, str]]] = {}
        for request in requests:
            video_id, window, question_id = (request.row[name] for name in ("video_id", "window", "question_id"))
            for key, question in (
                (request.window_key, BEHIND_FRAMES),
                *([(request.key, question_id)] if self._places.of_questions else []),
            ):
                if any((key, video_id, window, question, layer) not in self._kept for layer in self._places.layers):
                    missing.setdefault(key, set()).add((video_id, window, question))
        return missing

    def _copy(self, folder: Path, missing: Mapping[str, set[tuple[str, int, str]]]) -> None:
        states = (
            replace(state, video_id=video_id, window=window, question_id=question)
            for state in states_by_key(folder, missing)
            if state.layer in self._places.layers
            for video_id, window, question in missing[state.key]
            if (state.key, video_id, window, question, state.layer) not in self._kept
        )
        while some := list(islice(states, _AT_ONCE)):
            self._append(some)

    def write(self, batch: Sequence[RequestReply], same: Mapping[str, Mapping[Place, Request]]) -> None:
        """Write the states that come with some replies, of all requests with their keys.

        Raises:
            UserError: they cannot be written.
        """
        self._append([state for one in batch for state in _of_reply(one, same[one.request.key].values())])

    def _append(self, states: Sequence[HiddenState]) -> None:
        self._log.append(states)
        self._kept.update((one.key, one.video_id, one.window, one.question_id, one.layer) for one in states)

    def __enter__(self) -> StatesOfRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()


def _of_reply(one: RequestReply, same: Iterable[Request]) -> Iterator[HiddenState]:
    for request in same:
        row = request.row
        for state in one.states:
            key, question = (
                (request.window_key, BEHIND_FRAMES) if state.behind_frames else (request.key, row["question_id"])
            )
            yield HiddenState(key, row["video_id"], row["window"], question, state.layer, state.values)
