"""Limits of the format (SPEC Z). Constants of the protocol: no server lowers them."""

from typing import Final

SET_BYTES_MAX: Final = 256 * 1024
"""Bytes of header, signature, structure and values of one change set together."""
SET_OPERATIONS_MAX: Final = 512
SET_REFERENCES_MAX: Final = 4_096
PREDECESSORS_MAX: Final = 64
NESTING_MAX: Final = 8
"""Arrays inside arrays, the outermost counted."""
IDENTIFIER_BYTES_MAX: Final = 64
"""UTF-8 bytes of a field name, role, link kind, set element or natural key in all."""
TEXT_BYTES_MAX: Final = 16 * 1024
"""UTF-8 bytes of one text value."""
INTEGER_MAX: Final = 2**53 - 1
COUNT_MAX: Final = 10**6
"""Largest step of one `count` operation, either way."""
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes of one sync request or reply, inflated."""
UNPROVEN_MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Bytes of the prelude, and of the certificates behind it: what a server reads of a caller that has proven nothing."""
GROUP_FRAMES_MAX: Final = 64
OWN_TIPS_MAX: Final = 2_048
"""Own tips that a prelude names."""
CHECKPOINTS_MAX: Final = 64
"""Older checkpoints that a prelude names after `heal`."""
RECEIPTS_MAX: Final = 1_000
"""Receipts in one message."""
ENROLMENT_BYTES_MAX: Final = 512 * 1024
"""Bytes of one request of enrolment, inflated."""
BUNDLE_BLOCK_BYTES_MAX: Final = 512 * 1024
ATTACHMENT_BYTES_MAX: Final = 25 * 1024 * 1024
