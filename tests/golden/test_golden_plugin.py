"""What lmms-eval's own command line needs of this package: models by the entry point, tasks by ``--include_path``."""

from __future__ import annotations

from importlib.metadata import entry_points

from lmms_eval.models import MODEL_REGISTRY_V2
from lmms_eval.tasks import TaskManager

from tests.golden.plans import ROOT

MODELS = {
    *("rehab_qwen2_5_vl", "rehab_qwen3_vl", "rehab_llava_onevision", "rehab_llava_next_video", "rehab_internvl"),
    *("rehab_server", "rehab_llava_next", "rehab_longva", "rehab_vila"),
    *("omniscient", "always_transport", "constant", "bot", "markov", "replay"),
}

TASKS = {
    *(f"strokerehab_primitives_{number}" for number in (1, 2, 3)),
    *(f"strokerehab_ia{number}_{items}" for number in (1, 2, 3, 4) for items in ("3_30", "31_33")),
    *("strokerehab_counting", "strokerehab_identification_1", "strokerehab_identification_2"),
}

GROUPS = {"strokerehab", "strokerehab_primitives", "strokerehab_identification", "strokerehab_impairment"}


def test_models_by_the_entry_point() -> None:
    (point,) = (one for one in entry_points(group="lmms_eval.models") if one.name == "strokerehab")
    assert {manifest.model_id for manifest in point.load()} >= MODELS


def test_model_classes_are_found() -> None:
    for name in sorted(MODELS):
        assert isinstance(MODEL_REGISTRY_V2.get_model_class(name), type)


def test_tasks_by_the_included_path() -> None:
    manager = TaskManager(include_path=str(ROOT / "tasks"), include_defaults=False)
    assert set(manager.all_tasks) >= TASKS | GROUPS
