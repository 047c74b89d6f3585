"""Frozen video encoders as answerers: they answer nothing, and every window's hidden states are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lmms_eval_plugins.models.answering import Failure, Request, RequestReply
from lmms_eval_plugins.models.engine.batches import Engine

_Window = tuple[str, int]


class WindowEncoder(Engine):
    """Encodes every window once, whatever is asked about it; its batches are of so many windows.

    In an answer's place is recorded that there is none.
    """

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply] | Failure]:
        """Encode the windows of some requests, in batches of equal shape; see `Engine.answer`."""
        of_windows: dict[tuple[_Window, str], list[Request]] = {}
        for request in requests:
            of_windows.setdefault((_window(request), request.window_key), []).append(request)
        for made in super().answer([of_window[0] for of_window in of_windows.values()]):
            if isinstance(made, Failure):
                yield _of_all(made, of_windows)
            else:
                yield [
                    replace(one, request=request, states=one.states if request is one.request else ())
                    for one in made
                    for request in of_windows[_window(one.request), one.request.window_key]
                ]


def _window(request: Request) -> _Window:
    return request.row["video_id"], request.row["window"]


def _of_all(failure: Failure, of_windows: Mapping[tuple[_Window, str], Sequence[Request]]) -> Failure:
    """Return the failure of a window as that of all requests about it."""
    n = sum(len(found) for (window, _), found in of_windows.items() if window == (failure.video_id, failure.window))
    return failure if failure.window is None else replace(failure, n_requests=n)
