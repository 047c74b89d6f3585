"""The models that this package brings to lmms-eval, found through its entry-point group ``lmms_eval.models``."""

from __future__ import annotations

from lmms_eval.models.registry_v2 import ModelManifest

_FAMILIES = "lmms_eval_plugins.models.families"
_BASELINES = "lmms_eval_plugins.models.baselines"
_CODEBASES = "lmms_eval_plugins.models.codebases"

MANIFESTS = [
    ModelManifest(model_id="rehab_qwen2_5_vl", chat_class_path=f"{_FAMILIES}.qwen2_5_vl.WindowedQwen2_5_VL"),
    ModelManifest(model_id="rehab_qwen3_vl", chat_class_path=f"{_FAMILIES}.qwen3_vl.Qwen3VL"),
    ModelManifest(model_id="rehab_llava_onevision", chat_class_path=f"{_FAMILIES}.llava_onevision.LlavaOnevision"),
    ModelManifest(model_id="rehab_llava_next_video", chat_class_path=f"{_FAMILIES}.llava_next_video.LlavaNextVideo"),
    ModelManifest(model_id="rehab_internvl", chat_class_path=f"{_FAMILIES}.internvl.InternVL"),
    ModelManifest(model_id="omniscient", chat_class_path=f"{_BASELINES}.rows.Omniscient"),
    ModelManifest(model_id="always_transport", chat_class_path=f"{_BASELINES}.rows.AlwaysTransport"),
    ModelManifest(model_id="constant", chat_class_path=f"{_BASELINES}.rows.Constant"),
    ModelManifest(model_id="bot", chat_class_path=f"{_BASELINES}.rows.Bot"),
    ModelManifest(model_id="markov", chat_class_path=f"{_BASELINES}.markov.Markov"),
    ModelManifest(model_id="rehab_server", chat_class_path="lmms_eval_plugins.models.server.model.ServerModel"),
    ModelManifest(model_id="replay", chat_class_path=f"{_BASELINES}.replay.Replay"),
    ModelManifest(model_id="rehab_llava_next", chat_class_path=f"{_CODEBASES}.families.LlavaNext"),
    ModelManifest(model_id="rehab_longva", chat_class_path=f"{_CODEBASES}.families.LongVA"),
    ModelManifest(model_id="rehab_vila", chat_class_path=f"{_CODEBASES}.families.Vila"),
]
