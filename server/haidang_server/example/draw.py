"""Draws for made-up data: a seeded source of randomness that is named after what it is for."""

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Draw:
    """Draws that are the same for the same seed and purpose, whatever else is drawn before."""

    def __init__(self, *purpose: object) -> None:
        """Take the parts of the purpose, the seed first; each must have a stable text."""
        self._random = random.Random("/".join(map(str, purpose)))  # noqa: S311  made-up data, no secret

    def chance(self, probability: float) -> bool:
        """Return true that often."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return self._random.randint(low, max(low, high))

    def around(self, mean: float, spread: float = 0.25) -> int:
        """Return an integer not below 0 that lies around `mean`; `spread` is the relative deviation."""
        return max(0, round(self._random.gauss(mean, mean * spread)))

    def part(self, whole: int, share: float) -> int:
        """Return about that share of `whole`, from 0 to `whole`."""
        return min(whole, self.around(whole * share, 0.2)) if whole else 0

    def one(self, options: Sequence[_T]) -> _T:
        """Return one of the options."""
        return self._random.choice(options)

    def weighted(self, weights: dict[str, float]) -> str:
        """Return one of the keys, as often as its weight says."""
        return self._random.choices([*weights], [*weights.values()])[0]

    def some(self, options: Sequence[_T], low: int, high: int) -> list[_T]:
        """Return from `low` to `high` different options, in their order."""
        chosen = self._random.sample(range(len(options)), min(len(options), self.whole(low, high)))
        return [options[place] for place in sorted(chosen)]
