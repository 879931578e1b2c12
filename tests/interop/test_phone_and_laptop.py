"""A phone and a laptop report beside each other to a real hub: the same sets, the same states, nothing lost."""

import shutil

import pytest

from tests.interop.conftest import Deployment
from tests.interop.handset import PIN

pytestmark = pytest.mark.unmeasured  # a hub and phones in processes of their own

MARCH, APRIL = "2019-03", "2019-04"


def test_a_phone_enrols_reports_and_meets_a_laptop_in_a_conflict(deployment: Deployment) -> None:
    phone = deployment.phones["Lan"]
    laptop = deployment.laptops["Minh"]
    laptop.ask("report", "F05M", "--period", MARCH, "--set", "sessions=12", "--set", "minutes_own=90")
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"sessions": 15})
    report = phone.do("save")["report"]
    assert phone.do("counts")["saved"] == 1
    laptop.sync()
    phone.sync()
    assert phone.do("counts")["received"] == 1
    (conflict,) = phone.do("conflicts")
    assert conflict["report"] == report
    assert sorted(conflict["values"]) == [[12, "Minh"], [15, "Lan"]]
    laptop.sync()
    assert len(laptop.ask("conflicts", allowed=(5,))["conflicts"]) == 1
    phone.do("resolve", "sessions", 15)
    phone.do("review", report, "confirmed")
    phone.sync()
    laptop.sync()
    assert laptop.ask("conflicts")["conflicts"] == []
    assert [each["verdict"] for each in laptop.ask("show", report)["workflow"]] == ["confirmed"]
    deployment.check_agreement(phone, laptop)


def test_what_was_saved_and_what_was_entered_outlive_the_page(deployment: Deployment) -> None:
    phone = deployment.phones["Hoa"]
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"minutes_relay": 30})
    phone.do("save")
    phone.do("fill", "F05M", None, APRIL)
    phone.do("put", {"sessions": 7, "topics": ["YTE"]})
    phone.do("row", "issue", {"issue_type": "TBI"})
    phone.die()
    assert phone.do("counts")["saved"] == 1
    (draft,) = phone.do("drafts")
    assert phone.do("open", draft["report"])["sessions"] == 7
    phone.do("save")
    assert phone.do("drafts") == []
    phone.do("sync")
    phone.die()
    assert phone.do("counts") | {"conflicts": 0, "waiting": 0} == {
        "saved": 0, "sending": 0, "carried": 0, "received": 2, "drafts": 0, "conflicts": 0, "waiting": 0,
    }  # fmt: skip
    deployment.check_agreement(phone, deployment.office)


def test_a_phone_put_back_to_an_old_backup_loses_nothing_and_goes_on(deployment: Deployment) -> None:
    phone = deployment.phones["Tâm"]
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"broken_days": 1})
    phone.do("save")
    phone.do("backup")
    phone.sync()
    phone.do("put", {"broken_days": 2})
    phone.do("save")
    phone.sync()
    phone.do("restore", phone.origin)
    phone.unlock()
    phone.do("fill", "F05M", None, APRIL)
    phone.do("put", {"broken_days": 3})
    phone.do("save")
    phone.sync()
    phone.sync()
    assert phone.do("counts")["saved"] == 0
    assert len({each["period"] for each in phone.do("reports")}) == 2
    phone.do("put", {"broken_days": 4})
    phone.do("save")
    phone.sync()
    assert phone.do("incarnation") == 1
    deployment.check_agreement(phone, deployment.office)


def test_a_hub_put_back_to_an_old_backup_is_healed_by_a_phone(deployment: Deployment) -> None:
    phone = deployment.phones["Nga"]
    hub = deployment.hub
    kept = deployment.folder / "old-hub"
    hub.stop()
    shutil.copytree(hub.folder, kept)
    hub.start()
    phone.do("fill", "F05M", None, APRIL)
    phone.do("put", {"urgent_bulletins": 4})
    phone.do("save")
    phone.sync()
    assert phone.do("counts")["received"] == 1
    hub.stop()
    shutil.rmtree(hub.folder)
    shutil.copytree(kept, hub.folder)
    hub.start()
    report = phone.sync()
    assert report["healed"] == 1, report
    assert phone.do("counts")["received"] == 1
    deployment.check_agreement(phone, deployment.office)


def test_a_phone_ten_years_ahead_neither_wins_nor_loses(deployment: Deployment) -> None:
    phone = deployment.phones["Sáu"]
    phone.do("lock")
    phone.start(ahead_s=10 * 365 * 86_400)
    phone.unlock()
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"minutes_relay": 31})
    phone.do("save")
    phone.sync()
    assert abs(phone.do("contact")["clockAhead"] - 10 * 365 * 86_400) < 60
    deployment.check_agreement(phone, deployment.office)


def test_a_phone_without_a_network_hands_its_work_to_a_laptop_in_a_bundle(deployment: Deployment) -> None:
    phone = deployment.phones["Út"]
    laptop = deployment.laptops["Minh"]
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"minutes_own": 44})
    phone.do("save")
    file = deployment.folder / "from-phone.bundle"
    file.write_bytes(bytes.fromhex(phone.do("export")))
    assert phone.do("counts")["carried"] == 1
    laptop.ask("bundle", "import", file)
    laptop.sync()
    back = deployment.folder / "from-laptop.bundle"
    laptop.ask("bundle", "export", back)
    assert phone.do("import", back.read_bytes().hex())["receipts"] > 0
    assert phone.do("counts")["received"] == 1
    deployment.check_agreement(phone, laptop)


def test_an_offer_is_good_for_one_device_and_a_code_for_one_phone(deployment: Deployment) -> None:
    office = deployment.office
    code = office.ask("invite", "Xã Hòn Nghệ", "--role", "reporter", "--person", "Tư")["code"]
    phone = deployment.handset("Tư")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert phone.ask("enrol", wrong, PIN)["error"] == "bad-code"
    assert phone.ask("enrol", "HD1:nonsense", PIN)["error"] == "bad-offer"
    made = phone.do("enrol", code, PIN)
    phone.sync()
    assert phone.do("person")["confirmed"] is False
    phone.do("fill", "F05M", None, MARCH)
    phone.do("put", {"broken_days": 9})
    phone.do("save")
    phone.sync()
    assert phone.do("answers")["broken_days"] == 9
    deployment.confirm(made["fingerprint"])
    phone.sync()
    assert phone.do("person")["confirmed"] is True
    offer = deployment.offer("Chín", "reporter")
    office.sync()
    first, second = deployment.handset("Chín"), deployment.handset("Chín hai")
    made = first.do("enrol", offer, PIN)
    second.do("enrol", offer, PIN)
    first.sync()
    second.sync()
    deployment.confirm(made["fingerprint"])
    first.sync()
    second.sync()
    assert first.do("person")["confirmed"] is True
    assert second.do("person")["confirmed"] is False
    deployment.check_agreement(phone, first)
