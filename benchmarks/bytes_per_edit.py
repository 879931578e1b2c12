"""What one field edit costs on the wire: `python benchmarks/bytes_per_edit.py [--json]`.

An offline week of a province (`workload.py`): 160 devices with 250 edits each, every edit kept, with its time, what it
supersedes, signatures and chains. Each device sends its week in one request, once sealed as one change set, once as fifty
sets of five edits. Counted are the compressed bytes of the groups: what the request grows by, compared with an empty one
of the same caller. The time of the writer is measured too.
"""

import argparse
import json
import time
from collections.abc import Iterator

from province import Device, province, request

from haidang_protocol.envelope import OpenedSet, verify
from haidang_protocol.frames import FrameReader, Outgoing, write_groups
from haidang_protocol.messages import Group, read_request_message
from haidang_protocol.statements import OwnTip
from haidang_protocol.stream import StreamReader

BUDGETS = {"bytes_per_edit_one_set": 11.0, "bytes_per_edit_fifty_sets": 28.0}


def restored(body: bytes, device: Device, tips: list[OwnTip]) -> Iterator[bytes]:
    """The ids that a server reads out of a request, every signature verified."""
    reader = FrameReader(device.id, tips)
    for data in StreamReader().feed(body):
        message = read_request_message(data)
        if isinstance(message, Group):
            for frame in reader.read(message):
                assert isinstance(frame.result, OpenedSet), frame.result
                verify(frame.result, device.key.public_key())
                yield frame.result.id


def measure(edits_in_set: int) -> dict[str, float]:
    """Bytes of an edit, of a request and of an empty one, and the seconds it took to write them."""
    held = province()
    count = total = empty = 0
    seconds = 0.0
    for name, own in held.edits.items():
        device = held.devices[name]
        tips = device.tips()
        sets = device.week(own, edits_in_set, held.filled)
        began = time.process_time()
        groups = list(write_groups([Outgoing(each.id, each.parts) for each in sets], device.id, tips))
        body = request(device, tips, groups)
        seconds += time.process_time() - began
        assert list(restored(body, device, tips)) == [each.id for each in sets]
        count += len(own)
        total += len(body)
        empty += len(request(device, tips, []))
    return {
        "bytes_per_edit": round((total - empty) / count, 3),
        "bytes_empty_request": round(empty / len(held.edits), 1),
        "edits": count,
        "seconds_to_write": round(seconds, 2),
    }


def main() -> None:
    """Measure both, compare with the budgets, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    one, fifty = measure(250), measure(5)
    result = {
        "bytes_per_edit_one_set": one["bytes_per_edit"],
        "bytes_per_edit_fifty_sets": fifty["bytes_per_edit"],
        "bytes_empty_request": one["bytes_empty_request"],
        "edits": one["edits"],
    }
    for name, budget in BUDGETS.items():
        print(
            f"{name:28} {result[name]:7.3f}  budget {budget:g}  {'held' if result[name] <= budget else 'PASSED OVER'}"
        )
    print(f"{'bytes of an empty request':28} {result['bytes_empty_request']:7.1f}")
    print(f"written in {one['seconds_to_write']} s and {fifty['seconds_to_write']} s of processor time")
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
