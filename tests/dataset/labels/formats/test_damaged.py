"""Whatever is in a label file, it is read or refused with one line; it never ends in a traceback."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.dataset.labels.convert import LabelReader
from tests.dataset.labels.formats import test_boris_project, test_boris_tables, test_cvat, test_label_studio, test_via
from tests.support.label_tools import eaf, slots, tier

TEXTS = {
    "x.eaf": eaf(tier("Right", ("reach", 1, 2), ANNOTATOR="A") + tier("l", ("idle", 2, 3), first=4), slots(0, None, 9)),
    "x.boris": json.dumps(test_boris_project.project(*test_boris_project.EVENTS)),
    "aggregated.csv": test_boris_tables.AGGREGATED,
    "new.csv": test_boris_tables.NEW_AGGREGATED,
    "old.tsv": test_boris_tables.OLD_TABULAR,
    "tabular.csv": test_boris_tables.NEW_TABULAR,
    "events.csv": test_boris_tables.EVENTS,
    "studio.json": json.dumps(
        [
            test_label_studio.task(
                test_label_studio.by(1, test_label_studio.region("reach", 1, 30)),
                predictions=[{"model_version": "m", "result": [test_label_studio.region("idle", 1, 30)]}],
            )
        ]
    ),
    "via.json": json.dumps(test_via.project({"z": [2, 6.5], "av": {"1": "1"}}, {"z": [1], "xy": [2, 1], "av": {}})),
    "cvat.xml": test_cvat.cvat(
        f'<track id="0" label="r_reach">{test_cvat.box(3)}{test_cvat.box(9, 1)}</track>'
        f'<image id="1" name="frame_000001"><tag label="r_idle">{test_cvat.attribute("side", "left")}</tag></image>'
    ),
    "table.csv": "video,start,stop,label,side,fps\na.mp4,0,1.5,reach,right,30\na.mp4,0:01.5,3,idle,R,\n",
}
ODD = ("", "-1", "1e999", "nan", "x", "0", "99999999999999999999", "null", "\u202e", "[]", "{}", "true", '"a"', "é")


def odd_json(value: object, chance: random.Random) -> object:
    if chance.random() < 0.06:
        return chance.choice([None, -1, 1e308, "x", [], {}, True, [[]], {"a": None}, "\ud83d\ude00", 10**30])
    if isinstance(value, dict):
        return {key: odd_json(one, chance) for key, one in value.items() if chance.random() > 0.02}
    return [odd_json(one, chance) for one in value] if isinstance(value, list) else value


def odd_text(text: str, chance: random.Random) -> str:
    parts = re.split(r'([",;\t\n<> ]+)', text)
    for _ in range(chance.randint(1, 4)):
        parts[chance.randrange(len(parts))] = chance.choice(ODD)
    return "".join(parts)


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.booleans())
def test_a_damaged_file_is_read_or_refused(name: str, seed: int, cut: bool) -> None:
    chance, text = random.Random(seed), TEXTS[name]
    if text.startswith(("{", "[")) and chance.random() < 0.8:
        text = json.dumps(odd_json(json.loads(text), chance))
    else:
        text = odd_text(text, chance)
    text = text[: chance.randrange(len(text) + 1)] if cut else text
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        found = list(LabelReader().read_file(path))
    assert all(one.video or "wrong" in {remark.grade for remark in one.remarks} for one in found)
