"""The models of lmms-eval's registry: each takes model arguments, makes its settings of them, and has an answerer.

Families are imported when a model is made: transformers' classes take long.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import NOTHING_LENT, Answerer, Session
from lmms_eval_plugins.models.baselines.item_prior import prior_answer, priors_in
from lmms_eval_plugins.models.baselines.markov import Markov
from lmms_eval_plugins.models.baselines.most_frequent import usual_answers_in, usual_reply
from lmms_eval_plugins.models.baselines.settings import (
    BotSettings,
    ConstantSettings,
    MarkovSettings,
    ReplaySettings,
    StopwatchSettings,
)
from lmms_eval_plugins.models.baselines.simple import (
    PerRow,
    random_answer,
    repeated_answer,
    replies_in,
    transport_answer,
    true_answer,
)
from lmms_eval_plugins.models.baselines.stopwatch import StopwatchAnswers
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.models.settings import (
    AutoSettings,
    CodeBaseSettings,
    EncoderSettings,
    LlavaNextSettings,
    LongVASettings,
    ModelSettings,
    Qwen3Settings,
    Qwen25Settings,
    TransformersSettings,
)

if TYPE_CHECKING:
    from lmms_eval_plugins.models.codebases.outside import CodeBase
    from lmms_eval_plugins.models.engine.family import Family


UNTRAINED = "the network has random weights in place of the checkpoint's: its answers and hidden states know nothing"
"""The note in every run with ``untrained``."""


class RehabQwen25VL(Recorder):
    """Qwen2.5-VL in transformers."""

    settings_type = Qwen25Settings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.families.qwen2_5_vl import Qwen25VL

        settings = Qwen25Settings.of(args)
        super().__init__(_in_transformers(Qwen25VL(settings), settings, session), session)


class RehabQwen3VL(Recorder):
    """Qwen3-VL in transformers."""

    settings_type = Qwen3Settings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.families.qwen3_vl import Qwen3VL

        settings = Qwen3Settings.of(args)
        super().__init__(_in_transformers(Qwen3VL(settings), settings, session), session)


class RehabLlavaOnevision(Recorder):
    """LLaVA-OneVision in transformers."""

    settings_type = TransformersSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.families.llava_onevision import LlavaOnevision

        super().__init__(_in_transformers(LlavaOnevision(), TransformersSettings.of(args), session), session)


class RehabLlavaNextVideo(Recorder):
    """LLaVA-NeXT-Video in transformers."""

    settings_type = TransformersSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.families.llava_next_video import LlavaNextVideo

        super().__init__(_in_transformers(LlavaNextVideo(), TransformersSettings.of(args), session), session)


class RehabInternVL(Recorder):
    """InternVL3 and InternVL3.5 in transformers."""

    settings_type = TransformersSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.families.internvl import InternVL

        super().__init__(_in_transformers(InternVL(), TransformersSettings.of(args), session), session)


class RehabAuto(Recorder):
    """Any checkpoint that transformers can ask about pictures."""

    settings_type = AutoSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        super().__init__(_of_any_architecture(AutoSettings.of(args), session), session)


class RehabEncoder(Recorder):
    """V-JEPA 2 and VideoMAE in transformers: video encoders, which answer nothing and give hidden states only."""

    settings_type = EncoderSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.encoders.encoder import WindowEncoder
        from lmms_eval_plugins.models.encoders.encoder_model import EncoderModel

        settings = EncoderSettings.of(args)
        notes = (UNTRAINED,) if settings.untrained else ()
        model = EncoderModel(settings)
        super().__init__(WindowEncoder(model, settings.batch_size, session.frame_cache, notes), session)


class RehabLlavaNext(Recorder):
    """lmms-lab's original checkpoints of LLaVA-OneVision and LLaVA-Video, in their code base."""

    settings_type = LlavaNextSettings
    lives_outside = True

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.codebases.outside import LLAVA_NEXT

        super().__init__(_outside(LLAVA_NEXT, LlavaNextSettings.of(args), session), session)


class RehabLongVA(Recorder):
    """LongVA in its code base."""

    settings_type = LongVASettings
    lives_outside = True

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.codebases.outside import LONGVA

        super().__init__(_outside(LONGVA, LongVASettings.of(args), session), session)


class RehabVila(Recorder):
    """NVILA, VILA and LongVILA in their code base, which computes in float16 and loads no quantized weights."""

    settings_type = CodeBaseSettings
    lives_outside = True

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.codebases.outside import VILA

        super().__init__(_outside(VILA, CodeBaseSettings.of(args), session), session)


