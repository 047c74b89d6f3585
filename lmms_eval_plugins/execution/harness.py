"""lmms-eval, imported when it is needed and kept quiet: its chatter goes to a file, its bars nowhere."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

from lmms_eval_plugins.core.console import printable, put_error
from lmms_eval_plugins.core.disk import MAKE_ROOM
from lmms_eval_plugins.core.errors import DEBUG_VARIABLE, UserError, nearest
from lmms_eval_plugins.core.imports import large_imports
from lmms_eval_plugins.core.redaction import redacted, redacted_values
from lmms_eval_plugins.models.answering import NOTHING_LENT, Session
from lmms_eval_plugins.models.cards import TRUST
from lmms_eval_plugins.models.manifests import SETTINGS

if TYPE_CHECKING:
    from lmms_eval.api.model import lmms
    from lmms_eval.api.task import Task

LOG_FILE = "lmms_eval.log"

_UNSEEN = {"max_batch_size"}
"""Arguments of lmms-eval's own models that a user does not give."""


def quiet_imports() -> None:
    """Spare what costs seconds to import and is not needed; call before lmms-eval or transformers is imported."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if "evaluate" not in sys.modules and (spec := importlib.util.find_spec("evaluate")):
        # lmms-eval imports Hugging Face's `evaluate` for metrics that no task here uses; it takes seconds.
        sys.modules["evaluate"] = _late_module("evaluate", spec)


def _late_module(name: str, spec: ModuleSpec) -> ModuleType:
    """Make a stand-in that becomes the real module when something of it is first used."""

    def load(attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        sys.modules.pop(name, None)
        return getattr(importlib.import_module(name), attribute)

    module = ModuleType(name)
    module.__spec__ = spec
    module.__getattr__ = load  # type: ignore[method-assign]
    return module


def known_arguments(wrapper: str) -> set[str] | None:
    """Return the arguments that a user may give a model of lmms-eval's registry; None where any are taken.

    Our own models need neither torch nor lmms-eval for that.

    Raises:
        UserError: there is no such model, or it cannot be imported here.
    """
    settings = SETTINGS.get(wrapper)
    return _argument_names(_model_class(wrapper)) if settings is None else settings.names()


def runs_checkpoint_code(wrapper: str) -> bool:
    """Return whether a model may run its checkpoint's own Python where its card trusts it: our own engine never does.

    Raises:
        UserError: there is no such model, or it cannot be imported here.
    """
    from lmms_eval_plugins.models.recording import Recorder

    model_class = _model_class(wrapper)
    return not issubclass(model_class, Recorder) or model_class.lives_outside


def _argument_names(model_class: type[lmms]) -> set[str] | None:
    """Return the arguments that a user may give a model: settings, or a signature; None where any are taken."""
    from lmms_eval_plugins.models.recording import Recorder

    if issubclass(model_class, Recorder):
        return model_class.settings_type.names()
    parameters = inspect.signature(model_class).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return None
    return parameters.keys() - _UNSEEN - {TRUST}


def make_lmms_model(wrapper: str, args: Mapping[str, object], session: Session = NOTHING_LENT) -> lmms:
    """Make an instance of a model in lmms-eval's registry.

    Args:
        wrapper: its name there.
        args: model arguments.
        session: what a run lends; lmms-eval's own models get none of it but whether their checkpoint is trusted.

    Raises:
        UserError: there is no such model, it cannot be imported here, it cannot be made with these arguments, or its
            checkpoint wants to run code and is not trusted.
    """
    model_class = _model_class(wrapper)
    from lmms_eval_plugins.models.recording import Recorder
    from lmms_eval_plugins.models.remote_code import RemoteCodeRefused, set_trust

    if issubclass(model_class, Recorder):
        lent: dict[str, object] = {"session": session}
    else:
        set_trust(session.trusted)  # many of lmms-eval's own models trust any checkpoint unless they are told not to
        takes_trust = TRUST in inspect.signature(model_class).parameters
        lent = {TRUST: session.trusted} if takes_trust else {}
    try:
        return model_class(**lent, **args)
    except ImportError as error:
        raise UserError(f"wrapper {wrapper!r} cannot be imported in this environment ({error})") from error
    except (TypeError, ValueError, AssertionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, RemoteCodeRefused) or (not session.trusted and TRUST in reason):
            raise UserError(
                f"{args.get('pretrained', wrapper)}: it wants to run Python of its own; a card for it that says"
                f" `{TRUST}: true` lets it, if you trust who published it"
            ) from error
        given = ", ".join(args) or "no arguments"
        raise UserError(f"--model_args: {wrapper} cannot be made with {given}: {reason}") from error


def _model_class(wrapper: str) -> type[lmms]:
    quiet_imports()
    from lmms_eval.models import MODEL_REGISTRY_V2

    if wrapper not in (known := MODEL_REGISTRY_V2.list_model_names()):
        raise UserError(f"wrapper {wrapper!r} is not in lmms-eval's registry{nearest(wrapper, known)}")
    try:
        with large_imports():
            found: type[lmms] = MODEL_REGISTRY_V2.get_model_class(wrapper)
    except ImportError as error:
        raise UserError(f"wrapper {wrapper!r} cannot be imported in this environment ({error})") from error
    return found


def evaluate(model: lmms, task: Task, folder: Path) -> dict[int, str]:
    """Run one task with one model; lmms-eval's results and samples are written into ``folder``.

    Returns the reply to every row, by the row's number.
    """
    quiet_imports()
    with large_imports():
        from lmms_eval.evaluator import simple_evaluate
        from lmms_eval.loggers.evaluation_tracker import EvaluationTracker
        from lmms_eval.tasks import TaskManager
        from loguru import logger

    logger.remove()
    with ExitStack() as stack:
        log = stack.enter_context(_LogFile(folder / LOG_FILE))
        sinks = [logger.add(log.write, level="INFO", colorize=False, diagnose=False)]  # no values of variables
        if os.environ.get(DEBUG_VARIABLE):
            sinks.append(logger.add(lambda message: put_error(message.rstrip()), level="ERROR", diagnose=False))
        for sink in sinks:
            stack.callback(logger.remove, sink)
        with no_bars():
            results: dict[str, Any] = simple_evaluate(  # lmms-eval's own mapping
                model=model,
                tasks=[task],
                task_manager=TaskManager(include_defaults=False),
                bootstrap_iters=0,
                datetime_str=folder.name,
            )
        results = redacted_values(results)
        samples = results.pop("samples")
        replies = {sample["doc_id"]: str(sample["filtered_resps"][0]) for sample in samples[task.config.task]}
        tracker = EvaluationTracker(output_path=str(folder))
        tracker.general_config_tracker.model_name_sanitized = ""
        for stale in (*folder.glob("*_results.json"), *folder.glob("*_samples_*.jsonl")):
            stale.unlink()
        tracker.save_results_aggregated(results=results, samples=samples, datetime_str=folder.name)
        _check_written(folder / f"{folder.name}_results.json", None)
        for name, of_task in samples.items():
            tracker.save_results_samples(task_name=name, samples=of_task)
            _check_written(folder / f"{folder.name}_samples_{name}.jsonl", len(of_task))
        return replies


def _check_written(path: Path, n_lines: int | None) -> None:
    """Check that a file of lmms-eval's is whole: it passes over errors of writing.

    Args:
        path: the file.
        n_lines: so many lines it has; None where it is one JSON value.

    Raises:
        UserError: it is not.
    """
    try:
        content = path.read_bytes()
        whole = content.endswith(b"}") if n_lines is None else content.count(b"\n") == n_lines
    except OSError:
        whole = False
    if not whole:
        raise UserError(f"{path}: could not be written, see {LOG_FILE} beside it; answers are kept, {MAKE_ROOM}")


class _LogFile:
    """The file of lmms-eval's messages, which may be lost: a full disk is named by what matters more.

    Loguru itself would take braces in the path of a file for fields.
    """

    def __init__(self, path: Path) -> None:
        self._file: TextIO | None = None
        with suppress(OSError):
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)

    def write(self, message: str) -> None:
        """Write a message, if that can be."""
        with suppress(OSError):
            if self._file:
                self._file.write(printable(redacted(message)))

    def __enter__(self) -> _LogFile:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if self._file:
                self._file.close()


@contextmanager
def no_bars() -> Iterator[None]:
    """Hide lmms-eval's bars, which are for steps that take no time here; ours counts questions."""
    import lmms_eval.api.task
    import lmms_eval.evaluator

    modules = (lmms_eval.api.task, lmms_eval.evaluator)
    shown = [module.tqdm for module in modules]
    for module, bar in zip(modules, shown, strict=True):
        module.tqdm = lambda *args, bar=bar, **kwargs: bar(*args, **{**kwargs, "disable": True})
    try:
        yield
    finally:
        for module, bar in zip(modules, shown, strict=True):
            module.tqdm = bar
