"""What a verification says when it finds something."""

from typing import NamedTuple


class Problem(NamedTuple):
    """Something that is not as it should be.

    `code` is one of: page, set, signature, facts, missing, tail, receipt, checkpoint, verdict, record, sums. `set_id` or
    `scope` say where, `file` in which file of a package; `sentence` says it to a person.
    """

    code: str
    set_id: bytes | None
    scope: bytes | None
    sentence: str
    file: str = ""
