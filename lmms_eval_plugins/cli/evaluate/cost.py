"""What the questions of a plan are estimated to cost: frames, tokens, and money where the card has a price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.server.frames import reduced_size
from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.models.settings import QwenSettings
from lmms_eval_plugins.tasks.rows import rows_of
from lmms_eval_plugins.tasks.videos import Video

_CHARACTERS_PER_TOKEN = 4
"""Of English text, about."""

_FRAMES_TOGETHER = 2
"""Frames that a Qwen-VL's vision tower makes one set of tokens of."""

_LEGEND = "tokens: estimated; text by its length, frames anew for every question, replies at their limit"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model is asked.

    Attributes:
        frames: frames in all prompts.
        text: tokens of their text.
        shown: tokens of their frames; None where nothing tells.
        replies: tokens of the replies, if each is as long as it may be; None where a task sets no limit.
    """

    frames: int
    text: int
    shown: int | None
    replies: int | None


def cost_of(card: ModelCard, plan: Plan) -> Cost:
    """Estimate what a plan asks of a model."""
    frames = text = 0
    shown: list[float | None] = []
    replies: list[int | None] = []
    for task in plan.tasks_of(card):
        n_questions = task.n_questions
        limit = task.spec.generation_kwargs.get("max_new_tokens")
        replies.append(limit * n_questions if isinstance(limit, int) else None)
        rows = rows_of(task.prepared.videos, task.questions, task.spec.dataset_kwargs.assessment)
        text += sum(len(row.text) for row in rows) // _CHARACTERS_PER_TOKEN
        for video, window_frames, questions in _windows(task):
            frames += window_frames * questions
            of_window = _tokens_of_window(card, plan, video, window_frames)
            shown.append(None if of_window is None else of_window * questions)
    return Cost(frames, text, _total(shown), _total(replies))


def _windows(task: TaskPlan) -> Iterable[tuple[Video, int, int]]:
    """Yield each window's video, its number of frames and the number of questions about it."""
    for video in task.prepared.videos:
        questions = video.requests_per_window(task.questions)
        for window in video.requested_windows:
            yield video, len(window.frames), questions


def _tokens_of_window(card: ModelCard, plan: Plan, video: Video, frames: int) -> float | None:
    """Return the tokens of a window's frames: by the card's price, or by the family; None where neither tells."""
    of_frame = _tokens_of_frame(card, plan, video)
    if of_frame is not None:
        return frames * of_frame
    settings_type = SETTINGS.get(card.wrapper)
    if settings_type is None or not issubclass(settings_type, QwenSettings) or video.picture is None:
        return None
    try:
        settings = settings_type.of({"pretrained": "any", **card.wrapper_args, **plan.wrapper_args})
    except UserError:  # named by the check of what is given
        return None
    least, most = settings.size.values()
    pixels = min(max(video.picture[0] * video.picture[1], least), most)
    return -(-frames // _FRAMES_TOGETHER) * pixels / settings.token_side**2


def _tokens_of_frame(card: ModelCard, plan: Plan, video: Video) -> float | None:
    """Return what a service counts for a frame in the size in which it gets it; None where its price does not tell."""
    price = card.price_per_million
    if price is None or price.patch_side is None or video.picture is None:
        return price.frame_tokens if price else None
    try:
        most = ServerSettings.of({**card.wrapper_args, **plan.wrapper_args}).max_pixels
    except UserError:  # named by the check of what is given
        return None
    return price.of_patches(*reduced_size(*video.picture, most))


def _total(parts: Sequence[float | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return round(sum(known)) if len(known) == len(parts) else None


def show_costs(rows: Iterable[tuple[str, ModelCard, Plan]], console: Console) -> None:
    """Print what each model that looks is asked, in frames, tokens and money; nothing where none looks.

    Args:
        rows: a model's name with its setting, its card, and its plan.
        console: where to print.
    """
    costs = [
        (name, card, cost_of(card, plan)) for name, card, plan in rows if card.kind == "model" and not card.demo_only
    ]
    if not costs:
        return
    priced = any(card.price_per_million for _, card, _ in costs)
    table = plain_table("model", "frames", "text tokens", "of frames", "of replies", *(["cost"] if priced else []))
    for name, card, cost in costs:
        tokens = map(_tokens, (cost.text, cost.shown, cost.replies))
        table.add_row(name, f"{cost.frames:,}", *tokens, *([_money(card, cost)] if priced else []))
    console.print(table)
    say(console, _LEGEND)
    for name, card, _ in costs:
        if price := card.price_per_million:
            say(console, f"{name} costs {price.in_words}")


def _tokens(number: int | None) -> str:
    """Return a number of tokens in three digits, as ``1.25 M``."""
    if number is None:
        return "?"
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def _money(card: ModelCard, cost: Cost) -> str:
    """Return what it costs by the card's price; empty without one, a lower bound where something is not known."""
    price = card.price_per_million
    if price is None:
        return ""
    least = "" if cost.shown is not None and cost.replies is not None else "over "
    return f"{least}{price.of(cost.text + (cost.shown or 0), cost.replies or 0):,.2f} {price.currency}"
