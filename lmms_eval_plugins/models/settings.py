"""What can be set about a model: one typed object per family, made from a card's and the command line's arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from typing_extensions import Self

from lmms_eval_plugins.core.errors import UserError, describe_validation, first_error, nearest
from lmms_eval_plugins.core.redaction import learn_settings

Mode = Literal["auto", "generate"]
Record = Literal["hidden"]
BitsAndBytes = Literal["8bit", "4bit"]
"""What bitsandbytes makes of linear layers while they are loaded: LLM.int8, or nf4."""
Quantization = Literal["fp8", BitsAndBytes]
"""How weights are made smaller when they are loaded: ``fp8`` by vLLM, the others by bitsandbytes."""
Dtype = Literal["float32", "bfloat16", "float16"]
EngineName = Literal["transformers", "vllm"]
FramesAs = Literal["video", "images"]
CodeBaseDtype = Literal["float16", "bfloat16"]


_NUMBER = re.compile(r"\s*[0-9]{0,18}(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?\s*(?<=[0-9.\s])")
DIGITS = re.compile(r"\s*[0-9]{1,18}\s*")
"""A whole number from 0 up, as command lines give one."""
_LARGEST = 1e18


def _above_zero(value: object, info: ValidationInfo) -> float | None:
    if value is None:
        return None
    number = float(str(value)) if _NUMBER.fullmatch(str(value)) else 0.0
    if not 0 < number < _LARGEST:
        raise UserError(f"{info.field_name}: {value!r} is not a number above 0")
    return number


def _whole_above_zero(value: object, info: ValidationInfo) -> int | None:
    number = _above_zero(value, info)
    if number is not None and number != int(number):
        raise UserError(f"{info.field_name}: {value!r} is not a whole number")
    return None if number is None else int(number)


def _batch_size(value: object) -> int:
    size = int(str(value)) if DIGITS.fullmatch(str(value)) else 0
    if size < 1:
        raise UserError(f"batch_size: {value!r} is not a whole number from 1 up")
    return size


def _checkpoint_name(value: object) -> str:
    if not value:
        raise UserError("which checkpoint? give it with --model_args pretrained=FOLDER-OR-HUB-NAME")
    return str(value)


def _gpu(value: object) -> object:
    if value is not None and not str(value).startswith("cuda"):
        raise UserError(f"device: {value!r} is no GPU (cuda, cuda:0, ...), which the code base of this model wants")
    return value


_DEVICE = r"(cpu|cuda|mps|xpu|npu|hpu|xla)(:\d+)?"
_SPREAD = ("auto", "balanced", "balanced_low_0", "sequential")
_ATTENTION = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flash_attention_4", "flex_attention")


def _device(value: object, info: ValidationInfo) -> object:
    known = _SPREAD if info.field_name == "device_map" else ()
    if value is not None and value not in known and not re.fullmatch(_DEVICE, str(value)):
        raise UserError(f"{info.field_name}: {value!r} is none of {', '.join((*known, 'cpu, cuda, cuda:1, …'))}")
    return value


def _attention(value: object) -> str | None:
    if value is None:
        return None
    word = str(value)
    if "/" in word:
        raise UserError(
            f"attn_implementation: {word!r} is a kernel on the hub, whose code would run; take one that is"
            " transformers' own, as sdpa, eager or flash_attention_2"
        )
    if word.removeprefix("paged|") not in _ATTENTION:
        raise UserError(f"attn_implementation: unknown word {word!r}{nearest(word, _ATTENTION)}")
    return word


def _quantization(value: object) -> object:
    return "8bit" if value == "int8" else value


def _layers(value: object) -> tuple[int, ...] | None:
    parts = str(value).split("+")
    if value is None or isinstance(value, tuple):
        return value
    if not all(DIGITS.fullmatch(part) and int(part) for part in parts):
        raise UserError(f"layers: {value!r} is not numbers of layers from 1 up, as 9+18+27")
    return tuple(sorted(set(map(int, parts))))


Rate = Annotated[float | None, BeforeValidator(_above_zero)]
Count = Annotated[int | None, BeforeValidator(_whole_above_zero)]
BatchSize = Annotated[int, BeforeValidator(_batch_size)]
Attention = Annotated[str | None, BeforeValidator(_attention)]
Layers = Annotated[tuple[int, ...] | None, BeforeValidator(_layers)]
QuantizationGiven = Annotated[Quantization | None, BeforeValidator(_quantization)]
BitsAndBytesGiven = Annotated[BitsAndBytes | None, BeforeValidator(_quantization)]
CheckpointName = Annotated[str, BeforeValidator(_checkpoint_name)]


class ModelSettings(BaseModel):
    """The arguments that lmms-eval's own command line gives to every model; a model without a network ignores them.

    Attributes:
        batch_size: questions answered at once.
        max_batch_size: always ignored.
        device: where the network runs.
        gives_hidden_states: whether a model with such settings may be asked for hidden states.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)

    gives_hidden_states: ClassVar[bool] = False

    batch_size: int | str = 1
    max_batch_size: int | None = None
    device: str | None = None

    @classmethod
    def of(cls, args: Mapping[str, object]) -> Self:
        """Make settings of model arguments.

        Raises:
            UserError: an argument is unknown, missing or not valid; one line with its name.
        """
        learn_settings(args)
        for name in args:  # first: a misspelt one is why the right one is missing
            if name not in cls.model_fields:
                raise UserError(f"{name}: unknown argument{nearest(name, cls.names())}")
        try:
            return cls.model_validate(dict(args))
        except ValidationError as error:
            raise UserError(cls._complaint(error)) from error

    @classmethod
    def _complaint(cls, error: ValidationError) -> str:
        first = first_error(error)
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "literal_error":
            known = re.findall(r"'([^']*)'", str(first["ctx"]["expected"]))
            return f"{name}: {first['input']!r} is none of {', '.join(known)}"
        return describe_validation(error, cls)

    @classmethod
    def names(cls) -> set[str]:
        """Return the arguments that a user may give."""
        return cls.model_fields.keys() - {"max_batch_size"}


