"""The phone app over HTTP: one build whole, kept as long as it may be, and pages that can run nothing but it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_server.app_files import read_app
from haidang_server.errors import AppMissingError
from haidang_server.routes import phone
from haidang_server.settings import Settings
from tests.server.running import Running, running

SCRIPT = "export const words = 'Hải Đăng';\n" * 40


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A built app."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>Hải Đăng</title>" + "<p>Việc</p>" * 50)
    (built / "sw.js").write_text("self.addEventListener('fetch', () => undefined);")
    (built / "icon-192.png").write_bytes(bytes(range(256)))
    (built / "notes.txt").write_text("not of the app")
    (built / "assets" / "app-4f2a.js").write_text(SCRIPT)
    return built


@pytest.fixture
def hub(folder: Path, app: Path) -> Iterator[Running]:
    with running(folder, app=app) as server:
        yield server


def test_the_first_page_is_the_app(hub: Running, app: Path) -> None:
    answer = hub.http.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == (app / "index.html").read_text()


def test_no_page_of_the_app_may_run_inline_or_foreign_script(hub: Running) -> None:
    policy = hub.http.get("/").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert rules["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("path", ["/", "/sw.js", "/assets/app-4f2a.js", "/icon-192.png"])
def test_every_file_is_guarded(hub: Running, path: str) -> None:
    headers = hub.http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]
    assert "content-security-policy" in headers


def test_files_named_by_their_content_are_kept_and_all_others_are_asked_for_each_time(hub: Running) -> None:
    assert "immutable" in hub.http.get("/assets/app-4f2a.js").headers["cache-control"]
    for path in ("/", "/sw.js", "/icon-192.png"):
        assert hub.http.get(path).headers["cache-control"] == "no-cache"


def test_what_did_not_change_is_not_sent_again(hub: Running) -> None:
    tag = hub.http.get("/").headers["etag"]
    again = hub.http.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_text_is_sent_small_to_whoever_can_read_that(hub: Running) -> None:
    with hub.http.stream("GET", "/assets/app-4f2a.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert len(b"".join(answer.iter_raw())) < len(SCRIPT) / 5
    plain = hub.http.get("/assets/app-4f2a.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT


def test_what_is_no_part_of_the_app_is_not_served(hub: Running) -> None:
    for path in ("/notes.txt", "/assets/../index.html", "/assets/none.js", "/index.html"):
        assert hub.http.get(path).status_code == 404


def test_a_build_that_appears_while_the_hub_runs_does_not_mix_with_the_old_one(
    hub: Running, app: Path
) -> None:
    (app / "assets" / "app-4f2a.js").write_text("half a fi")
    assert hub.http.get("/assets/app-4f2a.js").text == SCRIPT


def test_the_api_answers_as_before(hub: Running) -> None:
    assert hub.http.get("/healthz").json() == {"status": "ok"}
    assert hub.http.get("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_a_server_without_the_app_says_so_in_both_languages(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "app_folder", lambda _: None)
    with running(folder) as server:
        answer = server.http.get("/")
        assert answer.status_code == 503
        assert "chưa được dựng" in answer.text
        assert "not built" in answer.text
        assert server.http.get("/healthz").status_code == 200


def test_a_chosen_folder_without_an_app_is_refused_at_the_start(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AppMissingError) as refused:
        phone.phone_handlers(tmp_path / "nowhere")
    assert "nowhere" in refused.value.sentence("vi")
    assert Settings().app is None


def test_reading_an_app_names_files_by_their_paths(app: Path) -> None:
    files = read_app(app)
    assert set(files) == {"/", "/sw.js", "/icon-192.png", "/assets/app-4f2a.js"}
    assert files["/icon-192.png"].packed is None
    assert len({file.tag for file in files.values()}) == len(files)
