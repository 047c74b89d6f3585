"""A checkpoint of a video encoder: from windows to the states of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import transformers
from transformers import PreTrainedModel
from transformers.video_processing_utils import BaseVideoProcessor

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.models.answering import HiddenPlaces, LayerState, RequestReply
from lmms_eval_plugins.models.encoders.networks import NETWORKS, layer_means, nearest_frames
from lmms_eval_plugins.models.engine.batches import raising_too_large
from lmms_eval_plugins.models.engine.checkpoint import DTYPES
from lmms_eval_plugins.models.engine.family import processor_inputs
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.torch_model import TorchModel
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.hidden import chosen_layers
from lmms_eval_plugins.models.settings import EncoderSettings
from lmms_eval_plugins.questions.reading import HIDDEN_ONLY
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.decode import Frames


@dataclass(frozen=True, slots=True)
class LoadedEncoder:
    """A video encoder and its processor."""

    model: PreTrainedModel
    processor: BaseVideoProcessor


class EncoderModel(TorchModel):
    """A checkpoint of V-JEPA 2 or VideoMAE, as `lmms_eval_plugins.models.engine.batches.BatchModel`.

    Args:
        settings: which checkpoint, where it runs, and how.

    Attributes:
        device: the device's name, or the device map's.
        fingerprint: hash of checkpoint, revision, dtype, quantization, attention, and transformers' version.
        hidden: which hidden states are kept.

    Raises:
        UserError: there is no such checkpoint, it is no video encoder, or has no such layer.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__(settings)
        checkpoint = self._checkpoint
        self._loaded: LoadedEncoder | None = None
        identity = checkpoint.identity(*NETWORKS)
        self._network = NETWORKS[checkpoint.model_type]
        all_settings = (checkpoint.dtype, checkpoint.attn_implementation)
        untrained = "untrained" if settings.untrained else None
        unusual = [way for way in (checkpoint.quantization, untrained) if way]
        self.fingerprint = digest("encoder", identity, all_settings, transformers.__version__, *unusual)
        self.hidden = HiddenPlaces(
            chosen_layers(settings.layers, checkpoint.n_layers, settings.pretrained), of_questions=False
        )

    @property
    def weights(self) -> dict[str, str | bool | None]:
        """Checkpoint, commit of the revision, dtype, quantization."""
        return self._checkpoint.describe()

    @property
    def loaded(self) -> LoadedEncoder:
        """The network and its processor, loaded when first needed."""
        if self._loaded is None:
            processor_class = self._network.processor_class
            processor = self._checkpoint.load_processor(processor_class, processor_class)
            self._loaded = LoadedEncoder(self._checkpoint.load_network(self._network.model_class), processor)
        return self._loaded

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the network takes: as many as it takes, (frames, 3, side, side)."""
        loaded, network = self.loaded, self._network
        shown = nearest_frames(frames, network.frames_taken(loaded.model.config, len(frames)))
        made = loaded.processor(**processor_inputs(shown, fps))
        pixels = made[network.pixels][0].to(DTYPES[self._checkpoint.dtype]).contiguous()
        return WindowInputs(tuple(pixels.shape), pixels, pixels.nbytes)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        """Encode some windows; see `lmms_eval_plugins.models.engine.batches.BatchModel`."""
        parts = (batch[start : start + at_once] for start in range(0, len(batch), at_once))
        with raising_too_large():
            return [one for part in parts for one in self._encoded(part, watch)]

    def _encoded(self, windows: Sequence[Shown], watch: Stopwatch) -> Iterator[RequestReply]:
        model = self.loaded.model
        with torch.inference_mode(), watch.phase("vision"):
            pixels = torch.stack([shown.prepared.inputs for shown in windows]).to(model.device)
            means = layer_means(self._network, model, pixels, self.hidden.layers)
            of_layers = {layer: states.cpu().numpy() for layer, states in means.items()}
        for place, shown in enumerate(windows):
            states = tuple(LayerState(layer, values[place], True) for layer, values in of_layers.items())
            yield from (RequestReply(request, Reply(HIDDEN_ONLY), states) for request in shown.requests)