class RehabServer(Recorder):
    """Whatever an OpenAI-compatible server serves."""

    settings_type = ServerSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        from lmms_eval_plugins.models.server.model import ServerModel

        super().__init__(ServerModel(ServerSettings.of(args), session.frame_cache), session)


class Omniscient(Recorder):
    """Answers from the labels: the reference of a dose task's windows and rules, and perfect on other tasks."""

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        ModelSettings.of(args)
        super().__init__(PerRow(digest("Omniscient"), true_answer), session)


class AlwaysTransport(Recorder):
    """Answers about every window that the hand moves and holds an object: one endless transport."""

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        ModelSettings.of(args)
        super().__init__(PerRow(digest("AlwaysTransport"), transport_answer(session.carrying)), session)


class Constant(Recorder):
    """Gives the same answer to everything."""

    settings_type = ConstantSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        answer = ConstantSettings.of(args).answer
        super().__init__(PerRow(digest("Constant", answer), lambda row: answer), session)


class Bot(Recorder):
    """Answers at random: any allowed answer is as likely as any other, whatever the video shows."""

    settings_type = BotSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        seed = BotSettings.of(args).seed
        super().__init__(PerRow(digest("Bot", seed), random_answer(seed)), session)


class MarkovModel(Recorder):
    """Answers like another patient of the same study; see `Markov`."""

    settings_type = MarkovSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        super().__init__(Markov(MarkovSettings.of(args), session.training), session)


class ItemPrior(Recorder):
    """Answers so that every Fugl-Meyer item gets the median of the other patients' scores."""

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        ModelSettings.of(args)
        known = priors_in(session.known)
        super().__init__(PerRow(known.fingerprint if known else digest("ItemPrior"), prior_answer(known)), session)


class MostFrequent(Recorder):
    """Answers every question as is usual in other patients: most frequent answers, medians of numbers."""

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        ModelSettings.of(args)
        usual = usual_answers_in(session.known)
        super().__init__(PerRow(usual.fingerprint if usual else digest("MostFrequent"), usual_reply(usual)), session)


class StopwatchModel(Recorder):
    """Answers by the length of a video alone: as much as other patients did in that time; see `StopwatchAnswers`."""

    settings_type = StopwatchSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        super().__init__(StopwatchAnswers(StopwatchSettings.of(args), session.known), session)


class Replay(Recorder):
    """Repeats the replies of an earlier run, or those that the session lends; others stay missing."""

    settings_type = ReplaySettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        source, replies = ReplaySettings.of(args).source, session.replies
        if replies is None:
            if source is None:
                raise UserError("which answers? give them with --model_args source=RUN-FOLDER-OR-LOG")
            replies = replies_in(Path(source))
        super().__init__(PerRow(digest("Replay", sorted(replies.items())), repeated_answer(replies)), session)


def _in_transformers(family: Family, settings: TransformersSettings, session: Session) -> Answerer:
    """Make the answerer of a family that transformers knows, in the engine that its settings name."""
    from lmms_eval_plugins.models.engine.batches import Engine

    if settings.engine == "vllm":
        from lmms_eval_plugins.models.vllm.vllm_model import VllmModel, batch_size

        return Engine(VllmModel(family, settings, session.vllm), batch_size(settings), session.frame_cache)

    from lmms_eval_plugins.models.engine.transformers_model import TransformersModel

    notes = (UNTRAINED,) if settings.untrained else ()
    return Engine(TransformersModel(family, settings), settings.batch_size, session.frame_cache, notes)


def _of_any_architecture(settings: AutoSettings, session: Session) -> Answerer:
    from lmms_eval_plugins.models.auto.auto_engine import AutoEngine

    if settings.engine == "vllm":
        from lmms_eval_plugins.models.auto.auto_in_vllm import AutoInVllm
        from lmms_eval_plugins.models.vllm.vllm_model import batch_size

        return AutoEngine(AutoInVllm(settings, session.vllm), batch_size(settings), session.frame_cache)

    from lmms_eval_plugins.models.auto.auto_model import AutoModel

    notes = (UNTRAINED,) if settings.untrained else ()
    return AutoEngine(AutoModel(settings), settings.batch_size, session.frame_cache, notes)


def _outside(code_base: CodeBase, settings: CodeBaseSettings, session: Session) -> Answerer:
    from lmms_eval_plugins.models.codebases.outside import OutsideModel
    from lmms_eval_plugins.models.engine.batches import Engine

    model = OutsideModel(code_base, settings, session.python, session.trusted)
    return Engine(model, settings.batch_size, session.frame_cache)
