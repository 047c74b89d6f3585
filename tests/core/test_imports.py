from __future__ import annotations

import gc

import pytest

from lmms_eval_plugins.core.imports import large_imports


def test_garbage_waits_until_the_imports_are_done() -> None:
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), large_imports():
        assert not gc.isenabled()
        with large_imports():
            pass
        assert not gc.isenabled(), "the outer block is not done"
        raise ModuleNotFoundError
    assert gc.isenabled()