class CheckpointSettings(ModelSettings):
    """Settings of every network with a checkpoint.

    Attributes:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device_map: as transformers takes it, ``auto`` to spread a big model; replaces ``device``.
        mode: ``auto`` shares what questions have in common and scores the allowed answers of closed ones; ``generate``
            leaves each question to the ``generate`` of transformers or of the code base.
        batch_size: questions answered at once; a window's questions stay together, and where the device's memory is
            too small the number is halved until they fit.
    """

    batch_size: BatchSize = 1
    pretrained: CheckpointName = Field(default="", validate_default=True)
    revision: str | None = None
    device_map: Annotated[str | None, BeforeValidator(_device)] = None
    mode: Mode = "auto"


class TransformersSettings(CheckpointSettings):
    """Settings of the families that run in transformers.

    Attributes:
        engine: who runs the network: this project's own engine on ``transformers``, or ``vllm`` in its own environment.
        device: ``cpu``, ``cuda``, ``cuda:1``, …; None takes a GPU where there is one.
        dtype: of the weights; None is bfloat16 on a GPU, float32 on a CPU.
        attn_implementation: as transformers takes it; no kernel on the hub.
        quantization: makes linear layers smaller when they are loaded: ``8bit`` (also called ``int8``) and ``4bit`` by
            bitsandbytes, ``fp8`` by vLLM.
        thinking: whether the model thinks before it answers, by the switch in the checkpoint's chat template; None
            leaves it at the template's own default.
        threads: processor threads of torch; None leaves torch's own number. A tiny model is fastest with one.
        record: ``hidden`` keeps the network's hidden states beside the answers.
        layers: behind which layers of the language model, by number from 1; None is four that are evenly spaced, the
            last among them.
        untrained: whether the network has random weights, drawn by a fixed seed, in place of the checkpoint's.
    """

    gives_hidden_states: ClassVar[bool] = True

    engine: EngineName = "transformers"
    device: Annotated[str | None, BeforeValidator(_device)] = None
    dtype: Dtype | None = None
    attn_implementation: Attention = None
    quantization: QuantizationGiven = None
    thinking: bool | None = None
    threads: Count = None
    record: Record | None = None
    layers: Layers = None
    untrained: bool = False

    @model_validator(mode="after")
    def _engine_quantizes(self) -> Self:
        if self.quantization == "fp8" and self.engine == "transformers":
            raise UserError(
                "quantization=fp8: transformers computes it by a kernel on the hub, whose code would run; give"
                " engine=vllm with it, or take 8bit or 4bit"
            )
        return self

    @model_validator(mode="after")
    def _hidden_states_can_be_kept(self) -> Self:
        if self.layers and not self.record:
            raise UserError("layers: says of which layers hidden states are kept; give it with record=hidden")
        if self.record and self.mode != "auto":
            raise UserError(f"record={self.record}: mode={self.mode} gives no hidden states; leave mode out")
        if self.untrained and self.quantization:
            raise UserError(f"untrained: random weights are not quantized; leave quantization={self.quantization} out")
        if self.untrained and self.device_map in _SPREAD:
            raise UserError(f"untrained: random weights lie on one device; give device_map=cuda, not {self.device_map}")
        return self


