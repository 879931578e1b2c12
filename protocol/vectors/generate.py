"""Write the vectors anew: `python protocol/vectors/generate.py`. With `--check` nothing is written.

The exit code of `--check` says whether something would have been. Verdicts and codes are stated by hand in the modules
beside this one; ids, leaves and signatures are computed.
"""

import sys
from pathlib import Path

from vectors import (
    broken_sets,
    canonical_cases,
    definitions,
    enrolment_cases,
    generate_wire,
    id_cases,
    key_cases,
    set_cases,
)
from vectors.cases import Case, rendered

HERE = Path(__file__).parent

FILES: dict[str, tuple[list[str], list[Case]]] = {
    "canonical": (canonical_cases.NOTES, [*canonical_cases.cases()]),
    "enrolment": (enrolment_cases.NOTES, [*enrolment_cases.cases()]),
    "ids": (id_cases.NOTES, [*id_cases.cases()]),
    "keys": (key_cases.NOTES, [*key_cases.cases()]),
    "sets": (set_cases.NOTES, [*set_cases.cases(), *broken_sets.cases()]),
}


def main(*, check: bool) -> int:
    """Write the files, or tell how many differ."""
    stale = definitions.main(check=check) + generate_wire.main(check=check)
    for name, (notes, cases) in FILES.items():
        file = HERE / f"{name}.json"
        text = rendered(name, notes, cases)
        if file.exists() and file.read_text() == text:
            continue
        print(f"{file.name} {'differs' if check else 'written'}")
        stale += 1
        if not check:
            file.write_text(text)
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
