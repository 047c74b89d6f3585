"""Checkpoints that bring code along: it writes a file beside them if it ever runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

CANARY = "canary_ran"

Bait = Callable[[Path, Path], None]
"""(the checkpoint's folder, the file that its code would write): make it hostile."""


def lay_bait(clean: Path, folder: Path, bait: Bait) -> Path:
    """Copy a checkpoint to ``folder`` and make it hostile; returns the file that its code would write."""
    shutil.copytree(clean, folder)
    canary = folder.parent / CANARY
    (folder / "bait.py").write_text(
        f"from pathlib import Path\nPath({str(canary)!r}).touch()\n"
        "class Bait:\n    @classmethod\n    def from_pretrained(cls, *a, **k): return cls()\n"
        "    @classmethod\n    def register_for_auto_class(cls, *a): pass\n"
    )
    bait(folder, canary)
    return canary


AUTO_CLASSES = (
    "AutoConfig",
    "AutoModel",
    "AutoModelForCausalLM",
    "AutoModelForImageTextToText",
    "AutoProcessor",
    "AutoTokenizer",
    "AutoImageProcessor",
    "AutoVideoProcessor",
    "AutoFeatureExtractor",
)


def _changed(path: Path, **values: Any) -> None:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**found, **values}), encoding="utf-8")


def auto_map_in(name: str, reference: str = "bait.Bait", **values: Any) -> Bait:
    """Let a JSON file name the checkpoint's own class for everything, with some other values."""

    def bait(folder: Path, canary: Path) -> None:
        named = {auto: [reference, None] if auto == "AutoTokenizer" else reference for auto in AUTO_CLASSES}
        _changed(folder / name, auto_map=named, **values)

    return bait


def everywhere(folder: Path, canary: Path) -> None:
    for name in JSON_FILES:
        auto_map_in(name)(folder, canary)


def unknown_classes(folder: Path, canary: Path) -> None:
    """Only the checkpoint's own classes could load it."""
    everywhere(folder, canary)
    _changed(folder / "processor_config.json", processor_class="BaitProcessor")
    _changed(folder / "tokenizer_config.json", tokenizer_class="BaitTokenizer", processor_class="BaitProcessor")
    _changed(folder / "preprocessor_config.json", image_processor_type="BaitImages", processor_class="BaitProcessor")
    _changed(folder / "video_preprocessor_config.json", video_processor_type="BaitVideos")


def unknown_tokenizer(folder: Path, canary: Path) -> None:
    auto_map_in("tokenizer_config.json", tokenizer_class="BaitTokenizer")(folder, canary)


def own_generation(folder: Path, canary: Path) -> None:
    (folder / "custom_generate").mkdir()
    text = (folder / "bait.py").read_text() + "def generate(model, *a, **k): return model\n"
    (folder / "custom_generate" / "generate.py").write_text(text)
    _changed(folder / "generation_config.json", custom_generate=str(folder))


class _Touch:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._path,))


def pickled_weights(folder: Path, canary: Path) -> None:
    import torch

    for weights in folder.glob("*.safetensors"):
        weights.unlink()
    torch.save({"weights": _Touch(canary)}, folder / "pytorch_model.bin")


def adapter(folder: Path, canary: Path) -> None:
    settings = {"peft_type": "LORA", "base_model_name_or_path": str(folder), "megatron_config": {}}
    settings |= {"megatron_core": "bait", "auto_mapping": {"base_model_class": "Bait", "parent_library": "bait"}}
    _changed(folder / "adapter_config.json", **settings, r=1, target_modules=["q_proj"])


def kernel(folder: Path, canary: Path) -> None:
    _changed(folder / "config.json", attn_implementation="org/kernel")


def kernel_of_a_part(folder: Path, canary: Path) -> None:
    _changed(folder / "config.json", attn_implementation={"text_config": "org/kernel"})


def template(folder: Path, canary: Path) -> None:
    reach = "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ cycler.__init__.__globals__.os.system('touch x') }}"
    (folder / "chat_template.jinja").write_text(reach)


JSON_FILES = (
    "config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "tokenizer_config.json",
    "generation_config.json",
)

IGNORED: dict[str, Bait] = {
    **{f"auto_map in {name}": auto_map_in(name) for name in JSON_FILES},
    **{f"auto_map of another repository in {name}": auto_map_in(name, "org/code--bait.Bait") for name in JSON_FILES},
    "auto_map everywhere": everywhere,
    "custom_generate": own_generation,
}
"""Name → bait beside which the checkpoint is whole: transformers' own classes load it."""

REFUSED: dict[str, tuple[Bait, str]] = {
    "unknown classes": (unknown_classes, "wants to run Python of its own"),
    "pickled weights": (pickled_weights, "its weights are a pickle with more than numbers in it"),
    "an adapter": (adapter, "holds an adapter"),
    "a kernel": (kernel, "names the kernel 'org/kernel' on the hub"),
    "a kernel of a part": (kernel_of_a_part, "names the kernel 'org/kernel' on the hub"),
    "a template": (template, "the checkpoint's chat template cannot be used"),
}
"""Name → bait without which the checkpoint cannot be loaded, and part of the message."""
