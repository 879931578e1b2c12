import inspect

import pytest

from haidang_syncclient import errors
from haidang_syncclient.error_words import WORDS
from haidang_syncclient.errors import BusyError, NetworkError, OursError, RefusedError, SyncError, TheirsError
from haidang_syncclient.words import Both

EVERY = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SyncError)]


@pytest.mark.parametrize("kind", EVERY)
def test_each_error_says_in_two_languages_what_happened_what_is_safe_and_what_to_do(
    kind: type[SyncError],
) -> None:
    error = kind("chi tiết")
    vi, en = error.words("vi"), error.words("en")
    assert all(vi)
    assert all(en)
    assert vi != en
    assert "{" not in error.sentence("vi") + error.sentence("en")
    assert str(error) == error.sentence("en")


def test_the_codes_are_different_and_each_has_its_words() -> None:
    codes = [kind.code for kind in EVERY if kind not in (OursError, TheirsError, NetworkError)]
    assert sorted(codes) == sorted(WORDS)


def test_the_tree_is_drawn_whole_in_the_docstring() -> None:
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in EVERY if kind.__name__ not in drawn] == []


def test_a_refusal_keeps_the_servers_code_and_a_busy_server_its_wish() -> None:
    refused = RefusedError("quota", "quá nhiều", 429)
    assert (refused.problem, refused.status, refused.detail) == ("quota", 429, "quota: quá nhiều")
    assert BusyError("503", retry_after_s=7.5).retry_after_s == 7.5


def test_what_a_server_says_is_told_in_the_persons_language() -> None:
    refused = RefusedError("bad-signature", "The signature is not right.", 403, "Chữ ký không đúng.")
    assert "bad-signature: Chữ ký không đúng. " in refused.sentence("vi")
    assert "bad-signature: The signature is not right. " in refused.sentence("en")
    busy = BusyError(Both("disk-full: Máy chủ hết chỗ.", "disk-full: The server has no room."))
    assert "disk-full: Máy chủ hết chỗ" in busy.sentence("vi")
    assert "Máy chủ" not in busy.sentence("en")
    assert "quota" in RefusedError("quota").sentence("vi")
