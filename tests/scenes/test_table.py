from typing import Any

from explorer.scenes.table import table_of


def printed() -> dict[str, Any]:
    columns = [{"name": "Name", "priority": 0}, {"name": "Ready", "priority": 0}, {"name": "Status", "priority": 0}, {"name": "IP", "priority": 1}]
    rows = [{"cells": ["web", "1/2", "CrashLoopBackOff", "10.0.0.1"], "object": {"metadata": {"name": "web", "namespace": "default", "uid": "u"}}}]
    return {"columnDefinitions": columns, "rows": rows}


def test_only_columns_of_priority_0_are_shown() -> None:
    assert table_of(printed()).columns == ("Name", "Ready", "Status")


def test_states_carry_a_sign_beside_the_word() -> None:
    cells = table_of(printed()).rows[0].cells
    assert [(c.text, c.sign) for c in cells] == [("web", ""), ("1/2", "notready"), ("CrashLoopBackOff", "crash")]
