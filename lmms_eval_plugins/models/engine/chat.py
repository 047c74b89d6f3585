"""A question in a checkpoint's own words: its chat template, which is a program of its own, in jinja's sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import TemplateError
from transformers import ProcessorMixin

from lmms_eval_plugins.core.errors import UserError

_SWITCHES = ("enable_thinking", "thinking")
"""What chat templates call the switch by which a model thinks: Qwen's and Gemma's the first, Kimi's the second."""


def chat_prompt(processor: ProcessorMixin, content: Sequence[Mapping[str, str]], thinking: bool | None = None) -> str:
    """Spell a user's message by the checkpoint's chat template, up to where the reply begins.

    Args:
        processor: the checkpoint's; where it has no template, its tokenizer's is taken.
        content: the message's parts, as transformers takes them.
        thinking: whether the model is to think before it answers; None leaves that to the template.

    Raises:
        UserError: the template is damaged, reaches for more than its messages, or has no switch for thinking.
    """
    if thinking is None:
        return _spelt(processor, content, {})
    on, off = (_spelt(processor, content, dict.fromkeys(_SWITCHES, value)) for value in (True, False))
    if on == off:
        raise UserError(
            f"thinking={str(thinking).lower()}: the checkpoint's chat template has no switch for it"
            f" ({' or '.join(_SWITCHES)}); leave it out"
        )
    return on if thinking else off


def _spelt(processor: ProcessorMixin, content: Sequence[Mapping[str, str]], switches: Mapping[str, bool]) -> str:
    own = getattr(processor, "chat_template", None) is not None
    try:
        return str(
            processor.apply_chat_template(
                [{"role": "user", "content": list(content)}],
                **({} if own else {"chat_template": processor.tokenizer.chat_template}),
                **switches,
                tokenize=False,
                add_generation_prompt=True,
            )
        )
    except TemplateError as error:
        raise UserError(f"the checkpoint's chat template cannot be used ({' '.join(str(error).split())})") from error
