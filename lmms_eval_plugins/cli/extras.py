"""What the base install leaves out: modules, by the extra of the distribution that brings them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from lmms_eval_plugins.core.errors import UserError

Extra = Literal["models", "slurm", "wandb"]

_NEEDED: dict[Extra, tuple[str, ...]] = {
    "models": ("torch", "transformers", "lmms_eval"),
    "slurm": ("submitit",),
    "wandb": ("wandb",),
}
"""Without these, nothing works that an extra is for."""

_ALSO = "accelerate cv2 datasets httpx huggingface_hub jinja2 loguru qwen_vl_utils tenacity tokenizers torchvision"
_EXTRAS: dict[str, Extra] = {
    **{module: extra for extra, modules in _NEEDED.items() for module in modules},
    **dict.fromkeys(_ALSO.split(), "models"),
}


def check_extra(extra: Extra) -> None:
    """Check that an extra is installed, without importing anything of it.

    Raises:
        UserError: it is not; with the command that installs it.
    """
    for module in _NEEDED[extra]:
        if find_spec(module) is None:
            raise UserError(_remedy(module, extra))


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Return what to install for a module that was not found, or None where no extra brings it."""
    module = (error.name or "").partition(".")[0]
    return _remedy(module, _EXTRAS[module]) if module in _EXTRAS else None


def _remedy(module: str, extra: Extra) -> str:
    return f"this needs {module}, which the base install leaves out: pip install 'strokerehab-eval[{extra}]'"
