"""The review's server: what it answers, and whom it does not."""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.review.data import ReviewSession, SaveRefused, VideoToReview
from lmms_eval_plugins.reports.review.desk import Desk, open_desk
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.server import bound_socket, make_app
from tests.conftest import make_assessment
from tests.reports.review.conftest import DRAWN, to_save

OWN = "http://127.0.0.1:8737"
RUN = Path(__file__).parents[2] / "golden" / "fixtures" / "runs" / "strokerehab_primitives_3" / "noisy"


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    """The page of anna's review of three videos, in the order of the manifest."""
    with ExitStack() as stack:
        app = make_app(open_desk(data, "anna", None, "manifest", stack), "secret", 8737)
        yield TestClient(app, base_url=f"{OWN}/secret/", headers={"Origin": OWN})


def message(response: object) -> str:
    """Return what a refusal says, in one line."""
    text = SaveRefused.model_validate_json(response.text).message  # type: ignore[attr-defined]
    assert "\n" not in text
    return text


def put(client: TestClient, address: str, content: str, headers: Mapping[str, str] | None = None) -> object:
    return client.put(address, content=content, headers={"Content-Type": "application/json", **(headers or {})})


def test_a_session_from_the_list_to_the_label_file(client: TestClient, data: Path) -> None:
    session = ReviewSession.model_validate_json(client.get("api/session").text)
    assert (session.rater, session.dataset, session.run) == ("anna", "data", None)
    first = session.videos[0]
    assert (first.id, first.duration_ms, first.hand, first.state) == ("P01_feeding1_1", 2000, "right", "new")
    video = VideoToReview.model_validate_json(client.get("api/videos/0").text)
    assert (video.revision, video.tracks, video.drafts, video.done) == ("", None, (), False)
    saved = client.put("api/videos/0", json=to_save(done=True).model_dump())
    assert saved.status_code == 200
    again = VideoToReview.model_validate_json(client.get("api/videos/0").text)
    assert (again.revision, again.tracks, again.draft, again.done) == (saved.json()["revision"], DRAWN, "rule", True)
    listed = ReviewSession.model_validate_json(client.get("api/session").text).videos[0]
    assert (listed.state, listed.active_s) == ("done", 10)
    assert (data / "labels" / "anna" / "P01_feeding1_1.csv").read_text().startswith("Time_s,MarkerNames\n0.000,r_reach")


def test_the_page_and_its_parts(client: TestClient) -> None:
    page = client.get("")
    assert page.status_code == 200 and 'data-mode="review"' in page.text and "Review of data" in page.text
    for name in ("app.js", "app.css"):
        assert client.get(name).status_code == 200
    assert client.get("other.js").status_code == client.get("..%2fdata.py").status_code == 404
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "no-referrer"


def test_videos_of_the_dataset_are_sent_in_parts(client: TestClient, data: Path) -> None:
    path = data / "P01" / "P01_feeding1_1.mp4"
    part = client.get("media/videos/0", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, path.read_bytes()[4:8])
    assert part.headers["content-type"] == "video/mp4"
    assert message(client.get("media/videos/3")) == "there is no video number 3 in this review"
    for address in ("media/labels/0", "media/videos/-1", "media/videos/..%2f..%2fmanifest.csv", "media/videos/1e0"):
        assert client.get(address).status_code == 404
    path.unlink()
    assert "is not where the manifest says" in message(client.get("media/videos/0"))


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (f"{OWN}/wrong/", {}),
        (f"{OWN}/", {}),
        (f"{OWN}/secret/", {"Host": "evil.example:8737"}),
        (f"{OWN}/secret/", {"Host": "127.0.0.1:80"}),
        (f"{OWN}/secret/api/session", {"Origin": "http://evil.example"}),
        (f"{OWN}/secret/api/session", {"Origin": "null"}),
        (f"{OWN}/secret/api/session", {"Origin": "http://127.0.0.1:9999"}),
        (f"{OWN}/secret/api/session", {"Sec-Fetch-Site": "cross-site"}),
        (f"{OWN}/secret/media/videos/0", {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_strangers_get_one_clear_line(client: TestClient, address: str, headers: Mapping[str, str]) -> None:
    refused = client.get(address, headers=dict(headers))
    assert refused.status_code == 403
    assert refused.text == (
        "This address is not that of a review in progress: open the one that `strokerehab review` printed.\n"
    )


def test_a_save_without_an_origin_is_refused(client: TestClient, data: Path) -> None:
    del client.headers["origin"]
    assert client.get("api/session").status_code == 200, "as from the address bar"
    refused = client.put("api/videos/0", json=to_save().model_dump())
    assert refused.status_code == 403 and not (data / "labels" / "anna" / "P01_feeding1_1.csv").exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "top level: Invalid JSON"),
        ("{}", "revision: this key is missing"),
        (to_save().model_dump_json().replace('"draft"', '"drft"'), "drft: unknown key; did you mean 'draft'?"),
        (to_save().model_dump_json().replace('"right"', '"third"'), "third"),
        (to_save().model_dump_json().replace("1234", "700"), "'transport' at 0.700 s: has no length"),
        (to_save().model_dump_json().replace("1234", "1e999"), "end_ms"),
    ],
)
def test_what_is_not_understood_is_one_line(client: TestClient, content: str, expected: str) -> None:
    refused = put(client, "api/videos/0", content)
    assert refused.status_code == 400 and expected in message(refused)  # type: ignore[attr-defined]
    assert VideoToReview.model_validate_json(client.get("api/videos/0").text).revision == ""


