from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.models.answering import NOTHING_LENT, Session
from lmms_eval_plugins.models.registered import RehabServer
from lmms_eval_plugins.models.server import client
from tests.support.fake_server import MODEL, Fake
from tests.support.requests import rows_in

Make = Callable[..., RehabServer]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of hundredths of a second."""
    monkeypatch.setattr(client, "backoff_s", lambda attempt, chance: 0.02 * (1 + chance))


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as server:
        yield server


@pytest.fixture
def make(fake: Fake) -> Make:
    """A model at the fake server, with some arguments changed."""

    def made(session: Session = NOTHING_LENT, **arguments: Any) -> RehabServer:
        return RehabServer(session, **{"base_url": fake.base_url, "model": MODEL, "concurrency": 1, **arguments})

    return made


@pytest.fixture(scope="session")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    """Three videos, four windows each, two questions each."""
    return rows_in(mini_dataset)
