# The province workload that every peer is measured with, unchanged but for these lines.
# ruff: noqa: ANN001, ANN201, ANN202, B905, D103, E401, E731, I001, PTH103, PTH123, SIM115
# fmt: off
"""Deterministic 'province' workload as peer-neutral JSON lines.

    python workload.py --scale 1 --out data/x1

meta.json     counts, devices ({dev: [communes it holds]}), contested cells
fill.jsonl    {"dev","rec","f":{12 fields}}            one line per record, made by the commune's phone
week.jsonl    {"dev","rec","field","value","t"}        offline-week field edits, in each device's own order
after.jsonl   same shape: 100 later edits by one phone (for the incremental pull)

Per commune, directives 0-18 are edited only by its phone, 19-22 only by its district office, and 23 by
both, concurrently: about 5 % of all edits hit a record that another device also edits that week.
--scale multiplies communes and districts (so records, devices and edits all grow by it).
"""
import argparse, json, os, random
from collections import defaultdict

COMMUNES, DISTRICTS, DIRECTIVES, EDITS = 145, 15, 24, 250
STATUS = ["chua_bat_dau", "dang_thuc_hien", "cham_tien_do", "hoan_thanh", "tam_dung"]
FIELDS = {"status": 12, "percent": 20, "qty_plan": 8, "qty_done": 14, "qty_left": 8, "cost": 8, "due": 5,
          "lat": 2, "lon": 2, "note": 15, "officer": 3, "urgent": 3}          # field: weight in the edits
HO = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô"]
DEM = ["Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quốc", "Xuân", "Kim"]
TEN = ["An", "Bình", "Cường", "Dũng", "Giang", "Hà", "Hải", "Hạnh", "Hùng", "Lan", "Linh", "Mai", "Nam",
       "Phương", "Quân", "Sơn", "Tâm", "Thảo", "Tuấn", "Yến"]
PHRASES = """đã nghiệm thu đợt một|còn thiếu vật tư do mưa lớn kéo dài|đường vào thôn bị sạt lở, xe tải không qua được
chờ phê duyệt kinh phí bổ sung từ huyện|đã phát đủ giống lúa cho các hộ nghèo|hộ dân đề nghị hỗ trợ thêm phân bón
trạm bơm số 2 hỏng, đang sửa chữa|tiêm phòng gia súc đạt kế hoạch|đã bàn giao mặt bằng cho nhà thầu
cần thêm hai cán bộ kiểm tra thực địa|tiến độ chậm hơn tuần trước|kênh mương nội đồng đã nạo vét xong
số liệu sơ bộ, sẽ cập nhật sau cuộc họp thôn|đề nghị gia hạn đến cuối tháng|nhà văn hóa thôn đã lợp mái
điểm trường mầm non thiếu nước sạch|đã vận động được các hộ hiến đất làm đường""".replace("\n", "|").split("|")


def note(r):
    n, s = r.randint(40, 200), r.choice(PHRASES).capitalize()
    while len(s) < n:
        s += "; " + r.choice(PHRASES)
    return s[:n].rstrip(" ;,")[:200].ljust(40, ".")


def value(r, f, old=None):
    v = {"status": lambda: r.choice(STATUS), "percent": lambda: r.randint(0, 100),
         "cost": lambda: r.randint(1, 90000) * 50000, "due": lambda: f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}",
         "lat": lambda: round(r.uniform(18.5, 20.0), 6), "lon": lambda: round(r.uniform(103.9, 105.8), 6),
         "note": lambda: note(r), "officer": lambda: " ".join(map(r.choice, (HO, DEM, TEN))),
         "urgent": lambda: not old if old is not None else r.random() < .1}.get(f, lambda: r.randint(0, 5000))()
    return v if v != old else value(r, f, old)


def generate(scale=1, seed=20261122):
    r, nc, nd = random.Random(seed), COMMUNES * scale, DISTRICTS * scale
    communes = [f"c{i:04}" for i in range(nc)]
    devices = {c: [c] for c in communes} | {f"d{j:03}": communes[j * nc // nd:(j + 1) * nc // nd] for j in range(nd)}
    rec = lambda c, d: f"{c}-{d:02}"
    base = {rec(c, d): {f: value(r, f) for f in FIELDS} for c in communes for d in range(DIRECTIVES)}
    fill = [{"dev": k[:5], "rec": k, "f": f} for k, f in base.items()]
    t0, names, weights = 1_790_000_000_000, list(FIELDS), list(FIELDS.values())

    def edit(state, dev, k, t):
        f = r.choices(names, weights)[0]
        v = value(r, f, state.get((k, f), base[k][f]))
        state[k, f] = v
        return {"dev": dev, "rec": k, "field": f, "value": v, "t": t}

    week, last = [], {}
    for dev, cs in devices.items():
        state, phone = {}, dev[0] == "c"
        for i in range(EDITS):
            c = r.choice(cs)
            d = 23 if r.random() < (.045 if phone else .10) else r.randrange(19) if phone else r.randrange(19, 23)
            week.append(edit(state, dev, rec(c, d), t0 + i * 2_400_000 + r.randrange(2_000_000)))
        last[dev] = state
    merged = dict(last[communes[0]])
    after = [edit(merged, communes[0], rec(communes[0], r.randrange(19)), t0 + 700_000_000 + i * 1000) for i in range(100)]

    by_rec, by_cell = defaultdict(set), defaultdict(dict)
    for e in week:
        by_rec[e["rec"]].add(e["dev"])
    for dev, st in last.items():
        for cell, v in st.items():
            by_cell[cell][dev] = v
    contested = {f"{k}/{f}": list(v.values()) for (k, f), v in by_cell.items() if len(v) > 1}
    meta = {"scale": scale, "seed": seed, "records": len(base), "devices": devices, "edits": len(week),
            "edits_on_shared_records": sum(len(by_rec[e["rec"]]) > 1 for e in week),
            "records_edited_by_two": sum(len(v) > 1 for v in by_rec.values()),
            "cells_changed": len(by_cell), "contested_cells": contested}
    return meta, fill, week, after


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--scale", type=int, default=1)
    p.add_argument("--seed", type=int, default=20261122)
    p.add_argument("--out", default="data/x1")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    meta, *parts = generate(a.scale, a.seed)
    for name, rows in zip(("fill", "week", "after"), parts):
        with open(f"{a.out}/{name}.jsonl", "w") as f:
            f.writelines(json.dumps(x, ensure_ascii=False, separators=(",", ":")) + "\n" for x in rows)
    json.dump(meta, open(f"{a.out}/meta.json", "w"))
    print({k: len(v) if isinstance(v, dict) else v for k, v in meta.items()})
