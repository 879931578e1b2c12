"""Made-up reports of post-culture points and one-stop desks: F01P, F01M, F01K, F02, F09."""

from collections.abc import Iterator
from typing import Any

from haidang_protocol.definitions.periods import Period
from haidang_server.example.draw import Draw
from haidang_server.example.places import Place, Site
from haidang_server.example.report import Filing, Report, days_later, delay_days
from haidang_server.example.synthetic_photo import pick_photo
from haidang_server.example.synthetic_text import ASSESSMENTS, DIFFICULTIES, FEEDBACK, RECOMMENDATIONS
from haidang_server.example.year import READING, STARTED, STORMY, month_of

POINT_TASK = "TB171-2.1a"
POST_TASK = "TB171-2.1b"
PORTAL_TASK = "TB171-2.3e"
HELP = {"CSVC": "XA", "TBI": "HUYEN", "NS": "BD", "KHAC": "KHAC"}


def reports_of_posts(place: Place, months: tuple[Period, ...]) -> Iterator[Report]:
    """Yield a place's reports on its post-culture point and its one-stop desk."""
    if place.site is not None:
        yield from _profile(place, place.site)
        for period in months:
            yield from _month(place, place.site, period)
        if place.draw("checked").chance(0.25):
            yield _check(place, place.site)
    for period in months:
        delay = delay_days(place, period)
        if delay is not None:
            day = days_later(period.end, delay)
            by_post = Filing(place=place, family="F02", directive=POST_TASK, post="one-stop", period=period)
            yield by_post.on(day, _by_post(place, period))
            online = Filing(place=place, family="F09", directive=PORTAL_TASK, post="one-stop", period=period)
            yield _online(place, period, online, day)


def difficulties(draw: Draw, likelihood: float) -> list[dict[str, Any]]:
    """Return the rows of a difficulty, or none."""
    if not draw.chance(likelihood):
        return []
    kind = draw.weighted({"CSVC": 2, "TBI": 4, "NS": 2, "KHAC": 2})
    row = {"issue_type": kind, "issue_text": draw.one(DIFFICULTIES[kind]), "need_help_from": HELP[kind]}
    return [row | ({"issue_photo": [pick_photo(draw)]} if kind == "CSVC" else {})]


def _profile(place: Place, site: Site) -> Iterator[Report]:
    draw = place.draw("F01P")
    day = days_later(STARTED, draw.whole(0, 30))
    named = Filing(
        place=place, family="F01P", directive=POINT_TASK, post="district", role="district_officer", site=site
    )
    yield named.on(day, {"site_code": site.code})
    status = draw.weighted({"HD": 90 - 15 * place.remoteness, "TN": 6, "NG": 3})
    condition = draw.weighted({"T": 6, "XC": 3, "HN": 0.6})
    sign = draw.chance(0.85)
    services = ["THU", "BAO", "SACH", *draw.some(["KIEN", "TTHC", "TIEN", "NET"], 1, 4)]
    answers: dict[str, Any] = {
        "site_name": site.name,
        "op_status": status,
        "staffed": "C" if draw.chance(0.9) else "K",
        "service_model": draw.weighted({"DDV": 5, "CB": 4, "DL": 1}),
        "hours_regular": draw.one([30, 40, 40, 60, 80, 80]),
        "premises": draw.weighted({"R": 6, "M": 3, "T": 1}),
        "condition": condition,
        "land_cert": draw.weighted({"C": 5, "K": 3, "KB": 2}),
        "signboard": sign,
        "hours_posted": draw.chance(0.75),
        "computers": draw.whole(0, 4),
        "net_type": draw.weighted({"CQ": 5, "4G": 2, "ADSL": 2, "K": 1 + 2 * place.remoteness}),
        "books": draw.around(420 * place.size),
        "last_rotation": days_later(day, -draw.whole(10, 320)),
        "svc": services,
        "loc": place.position("point"),
    }
    answers |= {"signboard_photo": [pick_photo(draw)]} if sign else {}
    answers |= {"condition_photo": [pick_photo(draw)]} if condition == "HN" else {}
    answers |= {"photo_front": [pick_photo(draw)]} if status == "HD" else {}
    filing = Filing(place=place, family="F01P", directive=POINT_TASK, post="point", site=site)
    yield filing.on(days_later(day, draw.whole(1, 9)), answers)


def _month(place: Place, site: Site, period: Period) -> Iterator[Report]:
    delay = delay_days(place, period)
    if delay is None:
        return
    draw = place.draw("F01M", period.start)
    filing = Filing(place=place, family="F01M", directive=POINT_TASK, post="point", site=site, period=period)
    day = days_later(period.end, delay)
    answers = _visits(place, period, draw)
    answers |= {"issue": rows} if (rows := difficulties(draw, 0.12 + 0.1 * place.remoteness)) else {}
    if answers["op_status"] == "HD" and draw.chance(0.008):
        answers["days_open"] = period.days + draw.whole(1, 3)
        yield filing.on(day, answers, draw.one(ASSESSMENTS), "constraint")
        return
    yield filing.on(day, answers, draw.one(ASSESSMENTS), "clock" if draw.chance(0.006) else "")
    if answers["op_status"] == "HD" and draw.chance(0.015):
        other = Filing(
            place=place, family="F01M", directive=POINT_TASK, post="commune", site=site, period=period
        )
        stated = {
            "visits_read": answers["visits_read"] + draw.whole(5, 40),
            "days_open": answers["days_open"],
        }
        yield other.on(days_later(day, 1), stated, "Số theo sổ của xã.", "conflict")


