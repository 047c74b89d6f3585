"""Label schemes: the shipped one, and one of a dataset's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import SCHEME_NAME, primitives_scheme, read_scheme, scheme_of
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

OWN = """\
name: five
labels:
  reach: {colour: "#112233", motion: true}
  rest: {colour: "#445566", words: [idle]}
"""


def test_the_shipped_scheme_is_the_five_primitives() -> None:
    scheme = primitives_scheme()
    assert scheme.names == PRIMITIVES
    assert (scheme.motion, scheme.grasp) == (MOTION_PRIMITIVES, GRASP_PRIMITIVES)


def test_a_scheme_beside_the_manifest_is_the_datasets(tmp_path: Path) -> None:
    assert scheme_of(tmp_path / "manifest.csv") is primitives_scheme()
    (tmp_path / SCHEME_NAME).write_text(OWN)
    own = scheme_of(tmp_path / "manifest.csv")
    assert own.words == (("reach", "reach"), ("rest", "rest"), ("idle", "rest"))
    assert own.colours == {"reach": "#112233", "rest": "#445566"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"#112233"', "red", "line 3: labels.reach.colour"),
        ("[idle]", "[reach]", "'reach' stands for two labels"),
        ("motion", "moton", "labels.reach.moton: unknown key; did you mean 'motion'?"),
        ("name: five", "name: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / SCHEME_NAME
    path.write_text(OWN.replace(old, new))
    with pytest.raises(UserError) as found:
        read_scheme(path)
    assert message in str(found.value)
