"""Made-up reports of networks and systems: F03P, F03M, F04A, F04S, F06, F08, F10, F10M."""

from collections.abc import Iterator
from typing import Any

from haidang_protocol.definitions.periods import Period
from haidang_server.example.draw import Draw
from haidang_server.example.places import OPERATORS, Place, Site, site_of
from haidang_server.example.report import Filing, Report, days_later, delay_days
from haidang_server.example.reports_of_posts import difficulties
from haidang_server.example.synthetic_photo import pick_photo
from haidang_server.example.synthetic_text import INCIDENTS, OUTAGES
from haidang_server.example.year import STARTED, month_of

WIFI_TASK = "TB171-2.2b"
COVERAGE_TASK = "TB171-2.2a"
SHARING_TASK = "TB171-2.2c"
DATA_CENTRE_TASK = "TB171-2.3d"
SECURITY_TASK = "TB171-2.3g"
MASTS_PER_REPORT = 20
"""One made-up mast stands for so many of the province's 2,085."""


def reports_of_networks(
    place: Place, months: tuple[Period, ...], quarters: tuple[Period, ...]
) -> Iterator[Report]:
    """Yield a place's reports on Wi-Fi, coverage, masts, the data centre and cyber security."""
    if place.wifi is not None:
        yield _wifi_profile(place, place.wifi)
        yield from _wifi_months(place, place.wifi, months)
    if place.version.level == "commune":
        yield from _coverage(place, quarters)
        yield from _outages(place)
    elif place.version.level == "district":
        yield from _masts(place)
    else:
        yield from _data_centre(place, quarters)
    yield from _security(place, months)


def _wifi_profile(place: Place, site: Site) -> Report:
    draw = place.draw("F03P")
    stage = draw.weighted({"DX": 2, "KS": 2, "PD": 1, "HD": 6})
    day = days_later(STARTED, draw.whole(0, 60))
    answers: dict[str, Any] = {
        "site_code": site.code,
        "site_name": site.name,
        "site_kind": draw.one(["CV", "CHO", "BX", "DL", "TSCQ"]),
        "stage": stage,
        "wifi_operator": draw.one(OPERATORS),
        "ap_count": draw.whole(1, 6),
        "range_m": draw.one([50, 80, 150]),
        "bandwidth_mbps": draw.one([20, 40, 80]),
        "ssid": "KienGiang_Free_WiFi",
        "fund": [
            {"fund_source": "DN", "share_pct": 700, "money_month": 1_050_000},
            {"fund_source": "XHH", "share_pct": 300, "money_month": 450_000},
        ],
        "loc": place.position("wifi"),
    }
    if stage == "HD":
        answers |= {"start_date": days_later(day, -draw.whole(20, 300)), "site_photo": [pick_photo(draw)]}
    return Filing(
        place=place, family="F03P", directive=WIFI_TASK, post="district", role="district_officer", site=site
    ).on(day, answers)


def _wifi_months(place: Place, site: Site, months: tuple[Period, ...]) -> Iterator[Report]:
    for period in months:
        draw = place.draw("F03M", period.start)
        delay = delay_days(place, period)
        if delay is None:
            continue
        works = draw.chance(0.92)
        answers: dict[str, Any] = {
            "works_now": works,
            "uptime_days": draw.part(period.days, 0.95),
            "wifi_sessions": draw.around(2400 * place.size),
            "peak_users": draw.around(45 * place.size),
            "complaints": draw.whole(0, 3),
            "visit_loc": place.position("wifi"),
        }
        answers |= {"test_down_mbps": draw.around(180)} if works else {}
        answers |= {"issue": rows} if (rows := difficulties(draw, 0.1)) else {}
        filing = Filing(
            place=place, family="F03M", directive=WIFI_TASK, post="officer", site=site, period=period
        )
        yield filing.on(days_later(period.end, delay), answers)


