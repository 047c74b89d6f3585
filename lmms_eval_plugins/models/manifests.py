"""The models that this package brings to lmms-eval, found through its entry-point group ``lmms_eval.models``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmms_eval.models.registry_v2 import ModelManifest

CLASSES = {
    "rehab_qwen2_5_vl": "RehabQwen25VL",
    "rehab_qwen3_vl": "RehabQwen3VL",
    "rehab_llava_onevision": "RehabLlavaOnevision",
    "rehab_llava_next_video": "RehabLlavaNextVideo",
    "rehab_internvl": "RehabInternVL",
    "omniscient": "Omniscient",
    "always_transport": "AlwaysTransport",
    "constant": "Constant",
    "bot": "Bot",
    "markov": "MarkovModel",
    "rehab_server": "RehabServer",
    "replay": "Replay",
    "rehab_llava_next": "RehabLlavaNext",
    "rehab_longva": "RehabLongVA",
    "rehab_vila": "RehabVila",
}
"""A model's name in lmms-eval → its class in `lmms_eval_plugins.models.registered`."""


def __getattr__(name: str) -> list[ModelManifest]:
    """Make ``MANIFESTS`` when it is wanted: lmms-eval's registry reads it while its own modules are being imported."""
    if name != "MANIFESTS":
        raise AttributeError(name)
    from lmms_eval.models.registry_v2 import ModelManifest

    return [
        ModelManifest(model_id=model_id, chat_class_path=f"lmms_eval_plugins.models.registered.{class_name}")
        for model_id, class_name in CLASSES.items()
    ]
