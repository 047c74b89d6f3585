"""The models that this package brings to lmms-eval, found through its entry-point group ``lmms_eval.models``."""

from __future__ import annotations

from lmms_eval.models.registry_v2 import ModelManifest

_PACKAGE = "lmms_eval_plugins.wrappers"

MANIFESTS = [
    ModelManifest(model_id="rehab_qwen2_5_vl", chat_class_path=f"{_PACKAGE}.qwen2_5_vl.WindowedQwen2_5_VL"),
    ModelManifest(model_id="rehab_qwen3_vl", chat_class_path=f"{_PACKAGE}.qwen3_vl.Qwen3VL"),
    ModelManifest(model_id="rehab_llava_onevision", chat_class_path=f"{_PACKAGE}.llava_onevision.LlavaOnevision"),
    ModelManifest(model_id="rehab_llava_next_video", chat_class_path=f"{_PACKAGE}.llava_next_video.LlavaNextVideo"),
    ModelManifest(model_id="rehab_internvl", chat_class_path=f"{_PACKAGE}.internvl.InternVL"),
    ModelManifest(model_id="omniscient", chat_class_path=f"{_PACKAGE}.baselines.Omniscient"),
    ModelManifest(model_id="always_transport", chat_class_path=f"{_PACKAGE}.baselines.AlwaysTransport"),
    ModelManifest(model_id="constant", chat_class_path=f"{_PACKAGE}.baselines.Constant"),
    ModelManifest(model_id="bot", chat_class_path=f"{_PACKAGE}.baselines.Bot"),
    ModelManifest(model_id="markov", chat_class_path=f"{_PACKAGE}.markov.Markov"),
    ModelManifest(model_id="rehab_server", chat_class_path=f"{_PACKAGE}.server.model.ServerModel"),
    ModelManifest(model_id="replay", chat_class_path=f"{_PACKAGE}.replay.Replay"),
    ModelManifest(model_id="rehab_llava_next", chat_class_path=f"{_PACKAGE}.codebases.families.LlavaNext"),
    ModelManifest(model_id="rehab_longva", chat_class_path=f"{_PACKAGE}.codebases.families.LongVA"),
    ModelManifest(model_id="rehab_vila", chat_class_path=f"{_PACKAGE}.codebases.families.Vila"),
]