def test_other_bodies_are_refused(client: TestClient) -> None:
    form = put(client, "api/videos/0", to_save().model_dump_json(), {"Content-Type": "text/plain"})
    assert "application/json" in message(form)
    long = put(client, "api/videos/0", "x" * 8_000_001)
    assert "at most 8,000,000 bytes" in message(long)


def test_two_tabs(client: TestClient) -> None:
    first = client.put("api/videos/0", json=to_save().model_dump()).json()["revision"]
    behind = client.put("api/videos/0", json=to_save({}).model_dump())
    assert behind.status_code == 409 and "another tab" in message(behind) and behind.json()["revision"] == first


def test_a_label_file_of_another_rater(client: TestClient, data: Path) -> None:
    own = data / "labels" / "anna" / "P01_feeding1_1.csv"
    own.write_text("Time_s,MarkerNames\n0.0,r_reach\n1.0,\n")
    for refused in (client.get("api/videos/0"), client.put("api/videos/0", json=to_save().model_dump())):
        assert refused.status_code == 409 and "was not drawn here" in message(refused)
        assert refused.json()["revision"] is None
    assert client.get("api/videos/1").status_code == 200


def test_a_full_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/labels/anna/x.csv")

    with monkeypatch.context() as patched:
        patched.setattr(RaterFolder, "replace", full)
        refused = client.put("api/videos/0", json=to_save().model_dump())
    assert refused.status_code == 507
    assert message(refused) == "x.csv: not saved: No space left on device; make room, and it is tried again"
    assert client.put("api/videos/0", json=to_save().model_dump()).status_code == 200


def test_a_bug_is_one_line_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(Desk, "session", breaks)
    quiet = TestClient(client.app, base_url=f"{OWN}/secret/", raise_server_exceptions=False)
    refused = quiet.get("api/session")
    assert refused.status_code == 500 and message(refused) == "KeyError: 'x' (a bug?)"


def test_a_run_gives_drafts_and_the_order(data: Path, tmp_path: Path) -> None:
    run = shutil.copytree(next(RUN.iterdir()), tmp_path / "run")
    with ExitStack() as stack:
        desk = open_desk(data, "bob", run, "uncertain", stack)
        session = desk.session()
    uncertainty = [video.uncertainty for video in session.videos]
    assert uncertainty == sorted(uncertainty, key=lambda value: -(value or 0)) and len(set(uncertainty)) > 1
    assert session.run == "noisy on strokerehab_primitives_3"
    assert [draft.name for draft in desk.video(0).drafts] == ["rule"]


def test_clips_are_marked(tmp_path: Path) -> None:
    data = make_assessment(tmp_path / "clips")
    with ExitStack() as stack:
        desk = open_desk(data, "anna", None, "manifest", stack)
        client = TestClient(make_app(desk, "secret", 8737), base_url=f"{OWN}/secret/", headers={"Origin": OWN})
        session = ReviewSession.model_validate_json(client.get("api/session").text)
        place = next(number for number, clip in enumerate(session.clips) if len(clip.items) == 3)
        assert not session.videos and session.clips[place].items[0] == (31, "tremor")
        marks = {"start_ms": 100, "end_ms": 900, "scores": {"31": 2}}
        given = {"revision": "", "tab": "a", "marks": marks, "active_s": 3, "done": True}
        saved = client.put(f"api/clips/{place}", json=given)
        assert saved.status_code == 200
        again = client.get(f"api/clips/{place}").json()
        assert (again["marks"], again["revision"], again["done"]) == (marks, saved.json()["revision"], True)
        assert client.get(again["media"]).status_code == 200
        assert client.put(f"api/clips/{place}", json={**given, "marks": {**marks, "end_ms": 800}}).status_code == 409
        too_high = {**given, "revision": again["revision"], "marks": {**marks, "scores": {"31": 3}}}
        assert "31: Input should be less than or equal to 2" in message(client.put(f"api/clips/{place}", json=too_high))


def test_nothing_to_review(tmp_path: Path) -> None:
    with ExitStack() as stack, pytest.raises(UserError, match="no such manifest; make one with `strokerehab index"):
        open_desk(tmp_path, "anna", None, "manifest", stack)


def test_a_port_in_use() -> None:
    with bound_socket(0) as listener:
        port = listener.getsockname()[1]
        assert listener.getsockname()[0] == "127.0.0.1"
        with pytest.raises(UserError, match=f"port {port} is in use; end what uses it, or give another with --port"):
            bound_socket(port)
        socket.create_connection(("127.0.0.1", port)).close()