def _coverage(place: Place, quarters: tuple[Period, ...]) -> Iterator[Report]:
    for quarter, period in enumerate(quarters):
        delay = delay_days(place, period)
        if delay is None:
            continue
        area = "HD" if place.remoteness > 0.8 else "BG" if place.remoteness > 0.5 else "DB"
        hamlets = [_hamlet(place, name, area) for name in place.hamlets]
        rows = [_signal(place, name, operator, quarter) for name in place.hamlets for operator in OPERATORS]
        filing = Filing(place=place, family="F04A", directive=COVERAGE_TASK, post="officer", period=period)
        yield filing.on(days_later(period.end, delay), {"hamlets": hamlets, "coverage": rows})


def _hamlet(place: Place, name: str, area: str) -> dict[str, Any]:
    draw = place.draw("hamlet", name)
    return {
        "hamlet": name,
        "area_class": [area],
        "households": draw.around(310 * place.size),
        "fixed_broadband": draw.weighted(
            {"CQ": 6 - 4 * place.remoteness, "ADSL": 2, "K": 1 + 5 * place.remoteness}
        ),
        "power_outage": draw.chance(0.3 + 0.3 * place.remoteness),
    }


def _signal(place: Place, hamlet: str, operator: str, quarter: int) -> dict[str, Any]:
    draw = place.draw("signal", hamlet, operator)
    gap = place.remoteness * 0.35 - quarter * 0.04
    voice = "K" if draw.chance(gap / 2) else "Y" if draw.chance(gap + 0.08) else "T"
    row: dict[str, Any] = {"at_hamlet": hamlet, "operator": operator, "voice": voice}
    if voice == "K":
        return row | {"data": "K", "spot": place.position("spot", hamlet)}
    strength = -draw.whole(96, 112) if voice == "Y" else -draw.whole(62, 95)
    data = draw.weighted({"4G": 5 + quarter, "3G": 3, "2G": 0.5})
    return row | {
        "data": data,
        "measured_dbm": strength,
        "down_mbps": draw.around(140 if data == "4G" else 30),
    }


def _outages(place: Place) -> Iterator[Report]:
    draw = place.draw("F04S")
    for number in range(draw.whole(0, 2) if draw.chance(0.2 + 0.5 * place.remoteness) else 0):
        cause = draw.weighted({"DIEN": 4, "DUT": 2, "BAO": 3, "KHAC": 1})
        day = days_later(STARTED, draw.whole(100, 280))
        lasted = draw.whole(40, 700)
        ended = f"{day}T{8 + lasted // 60:02d}:{lasted % 60:02d}"
        answers = {
            "started": f"{day}T08:00",
            "ended": ended,
            "cause": cause,
            "operators": draw.some(OPERATORS, 1, 3),
            "hit_hamlets": ", ".join(draw.some(place.hamlets, 1, 4)),
        }
        filing = Filing(place=place, family="F04S", directive=COVERAGE_TASK, post="officer", number=number)
        yield filing.on(days_later(day, draw.whole(0, 3)), answers, OUTAGES[cause])


