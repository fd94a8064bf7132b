from __future__ import annotations

import pytest

from runtime.schedule.cron import check


@pytest.mark.parametrize(
    "cron",
    ["* * * * *", "0 9 * * 1", "*/15 8-17 * * MON-FRI", "0 0 29 2 *", "30 2 1,15 * *", "0 9 * * 7",
     "0 9 * MAR THU", "0 0 L * *", "0 9 * * FRI#1"],
)  # fmt: skip
def test_cron_expressions_that_fire(cron: str) -> None:
    assert check(cron) is None


@pytest.mark.parametrize(
    "cron",
    ["", "daily", "@daily", "0 9 * *", "0 9 * * * *", "61 * * * *", "* 24 * * *",
     "0 9 0 * *", "0 0 31 2 *", "0 0 30 2,2 *", "*/0 * * * *", "H H * * *", "R R * * *",
     "0 9 * * FRIDAY",
     "1-99999999999 * * * *", "-1 * * * *", "0 9 ? * ?", "٣ * * * *",
     "0 9 * * " + "1," * 500 + "1"],
)  # fmt: skip
def test_cron_expressions_that_do_not_say_so(cron: str) -> None:
    found = check(cron)
    assert found is not None
    assert "write five fields such as 0 9 * * 1" in found
