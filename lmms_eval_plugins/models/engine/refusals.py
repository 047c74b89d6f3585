"""What of a checkpoint is never loaded, because it would run code, and what to do instead; each in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError

from transformers import PreTrainedConfig

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.remote_code import RemoteCodeRefused

ADAPTER = "adapter_config.json"


def refuse_adapter(name: str) -> UserError:
    """Return the error for an adapter: its settings may name any module of Python, and any other checkpoint."""
    return UserError(
        f"{name}: holds an adapter ({ADAPTER}), which is not loaded here; merge it into its checkpoint"
        " (peft's merge_and_unload), save that without the adapter, and give its folder"
    )


def check_kernels(name: str, config: PreTrainedConfig) -> None:
    """Check that a checkpoint's configuration names no kernel on the hub, whose code would be fetched and run.

    Raises:
        UserError: it does.
    """
    for part in _with_parts(config):
        for key in ("_attn_implementation", "_experts_implementation"):
            kernel = getattr(part, key, None)
            if isinstance(kernel, str) and "/" in kernel:
                raise UserError(
                    f"{name}: its config.json names the kernel {kernel!r} on the hub, whose code would run;"
                    f" take {key[1:]} out of it"
                )


def describe_failure(name: str, error: Exception) -> str:
    """Return in one line why a checkpoint could not be loaded, and what to do where it brings code along."""
    said = str(error).strip()
    if isinstance(error, RemoteCodeRefused) or "trust_remote_code" in said:
        return (
            f"{name}: it wants to run Python of its own (an auto_map in its files), which is never done;"
            " take a checkpoint in transformers' own format, many are named …-hf"
        )
    if isinstance(error, UnpicklingError) or "Weights only load failed" in said:
        return (
            f"{name}: its weights are a pickle with more than numbers in it, which could run code and is not opened;"
            " take the checkpoint's *.safetensors"
        )
    first = said.splitlines()[0] if said else type(error).__name__
    return f"{name}: the checkpoint cannot be loaded ({first})"


@contextmanager
def refusing_fetched_code(name: str) -> Iterator[None]:
    """Refuse, within, a way of decoding that a checkpoint's settings want and whose code would be fetched.

    Raises:
        UserError: ``generate`` asked whether it may.
    """
    try:
        yield
    except ValueError as error:
        if "trust_remote_code" not in str(error):
            raise
        raise UserError(
            f"{name}: its generation_config.json wants a way of decoding whose code lies on the hub, which is never"
            " run; take penalty_alpha, dola_layers, constraints and groups of beams out of it"
        ) from error


def _with_parts(config: PreTrainedConfig) -> Iterator[PreTrainedConfig]:
    """Yield a configuration and those of its parts, as of the vision tower."""
    yield config
    for value in vars(config).values():
        if isinstance(value, PreTrainedConfig):
            yield from _with_parts(value)
