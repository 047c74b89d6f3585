"""Fingerprints of checkpoints of every family, without loading one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden.outputs import call

FAMILIES = {
    "qwen2_5_vl": "rehab_qwen2_5_vl",
    "qwen3_vl": "rehab_qwen3_vl",
    "llava_onevision": "rehab_llava_onevision",
    "llava_next_video": "rehab_llava_next_video",
    "internvl": "rehab_internvl",
}
"""Model type of a checkpoint → the wrapper of its family."""

UNUSUAL = {
    "qwen2_5_vl": ", mode: generate, dtype: bfloat16, attn_implementation: eager, declared_fps: 2, min_pixels: 3136"
}
"""Settings beside the usual ones, each of which is hashed."""


def fingerprints(place: Path) -> dict[str, str]:
    """The fingerprint of a checkpoint of each family, and of one with unusual settings."""
    folder = place / "families"
    cards = folder / "cards"
    cards.mkdir(parents=True)
    for model_type, wrapper in FAMILIES.items():
        checkpoint = folder / model_type
        checkpoint.mkdir()
        (checkpoint / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")
        (checkpoint / "model.safetensors").write_bytes(b"weights")
        for name, more in {model_type: "", f"{model_type}_unusual": UNUSUAL.get(model_type)}.items():
            if more is not None:
                args = f"{{pretrained: {checkpoint}, device: cpu{more}}}"
                (cards / f"{name}.yaml").write_text(f"about: x\nwrapper: {wrapper}\nargs: {args}\n", encoding="utf-8")
    header, first = (place / "data" / "manifest.csv").read_text(encoding="utf-8").splitlines()[:2]
    (folder / "data").mkdir()
    (folder / "data" / "manifest.csv").write_text(f"{header}\n{first.rpartition(',')[0]},\n", encoding="utf-8")
    names = sorted(path.stem for path in cards.iterdir())
    where = ["--models", cards, "--data", folder / "data", "--log_path", folder / "runs", "--selection", "all"]
    status, _, err = call("run", "--task", "strokerehab_primitives_3", "--model", ",".join(names), *where)
    assert status == 3, err
    files = {path.parts[-3]: json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("run.json")}
    return {name: files[name]["fingerprint"] for name in names}
