"""E1, E4: offers as text, typed codes, and offers sealed under them."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol import enrolment
from haidang_protocol.enrolment import (
    Offer,
    check_expiry,
    code_from_text,
    code_id,
    code_to_text,
    offer_from_text,
    offer_to_text,
    open_offer,
    seal_offer,
)
from haidang_protocol.errors import CodeError, OfferError, OfferExpiredError, ProtocolError
from haidang_protocol.limits import INTEGER_MAX
from tests.protocol.strategies import ids, integers
from vectors.cases import Case

CASES: list[Case] = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "enrolment.json").read_text()
)["cases"]

codes = st.binary(min_size=10, max_size=10)
nonces = st.binary(min_size=12, max_size=12)
keys = st.binary(min_size=32, max_size=32)
letters = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
urls = st.builds(
    str.__add__, st.sampled_from(["https://", "http://"]), st.text(letters, min_size=1, max_size=80)
)
offers = st.builds(
    Offer,
    root_set_hash=keys,
    hub=ids(),
    url=urls,
    seed=keys,
    certificate=ids(),
    unit=ids(),
    expiry=integers(),
)


def cases(result: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["result"] == result]


def outcome(case: Case) -> Case:
    """What a case of enrolment.json comes to."""
    match case["of"]:
        case "code":
            code = code_from_text(case["typed"])
            return {"bytes": code.hex(), "text": code_to_text(code), "code_id": code_id(code).hex()}
        case "offer":
            offer = offer_from_text(case["text"])
            fields = {name: getattr(offer, name) for name in offer.__struct_fields__}
            return {
                name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()
            }
        case "sealed":
            offer = open_offer(code_from_text(case["typed"]), bytes.fromhex(case["sealed"]))
            return {"text": offer_to_text(offer)}
        case _:
            check_expiry(offer_from_text(case["text"]), case["now"])
            return {}


@pytest.mark.parametrize("case", cases("valid"))
def test_a_case_of_enrolment_of_the_vectors_is_taken(case: Case) -> None:
    assert {**case, **outcome(case)} == case


@pytest.mark.parametrize("case", cases("invalid"))
def test_a_case_of_enrolment_of_the_vectors_is_refused(case: Case) -> None:
    with pytest.raises(ProtocolError) as refused:
        outcome(case)
    assert refused.value.code == case["code"]


@given(offers, st.text(" \t\r\n", max_size=4))
def test_e1_an_offer_comes_back_from_its_text(offer: Offer, blank: str) -> None:
    text = offer_to_text(offer)
    assert text.startswith("HD1:")
    assert "=" not in text
    assert offer_from_text(blank + text + blank) == offer


@given(offers, st.data())
def test_e1_a_text_with_another_letter_is_refused(offer: Offer, data: st.DataObject) -> None:
    text = offer_to_text(offer)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(letters.filter(lambda letter: letter != text[place]))
    with pytest.raises(OfferError):
        offer_from_text(text[:place] + other + text[place + 1 :])


@given(st.text(max_size=60))
def test_e1_any_other_text_is_refused_in_words(text: str) -> None:
    for tried in (text, "HD1:" + text):
        with pytest.raises(OfferError, match="offer"):
            offer_from_text(tried)


@given(offers, st.integers(-10, 10))
def test_e1_an_offer_is_good_until_its_expiry(offer: Offer, later: int) -> None:
    if later < 0:
        check_expiry(offer, offer.expiry + later)
    else:
        with pytest.raises(OfferExpiredError, match="ask the officer"):
            check_expiry(offer, offer.expiry + later)


def test_e1_an_offer_fits_a_qr_code_at_its_longest() -> None:
    longest = Offer(
        root_set_hash=bytes(32),
        hub=bytes(16),
        url="https://" + "x" * (enrolment.URL_BYTES_MAX - 8),
        seed=bytes(32),
        certificate=bytes(16),
        unit=bytes(16),
        expiry=INTEGER_MAX,
    )
    assert offer_from_text(offer_to_text(longest)) == longest
    assert len(offer_to_text(longest)) < 2331, "version 40 with error correction M holds 2,331 bytes"


@given(codes)
def test_e4_a_code_comes_back_from_its_letters(code: bytes) -> None:
    text = code_to_text(code)
    assert len(text.replace("-", "")) == 16
    assert code_from_text(text) == code


@given(codes, st.data())
def test_e4_a_code_may_be_typed_in_any_case_and_grouping(code: bytes, data: st.DataObject) -> None:
    typed = ""
    for letter in code_to_text(code).replace("-", ""):
        alike = {"0": "0oO", "1": "1iIlL"}.get(letter, letter + letter.lower())
        typed += data.draw(st.sampled_from(alike)) + data.draw(
            st.sampled_from(["", "", "-", " ", "–", "\u2011"])
        )
    assert code_from_text(typed) == code


@given(st.text(max_size=24))
def test_e4_any_other_text_is_no_code(text: str) -> None:
    try:
        code = code_from_text(text)
    except CodeError as refused:
        assert "code" in str(refused)  # noqa: PT017 - most texts are refused, some are codes
    else:
        assert code_from_text(code_to_text(code)) == code


@pytest.mark.parametrize("size", [0, 9, 11])
def test_e4_a_code_is_made_of_ten_bytes(size: int) -> None:
    with pytest.raises(CodeError):
        code_to_text(bytes(size))


@given(codes, offers, nonces)
def test_e4_a_sealed_offer_opens_with_its_code(code: bytes, offer: Offer, nonce: bytes) -> None:
    sealed = seal_offer(code, offer, nonce)
    assert open_offer(code, sealed) == offer
    assert sealed.startswith(nonce)
    assert offer.seed not in sealed


@given(codes, codes, offers, nonces)
def test_e4_no_other_code_opens_it(code: bytes, other: bytes, offer: Offer, nonce: bytes) -> None:
    if other != code:
        with pytest.raises(CodeError, match="does not open"):
            open_offer(other, seal_offer(code, offer, nonce))


@given(codes, offers, nonces, st.data())
def test_e4_an_altered_seal_does_not_open(
    code: bytes, offer: Offer, nonce: bytes, data: st.DataObject
) -> None:
    sealed = bytearray(seal_offer(code, offer, nonce))
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CodeError):
        open_offer(code, bytes(sealed))


@given(codes, st.binary(max_size=80))
def test_e4_any_other_bytes_do_not_open(code: bytes, data: bytes) -> None:
    with pytest.raises(CodeError):
        open_offer(code, data)


@given(codes, st.binary(max_size=60))
def test_e4_what_was_sealed_but_is_no_offer_is_refused(code: bytes, content: bytes) -> None:
    nonce = bytes(12)
    with pytest.raises(OfferError):
        open_offer(code, nonce + enrolment._cipher(code).encrypt(nonce, content, None))


@given(codes, codes)
def test_e4_the_hub_finds_an_offer_by_an_id_that_does_not_tell_the_code(code: bytes, other: bytes) -> None:
    assert (code_id(code) == code_id(other)) == (code == other)
    assert code not in code_id(code)
    assert code_id(code) != enrolment._derive(code, b"haidang/code-seal/1", 16)


@given(codes)
def test_e4_derivation_is_hkdf_of_rfc_5869_without_salt(code: bytes) -> None:
    def keyed(key: bytes, message: bytes) -> bytes:
        made = hmac.HMAC(key, hashes.SHA256())
        made.update(message)
        return made.finalize()

    expanded = keyed(keyed(bytes(32), code), b"haidang/code-id/1\x01")
    assert code_id(code) == expanded[:16]


@pytest.mark.parametrize("size", [0, 11, 13])
def test_e4_a_nonce_has_twelve_bytes(size: int) -> None:
    offer = offer_from_text(CASES[-1]["text"])
    with pytest.raises(OfferError):
        seal_offer(bytes(10), offer, bytes(size))
