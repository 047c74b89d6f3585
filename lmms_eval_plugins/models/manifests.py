"""The models that this package brings to lmms-eval, found through its entry-point group ``lmms_eval.models``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmms_eval_plugins.models.baselines.settings import (
    BotSettings,
    ConstantSettings,
    MarkovSettings,
    ReplaySettings,
    StopwatchSettings,
)
from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.models.settings import (
    AutoSettings,
    CodeBaseSettings,
    EncoderSettings,
    LlavaNextSettings,
    LongVASettings,
    ModelSettings,
    Qwen3Settings,
    Qwen25Settings,
    TransformersSettings,
)

if TYPE_CHECKING:
    from lmms_eval.models.registry_v2 import ModelManifest

CLASSES = {
    "rehab_qwen2_5_vl": "RehabQwen25VL",
    "rehab_qwen3_vl": "RehabQwen3VL",
    "rehab_llava_onevision": "RehabLlavaOnevision",
    "rehab_llava_next_video": "RehabLlavaNextVideo",
    "rehab_internvl": "RehabInternVL",
    "rehab_auto": "RehabAuto",
    "omniscient": "Omniscient",
    "always_transport": "AlwaysTransport",
    "constant": "Constant",
    "bot": "Bot",
    "markov": "MarkovModel",
    "item_prior": "ItemPrior",
    "most_frequent": "MostFrequent",
    "stopwatch": "StopwatchModel",
    "rehab_server": "RehabServer",
    "replay": "Replay",
    "rehab_llava_next": "RehabLlavaNext",
    "rehab_longva": "RehabLongVA",
    "rehab_vila": "RehabVila",
    "rehab_encoder": "RehabEncoder",
}
"""A model's name in lmms-eval → its class in `lmms_eval_plugins.models.registered`."""

SETTINGS: dict[str, type[ModelSettings]] = {
    **dict.fromkeys(CLASSES, ModelSettings),
    **dict.fromkeys(("rehab_llava_onevision", "rehab_llava_next_video", "rehab_internvl"), TransformersSettings),
    "rehab_qwen2_5_vl": Qwen25Settings,
    "rehab_qwen3_vl": Qwen3Settings,
    "rehab_auto": AutoSettings,
    "constant": ConstantSettings,
    "bot": BotSettings,
    "markov": MarkovSettings,
    "stopwatch": StopwatchSettings,
    "rehab_server": ServerSettings,
    "replay": ReplaySettings,
    "rehab_llava_next": LlavaNextSettings,
    "rehab_longva": LongVASettings,
    "rehab_vila": CodeBaseSettings,
    "rehab_encoder": EncoderSettings,
}
"""A model's name in lmms-eval → what can be set about it, known without torch or lmms-eval."""


def __getattr__(name: str) -> list[ModelManifest]:
    """Make ``MANIFESTS`` when it is wanted: lmms-eval's registry reads it while its own modules are being imported."""
    if name != "MANIFESTS":
        raise AttributeError(name)
    from lmms_eval.models.registry_v2 import ModelManifest

    return [
        ModelManifest(model_id=model_id, chat_class_path=f"lmms_eval_plugins.models.registered.{class_name}")
        for model_id, class_name in CLASSES.items()
    ]