class AutoSettings(TransformersSettings):
    """Settings of a checkpoint of any architecture that transformers can ask about pictures.

    Attributes:
        frames: how a window is shown, as one ``video`` or as ``images``; None is a video where the processor takes one.
        record: None: of a network whose parts nobody names no hidden states are kept.
    """

    gives_hidden_states: ClassVar[bool] = False

    frames: FramesAs | None = None

    @model_validator(mode="after")
    def _no_hidden_states(self) -> Self:
        if self.record:
            raise UserError(f"record={self.record}: take the wrapper of the model's family, if it has one")
        return self


class EncoderSettings(TransformersSettings):
    """Settings of video encoders, which answer nothing: their hidden states are always kept.

    Attributes:
        batch_size: windows encoded at once.
        engine, mode, record, thinking: as they are.
    """

    engine: Literal["transformers"] = "transformers"
    mode: Literal["auto"] = "auto"
    record: Literal["hidden"] = "hidden"
    thinking: None = None


class QwenSettings(TransformersSettings):
    """Settings of a Qwen-VL; a family defines how large its visual tokens are.

    Attributes:
        min_pixels: a frame smaller than so many pixels is enlarged; None is 128 visual tokens.
        max_pixels: a frame larger than so many pixels is reduced; None is 768 visual tokens.
        declared_fps: frames per second that the model is given; None gives it the true rate of the frames shown.
        token_side: pixels along the side of a visual token.
    """

    token_side: ClassVar[int]

    min_pixels: Count = None
    max_pixels: Count = None
    declared_fps: Rate = None

    @property
    def size(self) -> dict[str, int]:
        """The limits of a frame's pixels, by the processor's names."""
        least, most = (
            tokens * self.token_side**2 if given is None else given
            for given, tokens in ((self.min_pixels, 128), (self.max_pixels, 768))
        )
        return {"shortest_edge": least, "longest_edge": most}

    @model_validator(mode="after")
    def _least_is_less(self) -> Self:
        least, most = self.size.values()
        if least > most:
            raise UserError(f"min_pixels: {least} is more than max_pixels ({most})")
        return self


class Qwen25Settings(QwenSettings):
    """Settings of Qwen2.5-VL."""

    token_side = 28


class Qwen3Settings(QwenSettings):
    """Settings of Qwen3-VL."""

    token_side = 32


class CodeBaseSettings(CheckpointSettings):
    """Settings of the families that run in their own code base.

    Attributes:
        device: ``cuda``, ``cuda:1``, …; None is for the code base to choose, a GPU where there is one.
        attn_implementation: as transformers takes it; of the language model.
    """

    device: Annotated[str | None, BeforeValidator(_gpu)] = None
    attn_implementation: Attention = "sdpa"

    @property
    def changing_answers(self) -> dict[str, object]:
        """The family's own settings and the mode: they change answers."""
        where = {*ModelSettings.model_fields, "pretrained", "revision", "device_map"}
        return self.model_dump(exclude=where)


class LlavaCodeBaseSettings(CodeBaseSettings):
    """Settings that the code bases of LLaVA-NeXT and LongVA share.

    Attributes:
        quantization: makes linear layers smaller when they are loaded, by bitsandbytes.
        conv_template: name of the prompt's template in the code base.
        mm_spatial_pool_mode: how a frame's tokens are thinned; None as in the checkpoint.
    """

    quantization: BitsAndBytesGiven = None
    conv_template: str = "qwen_1_5"
    mm_spatial_pool_mode: str | None = None


class LlavaNextSettings(LlavaCodeBaseSettings):
    """Settings of lmms-lab's original checkpoints of LLaVA-OneVision and LLaVA-Video (LLaVA-NeXT-Video on Qwen2).

    Attributes:
        dtype: of the weights.
        mm_newline_position: where tokens that separate frames or their rows go; None as in the checkpoint.
    """

    dtype: CodeBaseDtype = "float16"
    mm_newline_position: str | None = None


class LongVASettings(LlavaCodeBaseSettings):
    """Settings of LongVA, whose code base computes in float16.

    Attributes:
        mm_spatial_pool_stride: how much a frame's tokens are thinned along each side; None as in the checkpoint.
    """

    mm_spatial_pool_stride: int | None = None
