"""A figure: what was measured, what was promised, and whether it holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`limit`: the promise; `at_least` says on which side of it a good value lies."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def promise(self) -> str:
        if self.limit is None:
            return "–"
        return f"{'≥' if self.at_least else '≤'} {number(self.limit)} {self.unit}".strip()

    @property
    def shown(self) -> str:
        return f"{number(self.value)} {self.unit}".strip()


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| figure | promised | measured | holds |", "|---|---|---|---|"]
    for figure in figures:
        holds = {True: "yes", False: "**no**", None: "–"}[figure.holds]
        note = f" ({figure.note})" if figure.note else ""
        lines.append(f"| {figure.name} | {figure.promise} | {figure.shown}{note} | {holds} |")
    return "\n".join(lines)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
