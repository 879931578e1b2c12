"""What the operator sees: counts for Prometheus, one JSON line an event. Neither holds what people report, nor who they are.

Keys, persons, labels, values and addresses never go to the log: a caller is told from others by the first bytes of its key id.
"""

import logging
import sys
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """All counts of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sets = Counter("haidang_sets", "change sets stored", ["verdict"], registry=self.registry)
        self.operations = Counter("haidang_operations", "operations brought", registry=self.registry)
        self.refusals = Counter(
            "haidang_refusals", "frames refused at the door", ["code"], registry=self.registry
        )
        self.exchanges = Counter(
            "haidang_exchanges", "sync requests answered", ["kind"], registry=self.registry
        )
        self.problems = Counter("haidang_problems", "requests refused", ["code"], registry=self.registry)
        self.sent = Counter("haidang_sent_sets", "change sets sent down", registry=self.registry)
        self.size = Gauge("haidang_log_size", "change sets in hub order", registry=self.registry)
        self.epoch = Gauge("haidang_epoch", "epoch of the hub", registry=self.registry)
        self.drains = Histogram(
            "haidang_transaction_seconds",
            "one transaction of the writer",
            buckets=_SECONDS,
            registry=self.registry,
        )


def start_log(level: str, stream: TextIO = sys.stderr) -> None:
    """Write events as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def caller_name(key: bytes) -> str:
    """How a caller shows in the log: enough to follow one through a day, not to know who it is."""
    return key[:4].hex()
