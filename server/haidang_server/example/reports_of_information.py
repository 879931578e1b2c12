"""Made-up reports of broadcasting, information work and paper tasks: F05P, F05T, F05M, F07, F11, F12."""

from collections.abc import Iterator, Sequence
from typing import Any

from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.periods import Period
from haidang_server.example.draw import Draw
from haidang_server.example.places import Place, site_of
from haidang_server.example.report import Filing, Report, days_later, delay_days
from haidang_server.example.reports_of_posts import difficulties
from haidang_server.example.synthetic_photo import pick_photo
from haidang_server.example.synthetic_text import AGENCIES, OBSTACLES, PAPERS
from haidang_server.example.year import STARTED, STORMY, month_of

STATION_TASK = "TB171-3.6"
CLUSTER_TASK = "TB171-3.9"
PRESS_TASK = "TB171-2.4a"
CLUSTER_DISTRICT = "900"
"""Code of Hà Tiên, where the information cluster stands."""
PROGRESS_FORM = "F11"
STATES = ("DT", "LYK", "TR", "PD", "HT")
TOPICS = ("CS", "NN", "YT", "GD", "ANTT", "TT", "CCHC")
MILESTONES = ("RS", "DT", "BV", "DTH", "LD", "NT", "BG")


def reports_of_information(
    place: Place, months: tuple[Period, ...], directives: Sequence[Directive]
) -> Iterator[Report]:
    """Yield a place's reports on broadcasting, information work, and, for the province, paper tasks."""
    if place.version.level == "commune":
        yield from _station(place)
        yield from _upgrade(place)
        yield from _broadcasts(place, months)
        return
    yield from _press(place, months)
    if place.version.code == CLUSTER_DISTRICT:
        yield from _cluster(place, months)
    if place.version.level == "province":
        for directive in directives:
            if PROGRESS_FORM in directive.forms:
                yield from _progress(place, directive)


def _station(place: Place) -> Iterator[Report]:
    draw = place.draw("F05P")
    day = days_later(STARTED, draw.whole(0, 40))
    by_district = Filing(
        place=place, family="F05P", directive=STATION_TASK, post="district", role="district_officer"
    )
    yield by_district.on(day, {"hamlet_total": len(place.hamlets)})
    answers: dict[str, Any] = {"has_station": place.has_station, "op_status": "CX"}
    if place.has_station:
        answers |= {
            "tech": (tech := draw.one([["HT"], ["FM"], ["HT", "FM"]])),
            "op_status": draw.weighted({"HD": 6, "HDKTX": 2, "HONG": 1}),
            "year_built": draw.whole(1994, 2017),
            "amp_w": draw.one([300, 600, 1200]),
            "staff": draw.weighted({"CT": 2, "KN": 6, "K": 1}),
            "hamlet_reached": draw.part(len(place.hamlets), 0.7),
            "cluster": [_horns(place, number) for number in range(1, draw.whole(2, len(place.hamlets)) + 1)],
        }
        answers |= (
            {"fm_freq": draw.whole(870, 1060), "fm_licence": f"{draw.whole(100, 999)}/GP"}
            if "FM" in tech
            else {}
        )
    filing = Filing(place=place, family="F05P", directive=STATION_TASK, post="station")
    yield filing.on(days_later(day, draw.whole(1, 12)), answers)


def _horns(place: Place, number: int) -> dict[str, Any]:
    draw = place.draw("horns", number)
    horns = draw.whole(1, 4)
    working = horns if draw.chance(0.7) else draw.whole(0, horns - 1)
    row: dict[str, Any] = {
        "cluster_code": f"CL-{number:02d}",
        "cluster_hamlet": place.hamlets[(number - 1) % len(place.hamlets)],
        "horns": horns,
        "working": working,
        "power_w": 50 * horns,
        "conn": draw.weighted({"DAY": 6, "FM": 3, "4G": 1}),
        "cluster_loc": place.position("horns", number),
    }
    return row | ({"cluster_photo": [pick_photo(draw)]} if working < horns else {})


def _upgrade(place: Place) -> Iterator[Report]:
    draw = place.draw("F05T")
    need = ("NC" if draw.chance(0.6) else "SC") if place.has_station else "MOI"
    money = {"MOI": 420, "NC": 180, "SC": 45}[need] * 1_000_000
    day = days_later(STARTED, draw.whole(20, 60))
    review = Filing(
        place=place, family="F05T", directive=STATION_TASK, post="district", role="district_officer"
    )
    yield review.on(day, {"need_type": need, "need_money": money, "reviewed_on": day})
    for name in MILESTONES[: draw.whole(1, 5)]:
        day = days_later(day, draw.whole(15, 45))
        row: dict[str, Any] = {"milestone": name, "milestone_date": day}
        row |= {"milestone_photo": [pick_photo(draw)]} if name in {"LD", "NT"} else {}
        answers: dict[str, Any] = {"milestones": [row]}
        if name == "BV":
            allotted = money * 8 // 10
            answers["funding"] = [
                {
                    "fund_source": "NST",
                    "money_allocated": allotted,
                    "money_disbursed": allotted * draw.whole(0, 6) // 10,
                }
            ]
        yield Filing(place=place, family="F05T", directive=STATION_TASK, post="station").on(day, answers)


