"""Why architectures of transformers' list have no tiny checkpoint here; remarks on those that have one."""

from __future__ import annotations

_NO_CHAT = "has no chat template, so nobody says how a question is put to it"
_CAPTIONS = "writes captions: no questions in words, no chat template"
_ALONE = "one window at a time: its network mixes up several"
_PAGES = "reads pages: trained to write down what stands in a picture of a document"

REMARKS = {
    "minicpmv4_6": _ALONE,
    "minicpmv4_7": _ALONE,
    "molmo2": _ALONE,
    "paligemma": "its whole prompt is read in both directions, the question too: no beginning stays the same",
    "pixtral": "LLaVA's class on Pixtral's tower",
}
"""What is to be said of an architecture that was tried, by the name of its checkpoint."""

CANNOT = {
    "blip": _CAPTIONS,
    "blip-2": f"{_NO_CHAT}; sees one picture",
    "chameleon": _NO_CHAT,
    "diffusion_gemma": "writes blocks of tokens by diffusion: its answers have no first token",
    "evolla": "takes proteins, no pictures",
    "florence2": "does tasks by fixed prompts (caption, boxes) on one picture; no chat template",
    "fuyu": f"{_NO_CHAT}; sees one picture",
    "git": _CAPTIONS,
    "idefics": _NO_CHAT,
    "instructblip": f"{_NO_CHAT}; sees one picture",
    "instructblipvideo": f"{_NO_CHAT}; sees four frames, always",
    "kimi_k25": "fails on videos in this version of transformers, which miscounts their tokens (time is pooled)",
    "kosmos-2": _NO_CHAT,
    "kosmos-2.5": f"{_PAGES}; no chat template",
    "mistral4": "is the language model alone: transformers lists it here, but it takes no pictures",
    "pi0": "moves robots: its outputs are actions",
    "pix2struct": f"{_PAGES}; its question is painted into the picture",
    "pp_chart2table": f"{_PAGES}; no questions",
    "pp_formulanet": f"{_PAGES}; no questions",
    "shieldgemma2": "judges one picture by fixed policies: yes or no, no words",
    "smolvlm": "its processor needs the package num2words, which the environment does not have",
    "udop": f"{_PAGES}; needs the words and boxes of the page",
    "vision-encoder-decoder": _CAPTIONS,
}
"""Why `--model auto` cannot answer with an architecture, or nobody would want it to."""

NOT_TRIED = {
    "cohere_compass": "its settings of positions cannot be saved for a small network",
    "cosmos3_edge": "",
    "cosmos3_omni": "",
    "deepseek_ocr2": _PAGES,
    "dots3_note": "",
    "ernie4_5_vl_moe": "its processor writes times into the frames with a font that comes with published checkpoints",
    "gemma3n": "its vision tower has one size, of 300 million parameters",
    "glm5_next": "",
    "glm_ocr": _PAGES,
    "glmga": "",
    "got_ocr2": _PAGES,
    "granite_docling": _PAGES,
    "hunyuan_vl": "",
    "hyperclovax_vision_v2": "its tokenizer's class needs files that only published checkpoints have",
    "inkling2": "",
    "inkling_mm_model": "",
    "lighton_ocr": _PAGES,
    "minicpm_ocr": _PAGES,
    "minimax_m3_vl": "",
    "muse_spark": "",
    "nemotron_h_omni": "",
    "paddleocr_vl": _PAGES,
    "qianfan_ocr": _PAGES,
    "qwen2_5_omni_thinker": "the part that sees and writes, of a model that hears and speaks, too",
    "qwen3_omni_moe_thinker": "the part that sees and writes, of a model that hears and speaks, too",
    "step3p7": "",
    "t5gemma2": "an encoder and a decoder: the prompt is not a beginning of the reply",
    "unlimited_ocr": _PAGES,
}
"""Architectures that may work and that nobody has tried here, with a remark."""