def _masts(place: Place) -> Iterator[Report]:
    masts = place.district.masts if place.district else 0
    for number in range(1, masts // MASTS_PER_REPORT + 2):
        draw = place.draw("F06", number)
        code = f"COT-{place.version.code}-{number:02d}"
        site = site_of(place.seed, place.unit, "telecom_asset", code, code)
        day = days_later(STARTED, draw.whole(10, 200))
        owned = Filing(
            place=place,
            family="F06",
            directive=SHARING_TASK,
            post="asset",
            role="province_officer",
            site=site,
        )
        yield owned.on(day, {"asset_code": code, "asset_kind": "COT"})
        owner = draw.one(OPERATORS)
        unsafe = draw.chance(0.05)
        answers: dict[str, Any] = {
            "mast_type": draw.weighted({"A2b": 92, "A2a": 6, "A1b": 1, "A2c": 1}),
            "owner": owner,
            "tenants": draw.some([name for name in OPERATORS if name != owner], 0, 1),
            "rent": draw.whole(20, 60) * 100_000,
            "unsafe": unsafe,
            "loc": place.position("mast", number),
            "checked_on": day,
        }
        answers |= {"unsafe_photo": [pick_photo(draw)]} if unsafe else {}
        checked = Filing(
            place=place,
            family="F06",
            directive=SHARING_TASK,
            post="district",
            role="district_officer",
            site=site,
        )
        yield checked.on(days_later(day, draw.whole(1, 20)), answers)


def _data_centre(place: Place, quarters: tuple[Period, ...]) -> Iterator[Report]:
    site = site_of(place.seed, place.unit, "data_centre", "TTDL-01", "Trung tâm dữ liệu tỉnh")
    for quarter, period in enumerate(quarters):
        draw = place.draw("F08", period.start)
        planned = period.days * 1440
        answers: dict[str, Any] = {
            "milestones": [{"milestone": ("RS", "DT", "BV", "DTH")[quarter], "milestone_date": period.end}],
            "racks": 8,
            "servers_phys": 24 + quarter,
            "servers_virtual": 90 + 12 * quarter,
            "cores": 480,
            "ram_tb": 30 + 5 * quarter,
            "storage_tb": 1200,
            "storage_used_tb": 610 + 45 * quarter,
            "systems_hosted": 42 + 3 * quarter,
            "systems_migrated": 18 + 3 * quarter,
            "agencies_total": 36,
            "agencies_hosted": 24 + 2 * quarter,
            "planned_min": planned,
            "uptime_min": planned - draw.whole(20, 400),
            "duty_staff": 6,
            "duty_shifts": period.days * 3,
            "backup_ok": quarter != 2,
            "restore_tested": days_later(period.end, -draw.whole(5, 60)),
            "ups_minutes": 45,
            "security_level": "3",
        }
        filing = Filing(
            place=place, family="F08", directive=DATA_CENTRE_TASK, post="centre", role="province_officer", site=site,
            period=period,
        )  # fmt: skip
        yield filing.on(days_later(period.end, 8), answers)


def _security(place: Place, months: tuple[Period, ...]) -> Iterator[Report]:
    number = 0
    for period in months:
        draw = place.draw("F10M", period.start)
        delay = delay_days(place, period)
        if delay is None:
            continue
        likely = {"commune": 0.008, "district": 0.06, "province": 0.4}[place.version.level]
        incidents = 1 if draw.chance(likely) else 0
        if incidents:
            number += 1
            yield _incident(place, period, number, draw)
        computers = {"commune": 14, "district": 90, "province": 900}[place.version.level]
        filing = Filing(place=place, family="F10M", directive=SECURITY_TASK, post="it", period=period)
        answers = {
            "incidents": incidents,
            "staff_trained": draw.whole(0, 2),
            "backup_ok": draw.chance(0.85),
            "computers": computers,
            "computers_protected": draw.part(computers, 0.55 + 0.02 * month_of(period)),
            "regulation_issued": place.draw("regulation").chance(0.6),
        }
        yield filing.on(days_later(period.end, delay), answers, "" if incidents else "Báo cáo số 0 về sự cố.")


def _incident(place: Place, period: Period, number: int, draw: Draw) -> Report:
    kind = draw.one([*INCIDENTS])
    day = days_later(period.start, draw.whole(0, period.days - 8))
    reported = days_later(day, draw.one([0, 1, 1, 2, 3, 7]))
    answers = {
        "detected_at": f"{day}T09:{draw.whole(0, 59):02d}",
        "system_kind": draw.one(["TTDT", "QLVB", "MAIL", "MT"]),
        "incident_type": [kind],
        "severity": draw.weighted({"1": 5, "2": 4, "3": 1}),
        "incident_state": "KP",
        "reported_at": f"{reported}T10:{draw.whole(0, 59):02d}",
        "help_needed": draw.chance(0.2),
        "summary": INCIDENTS[kind],
    }
    filing = Filing(place=place, family="F10", directive=SECURITY_TASK, post="it", number=number)
    return filing.on(days_later(reported, 1), answers)