def _broadcasts(place: Place, months: tuple[Period, ...]) -> Iterator[Report]:
    for period in months if place.has_station else ():
        draw = place.draw("F05M", period.start)
        delay = delay_days(place, period)
        if delay is None:
            continue
        broken = draw.whole(0, 6) if draw.chance(0.2) else 0
        sessions = draw.part(2 * (period.days - broken), 0.9)
        topics = draw.some(TOPICS, 2, 5)
        answers: dict[str, Any] = {
            "sessions": sessions,
            "minutes_own": sessions * draw.whole(5, 15),
            "minutes_relay": sessions * 30,
            "urgent_bulletins": draw.whole(0, 4) if month_of(period) in STORMY else 0,
            "topics": topics,
            "broken_days": broken,
        }
        answers |= {"issue": rows} if (rows := difficulties(draw, 0.5 if broken else 0.05)) else {}
        filing = Filing(place=place, family="F05M", directive=STATION_TASK, post="station", period=period)
        yield filing.on(days_later(period.end, delay), answers)


def _cluster(place: Place, months: tuple[Period, ...]) -> Iterator[Report]:
    site = site_of(place.seed, place.unit, "info_cluster", "CTTDN-01", "Cụm thông tin đối ngoại Hà Tiên")
    restarted = 8
    for period in months:
        draw = place.draw("F07", period.start)
        works = month_of(period) >= restarted
        days = draw.part(period.days, 0.8) if works else 0
        parts = [("LED", "HH"), ("LOA", "T"), ("TV", "HN"), ("KIOSK", "T")]
        answers: dict[str, Any] = {
            "op_status": "HDMP" if works else "NG",
            "days_on": days,
            "component": [_component(draw, kind, state) for kind, state in parts]
            if period == months[0]
            else [],
            "staff_need": 3,
            "staff_have": 2 if works else 0,
            "opex_need": 360_000_000,
            "opex_have": 210_000_000 if works else 0,
            "operator_unit": "SO",
            "hours_shown": days * 6,
            "items_shown": days * 4,
            "langs": ["VI", "KM"] if works else [],
            "visitors_est": days * draw.whole(80, 150),
            "loc": place.position("cluster"),
        }
        filing = Filing(
            place=place, family="F07", directive=CLUSTER_TASK, post="cluster", role="district_officer", site=site,
            period=period,
        )  # fmt: skip
        yield filing.on(
            days_later(period.end, 3), {name: value for name, value in answers.items() if value != []}
        )


def _component(draw: Draw, kind: str, condition: str) -> dict[str, Any]:
    row: dict[str, Any] = {"component_kind": kind, "component_condition": condition}
    if condition == "T":
        return row
    return row | {"repair_cost": draw.whole(10, 90) * 1_000_000, "component_photo": [pick_photo(draw)]}


def _progress(place: Place, directive: Directive) -> Iterator[Report]:
    """Yield one save for each step of a paper task: the new state and the new row of the log."""
    draw = place.draw("F11", directive.code)
    day = days_later("2019-02-25", draw.whole(0, 30))
    last = draw.whole(0, len(STATES))
    filing = Filing(
        place=place, family=PROGRESS_FORM, directive=directive.code, post="office", role="province_officer"
    )
    if last == 0:
        yield filing.on(day, {"state": "CT", "obstacles": draw.one(OBSTACLES)})
    for state in STATES[:last]:
        paper = draw.one(PAPERS)
        step = {
            "step_date": day,
            "step_state": state,
            "doc_type": paper,
            "doc_no": f"{draw.whole(20, 900)}/{paper}-STTTT",
            "doc_date": day,
        }
        answers: dict[str, Any] = {"state": state, "steps": [step]}
        if state == "LYK":
            answers["opinions"] = [
                {"agency": agency, "asked_on": day, "agrees": draw.weighted({"C": 8, "K": 1, "KB": 1})}
                for agency in draw.some(AGENCIES, 1, 3)
            ]
        if directive.amount is not None and state in {"TR", "PD"}:
            answers |= {"money_requested": directive.amount}
        yield filing.on(day, answers)
        day = days_later(day, draw.whole(20, 65))


def _press(place: Place, months: tuple[Period, ...]) -> Iterator[Report]:
    for period in months:
        draw = place.draw("F12", period.start)
        channels = {"TT": 24, "CTTDT": 30} | (
            {"BAO": 60, "DAI": 90, "FB": 45} if place.version.level == "province" else {}
        )
        found = draw.whole(0, 2) if draw.chance(0.15) else 0
        answers: dict[str, Any] = {
            "spokesperson_appointed": place.draw("spokesperson").chance(0.85),
            "statements": draw.whole(0, 5),
            "late_replies": draw.whole(0, 1) if draw.chance(0.2) else 0,
            "publications": [
                {"channel": name, "items": (items := draw.around(mean)), "reach": items * draw.whole(40, 400)}
                for name, mean in channels.items()
            ],
            "false_detected": found,
            "false_handled": found,
            "false_answered": draw.part(found, 0.5),
        }
        filing = Filing(
            place=place,
            family="F12",
            directive=PRESS_TASK,
            post="press",
            role="district_officer",
            period=period,
        )
        yield filing.on(days_later(period.end, 4), answers)
