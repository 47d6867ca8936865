"""Quantities as numbers for bars: "250m" of CPU, "64Mi" of memory. Text that is no quantity counts as nothing."""

from functools import lru_cache

SCALES = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
          "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}  # fmt: skip


@lru_cache(maxsize=4096)
def number(text: str) -> float:
    """The value of a quantity as it stands in a manifest."""
    digits = text.rstrip("numkMGTPEi")
    try:
        return float(digits) * SCALES[text[len(digits) :]]
    except (ValueError, KeyError):
        return 0.0


def cpu(value: object) -> float:
    """Cores."""
    return number(str(value))


def memory(value: object) -> float:
    """Bytes."""
    return number(str(value))
