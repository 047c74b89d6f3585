"""Any vision-language checkpoint of transformers: from windows and questions to replies, by whichever way is right."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch
import transformers
from torch import Tensor
from transformers import AutoProcessor, ProcessorMixin

from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import counted
from lmms_eval_plugins.models.answering import RequestReply
from lmms_eval_plugins.models.auto.generating import AutoPrompt, Generator
from lmms_eval_plugins.models.auto.path import TOLERANCES, AnsweringPath, GeneratedReply, first_difference
from lmms_eval_plugins.models.auto.spelling import FramesShape, Inputs, Spelling, check_fits
from lmms_eval_plugins.models.auto.suitable import class_of, faster_wrapper
from lmms_eval_plugins.models.engine.batches import raising_too_large
from lmms_eval_plugins.models.engine.checkpoint import DTYPES, LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import Choices, Tokens
from lmms_eval_plugins.models.engine.refusals import refusing_fetched_code
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.torch_model import TorchModel
from lmms_eval_plugins.models.engine.transformers_model import generation_settings
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.settings import AutoSettings
from lmms_eval_plugins.runs.answers import CUT_OFF, ENDED, Reply
from lmms_eval_plugins.video.decode import Frames

_PROVED = 2
"""Windows of each new kind that are answered both ways: of another size, or the first that share a batch."""

_NOT_GREEDY = "only greedy replies share a window"
_TWO_PARTS = "its text has an encoder and a decoder, which share nothing"


class AutoModel(TorchModel):
    """A checkpoint of any architecture, as `lmms_eval_plugins.models.engine.batches.BatchModel`.

    Whether its windows share their way through the network is not part of the fingerprint: the first windows of every
    size are answered both ways, and only where the replies are equal the short way goes on, so that an answer is the
    same whichever way it came.

    Args:
        settings: which checkpoint, where it runs, and how.

    Attributes:
        device: the device's name, or the device map's.
        fingerprint: hash of checkpoint, revision, dtype, quantization, attention, ``frames``, thinking, mode, and
            transformers' version.
        hidden: None: no hidden states are kept.
        faster_wrapper: that a wrapper made for its family is faster; None where there is none.
        path: how it answers, known once it has answered greedily.

    Raises:
        UserError: there is no such checkpoint, or it cannot be asked about pictures.
    """

    hidden = None

    def __init__(self, settings: AutoSettings) -> None:
        self._mode, self._frames, self._thinking = settings.mode, settings.frames, settings.thinking
        super().__init__(settings)
        checkpoint = self._checkpoint
        self._name = settings.pretrained
        self._class = class_of(self._name, checkpoint.config())
        self.faster_wrapper = faster_wrapper(checkpoint.model_type)
        self._loaded: LoadedCheckpoint | None = None
        self._spelling: Spelling | None = None
        self.path: AnsweringPath | None = None
        self._proved: set[Hashable] = set()
        self._alone = False
        identity = checkpoint.identity(checkpoint.model_type)
        all_settings = (checkpoint.dtype, checkpoint.attn_implementation, settings.frames, settings.thinking)
        mode, untrained = self._mode if self._mode != "auto" else None, "untrained" if settings.untrained else None
        unusual = [way for way in (mode, checkpoint.quantization, untrained) if way]
        self.fingerprint = digest("auto", identity, all_settings, transformers.__version__, *unusual)
        self._spelt = lru_cache(maxsize=256)(self._spell)
        self._choices = lru_cache(maxsize=4096)(self._make_choices)

    @property
    def weights(self) -> dict[str, str | bool | None]:
        """Checkpoint, commit of the revision, dtype, quantization; and how it answers, once that is known."""
        path = self.path
        known = {"shares_prefix": path.shares_prefix, "frames": path.frames, "because": path.because} if path else {}
        return {**self._checkpoint.describe(), **known}

    @property
    def loaded(self) -> LoadedCheckpoint:
        """The model and its processor, loaded when first needed; a processor that is of no use before the model."""
        if self._loaded is None:
            processor = self.spelling.processor
            self._loaded = LoadedCheckpoint(
                self._checkpoint.load_network(self._class), processor, DTYPES[self._checkpoint.dtype]
            )
        return self._loaded

    @property
    def spelling(self) -> Spelling:
        """How the checkpoint's processor is called."""
        if self._spelling is None:
            processor = self._checkpoint.load_processor(AutoProcessor, ProcessorMixin)
            self._spelling = Spelling(self._name, processor, self._frames, self._thinking)
        return self._spelling

    def check_fits(self, n_frames: int, height: int, width: int, text: str) -> None:
        """Check that the checkpoint can be asked about a window of so many frames; no network is loaded.

        Raises:
            UserError: its processor takes one frame only, or its context is shorter than the prompt.
        """
        check_fits(
            self._name, self.spelling, self._checkpoint.config(), FramesShape((n_frames, height, width), 1.0), text
        )

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the checkpoint's processor makes of them."""
        return self.spelling.prepare(frames, fps, self.loaded.dtype)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        """Answer the requests of some windows; see `lmms_eval_plugins.models.engine.batches.BatchModel`."""
        settings = generation_settings(batch[0].requests[0].generation)
        beams = settings.get("num_beams") or self.loaded.model.generation_config.num_beams or 1
        greedy = self._mode == "auto" and not settings["do_sample"] and beams == 1
        generator = Generator(self.loaded, self.spelling, settings, looks=greedy)
        prompts = [
            AutoPrompt(
                window,
                self._spelt(request.text, shown.prepared.shape),
                self._choices(tuple(request.row["choices"])) if greedy else None,
            )
            for window, shown in enumerate(batch)
            for request in shown.requests
        ]
        with raising_too_large(), refusing_fetched_code(self._name), torch.inference_mode(), watch.phase("generate"):
            made = self._made(generator, batch, prompts, at_once, greedy)
        requests = [request for shown in batch for request in shown.requests]
        return [
            RequestReply(
                request,
                Reply(self.loaded.text(one.tokens), one.choice_logprobs, CUT_OFF if one.is_cut else ENDED),
            )
            for request, one in zip(requests, made, strict=True)
        ]

    def _made(
        self, generator: Generator, batch: Sequence[Shown], prompts: Sequence[AutoPrompt], at_once: int, greedy: bool
    ) -> list[GeneratedReply]:
        """Answer by the short way where that is proved, or proves itself; else question by question."""
        windows = [shown.prepared.inputs for shown in batch]
        shape = batch[0].prepared.shape
        assert isinstance(shape, FramesShape)
        kind = shape.size, len(batch) > 1
        if not greedy:
            self._take(shares_prefix=False, because=_NOT_GREEDY)
        elif self.loaded.model.config.is_encoder_decoder:
            self._take(shares_prefix=False, because=_TWO_PARTS)
        elif self.path is None or (self.path.shares_prefix and kind not in self._proved):
            return self._both_ways(generator, windows, prompts, at_once, kind)
        elif self.path.shares_prefix:
            return self._shared(generator, windows, prompts, at_once)
        return [generator.plain(windows[prompt.window], prompt) for prompt in prompts]

    def _both_ways(
        self,
        generator: Generator,
        windows: Sequence[Inputs],
        prompts: Sequence[AutoPrompt],
        at_once: int,
        kind: Hashable,
    ) -> list[GeneratedReply]:
        """Answer about the first windows of a kind by plain ``generate``, and see whether the short way says the same.

        Whatever comes of it, none of these questions is asked in vain: the plain replies are kept.
        """
        n_first = sum(prompt.window < _PROVED for prompt in prompts)
        first, rest = prompts[:n_first], prompts[n_first:]
        plain = [generator.plain(windows[prompt.window], prompt) for prompt in first]
        shared, wrong = self._tried(generator, windows, prompts, at_once, plain)
        if wrong and len(windows) > 1 and not self._alone:
            self._alone = True
            shared, wrong = self._tried(generator, windows, prompts, at_once, plain)
        if wrong:
            self._take(shares_prefix=False, because=wrong)
            return [*plain, *(generator.plain(windows[prompt.window], prompt) for prompt in rest)]
        self._proved.add(kind)
        self._take(shares_prefix=True, because=f"equal to plain generate on the first {counted(n_first, 'question')}")
        return [*plain, *shared[n_first:]]

    def _tried(
        self,
        generator: Generator,
        windows: Sequence[Inputs],
        prompts: Sequence[AutoPrompt],
        at_once: int,
        plain: Sequence[GeneratedReply],
    ) -> tuple[Sequence[GeneratedReply], str | None]:
        """Answer by the short way; also return what tells the first replies from the plain ones, None where nothing."""

        def lead_of(place: int, so_far: Tokens, one: int, other: int) -> float:
            return generator.plain_lead(windows[prompts[place].window], prompts[place], so_far, one, other)

        try:
            shared = self._shared(generator, windows, prompts, at_once)
            return shared, first_difference(plain, shared[: len(plain)], TOLERANCES[self._checkpoint.dtype], lead_of)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # whatever a class of networks that does not go on from a cache says to that
            said = str(error).strip().splitlines()
            return (), f"its network does not go on from a cache: {said[0][:200] if said else type(error).__name__}"

    def _shared(
        self, generator: Generator, windows: Sequence[Inputs], prompts: Sequence[AutoPrompt], at_once: int
    ) -> list[GeneratedReply]:
        """Answer by the short way: windows together, or each alone where the network mixes up several."""
        if not self._alone:
            return generator.shared(windows, prompts, at_once)
        found: dict[int, GeneratedReply] = {}
        for window, seen in enumerate(windows):
            places = [place for place, prompt in enumerate(prompts) if prompt.window == window]
            of_it = [replace(prompts[place], window=0) for place in places]
            found |= zip(places, generator.shared([seen], of_it, at_once), strict=True)
        return [found[place] for place in range(len(prompts))]

    def _take(self, *, shares_prefix: bool, because: str) -> None:
        """Settle how the checkpoint answers, and say so where that is news."""
        before, shown = self.path, self.spelling
        if before is None or before.shares_prefix != shares_prefix:
            self.path = AnsweringPath(shares_prefix, shown.frames, "; ".join(filter(None, (shown.because, because))))
            say_all("note", [f"{Path(self._name).name}: {self.path}"])

    def _spell(self, text: str, shape: FramesShape) -> dict[str, Tensor]:
        return self.spelling.spell(text, shape)

    def _make_choices(self, answers: tuple[str, ...]) -> Choices | None:
        with self.spelling.lock:
            return self.loaded.choices(answers)
