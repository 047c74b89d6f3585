from __future__ import annotations

import pandas as pd
import pytest

from lmms_eval_plugins.reports.tables.against import against


def test_differences_are_of_shared_videos_and_corrected_together() -> None:
    best = pd.Series({f"v{n}": 10.0 for n in range(8)})
    values = {
        "best": best,
        "worse": best - pd.Series({f"v{n}": float(n + 1) for n in range(8)}),
        "equal": best[["v0", "v1"]],
    }
    found = against(values, "best", {f"v{n}": f"p{n}" for n in range(8)})
    assert list(found) == ["worse", "equal"]
    assert found["worse"].value is not None and found["worse"].value.value == pytest.approx(-4.5)
    assert found["worse"].value.low is not None and found["worse"].value.low > -8
    assert found["worse"].p is not None and found["worse"].p.value == pytest.approx(2 * 2 / 2**8)
    assert found["equal"].p is not None and found["equal"].p.value == 1


def test_nothing_shared_is_nothing_to_compare() -> None:
    found = against({"a": pd.Series({"v": 1.0}), "b": pd.Series({"w": 1.0})}, "a", {"v": "p", "w": "q"})
    assert found["b"].value is None and found["b"].p is None