def _visits(place: Place, period: Period, draw: Draw) -> dict[str, Any]:
    status = draw.weighted({"HD": 94 - 8 * place.remoteness, "TN": 4, "NG": 0.6})
    answers: dict[str, Any] = {"op_status": status}
    if status != "HD":
        answers["close_reason"] = draw.weighted(
            {"NS": 4, "CSVC": 2, "DIEN": 3 * place.remoteness + 1, "KHAC": 1}
        )
    if status == "NG":
        return answers
    month = month_of(period)
    most = period.days if status == "HD" else 12
    read = draw.around(150 * place.size * READING.get(month, 1.0) * (1 if status == "HD" else 0.4))
    return answers | {
        "days_open": min(most, draw.around(most * (0.8 if month in STORMY else 0.86), 0.08)),
        "hours_per_day": draw.one([35, 40, 40, 60, 75, 80]),
        "visits_read": read,
        "visits_net": draw.around(60 * place.size * (1 - 0.4 * place.remoteness)),
        "letters": draw.around(40 * place.size),
        "parcels": draw.around(12 * place.size),
        "press": draw.around(220 * place.size),
        "revenue": draw.around(2_600_000 * place.size) // 1000 * 1000,
    }


def _check(place: Place, site: Site) -> Report:
    draw = place.draw("F01K")
    day = days_later(STARTED, draw.whole(40, 280))
    visit = Filing(
        place=place,
        family="F01K",
        directive=POINT_TASK,
        post="inspector",
        role="district_officer",
        site=site,
        number=1,
    )
    found = {
        name: draw.chance(0.8) for name in ("sign_ok", "hours_ok", "books_ok", "computer_ok", "staff_ok")
    }
    return visit.on(
        day,
        found
        | {
            "visit_date": day,
            "checker": f"{place.author('district_officer', 'inspector').name}, Phòng Văn hóa và Thông tin",
            "open_on_arrival": draw.chance(0.85),
            "open_photo": [pick_photo(draw)],
            "recommendation": draw.one(RECOMMENDATIONS),
            "visit_loc": place.position("point"),
            "visit_photo": [pick_photo(draw)],
        },
    )


def _by_post(place: Place, period: Period) -> dict[str, Any]:
    draw = place.draw("F02", period.start)
    desk, level, listed = {
        "commune": ("MCX", "X", 61),
        "district": ("MCH", "H", 153),
        "province": ("SO", "T", 742),
    }[place.version.level]
    scale = {"commune": 220, "district": 700, "province": 2400}[place.version.level] * place.size
    growth = 0.02 + 0.004 * month_of(period)
    rows = [_dossiers(draw, desk, level, listed, scale, growth)]
    if place.site is not None:
        rows.append(_dossiers(draw, "BDVHX", level, listed, 6 * place.size, 1.0))
    answers: dict[str, Any] = {"dossiers": rows}
    if draw.chance(0.05):
        kind = draw.one([*FEEDBACK])
        answers["feedback"] = [
            {"feedback_date": period.end, "feedback_type": kind, "feedback_text": FEEDBACK[kind]}
        ]
    return answers


def _dossiers(draw: Draw, point: str, level: str, listed: int, scale: float, share: float) -> dict[str, Any]:
    total_in = draw.around(scale)
    by_post = draw.part(total_in, share)
    total_out = draw.part(total_in, 0.95)
    returned = draw.part(total_out, min(1.0, share * 2.5))
    row: dict[str, Any] = {
        "point": point,
        "tthc_level": level,
        "tthc_listed": listed,
        "tthc_used": min(listed, by_post),
        "total_in": total_in,
        "bccc_in": by_post,
        "total_out": total_out,
        "bccc_out": returned,
        "late": draw.part(returned, 0.02),
        "damaged": 0,
        "lost": 0,
        "compensated": 0,
    }
    if by_post > 3 and draw.chance(0.01):
        row |= {"damaged": 1, "loss_comment": "Bìa hồ sơ bị ướt khi chuyển, đã lập lại."}
    return row


def _online(place: Place, period: Period, filing: Filing, day: str) -> Report:
    draw = place.draw("F09", period.start)
    level = place.version.level
    scale = {"commune": 200, "district": 650, "province": 2200}[level] * place.size
    growth = 0.004 * month_of(period)
    shares = {"M12": 0.8 - growth, "M3": 0.16 + growth, "M4": 0.03}
    rows = [_processed(draw, name, draw.around(scale * share)) for name, share in shares.items()]
    total = {"commune": 130, "district": 290, "province": 1500}[level]
    surveyed = draw.around(30 * place.size)
    answers = {
        "services": rows,
        "tthc_total": total,
        "tthc_online_m3": total // 5,
        "tthc_online_m4": total // 25,
        "online_payments": draw.around(4 * place.size),
        "assisted": draw.around(18 * place.size),
        "surveyed": surveyed,
        "satisfied": draw.part(surveyed, 0.9),
    }
    if draw.chance(0.006):
        rows[0]["overdue"] += 2
        return filing.on(day, answers, "Số trễ hạn đang rà lại.", "constraint")
    return filing.on(day, answers)


def _processed(draw: Draw, level: str, received: int) -> dict[str, Any]:
    processed = draw.part(received, 0.95)
    overdue = draw.part(processed, 0.03)
    early = draw.part(processed - overdue, 0.6)
    return {
        "service_level": level,
        "received": received,
        "processed": processed,
        "early": early,
        "ontime": processed - overdue - early,
        "overdue": overdue,
    }
