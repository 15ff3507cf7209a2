"""Curves and waits from one life table: known answers, what R says, and laws that hold of any leads."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared import file as rows
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, agrees
from test_ages import LEADS, Lead, table

from alignment_metrics.stats.curves import cumulative, kaplan_meier, never_disqualified
from alignment_metrics.stats.lifetables import gray_variance, lengths, naive, steps, still_waiting, variance
from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.stats.waits import conversion_wait, conversion_wait_quantile, restricted_mean, waiting_time
from alignment_metrics.values import Ages, Counts, Curve, Estimate

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "curves.json").read_text("utf-8"))
ENDS = ("open", "converted", "lost")
Row = Mapping[str, str]
# Every lead seen to its end, or to a day past all others.
RIPE = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["converted", "lost"]), st.none()) | st.just((20, "open", None)),
    min_size=1,
    max_size=30,
)


def of(case: Mapping[str, Any], keep: Callable[[Row], bool] = lambda row: True, unit: float = 1.0) -> Ages:
    """The table of a case's data: its times in days, its outcomes or events as ends."""
    kept = [row for row in rows(Path(case["data"]).name) if keep(row)]
    time = case["inputs"]["time"]
    end = "outcome" if "outcome" in kept[0] else "event"
    days = [float(row[time]) * unit for row in kept]
    assert all(abs(day - round(day)) < 1e-6 for day in days)
    return Ages.of(map(round, days), [ENDS[int(row[end])] for row in kept])


def leads_of(name: str) -> Ages:
    """A table of ``curves.R``."""
    if name.startswith("crm"):
        found = rows(f"{name}.csv")
        return Ages.of([int(row["days"]) for row in found], [ENDS[int(row["outcome"])] for row in found])
    leads = R["tables"][name]
    entered = [None if after < 0 else after for after in leads.get("entry", [-1] * len(leads["day"]))]
    return Ages.of(leads["day"], [ENDS[end] for end in leads["end"]], entered=entered)


def error(estimate: Estimate) -> float:
    return (estimate.high - estimate.low) / 2 / normal_quantile(estimate.confidence)


def value_at(ages: Ages, day: float, ended: str = "converted") -> float:
    return cumulative(ages, ended=ended).at(day).value


@pytest.mark.real
@pytest.mark.parametrize("name, keep", [("K01", "12"), ("K02a", "1")])
def test_kaplan_meier_of_lung_is_that_of_r_and_of_its_vignette(name: str, keep: str) -> None:
    case = CASES[name]
    ages = of(case, lambda row: row["sex"] in keep)
    plain = {day: kaplan_meier(ages, interval="plain").at(day) for day in case["inputs"]["times"]}
    for day, one in plain.items():
        assert agrees(one.value, case, f"S_{day}")
        assert agrees(error(one), case, f"greenwood_se_{day}")
        for kind in ("log-log", "log", "plain"):
            at = kaplan_meier(ages, interval=kind).at(day)
            assert agrees(at.low, case, f"{kind.replace('-', '')}_lo_{day}")
            assert agrees(at.high, case, f"{kind.replace('-', '')}_hi_{day}")
    for share in (25, 50, 75):
        wait = waiting_time(kaplan_meier(ages), share / 100)
        assert agrees(wait.value, case, f"time_q{share}")
        assert agrees(wait.low, case, f"time_q{share}_loglog_lo")
        assert agrees(wait.high, case, f"time_q{share}_loglog_hi")


@pytest.mark.real
def test_restricted_means_of_pbc_are_those_of_the_vignette_in_years() -> None:
    case, year = CASES["K08"], 365.25
    for arm in "10":
        ages = of(case, lambda row, arm=arm: row["arm"] == arm, year)
        mean = restricted_mean(ages, case["inputs"]["tau"] * year)
        assert agrees(mean.value / year, case, f"rmst{arm}")
        assert agrees(error(mean) / year, case, f"rmst{arm}_se")
        assert agrees(case["inputs"]["tau"] - mean.value / year, case, f"rmtl{arm}")


@pytest.mark.real
def test_restricted_means_of_colon_are_those_of_r() -> None:
    case = CASES["K11"]
    for arm in "10":
        ages = of(case, lambda row, arm=arm: row["treated"] == arm)
        mean = restricted_mean(ages, case["inputs"]["tau"])
        assert agrees(mean.value, case, f"rmst1826_rmst{arm}")
        assert agrees(error(mean), case, f"rmst1826_rmst{arm}_se")
        assert agrees(case["inputs"]["tau"] - mean.value, case, f"rmst1826_rmtl{arm}")


def test_a_curve_that_stands_at_a_half_has_its_median_there() -> None:
    case = CASES["K12"]
    ages = Ages.of(case["inputs"]["time"], [ENDS[end] for end in case["inputs"]["event"]])
    assert agrees(kaplan_meier(ages).at(87).value, case, "S_87")
    assert agrees(waiting_time(kaplan_meier(ages)).value, case, "median_first_S_le_half")
    assert agrees(waiting_time(cumulative(ages)).value, case, "median_first_S_le_half")


def test_conversions_of_the_first_day_and_ties_count_in_full() -> None:
    case = CASES["K13"]
    ages = Ages.of(case["inputs"]["days"], [ENDS[end] for end in case["inputs"]["outcome"]])
    for day in (0, 1, 3, 5, 7):
        assert agrees(value_at(ages, day), case, f"cif_won_{day}")
    assert agrees(value_at(ages, 7, "lost"), case, "cif_lost_7")
    assert agrees(1 - kaplan_meier(ages).at(7).value, case, "one_minus_km_won_7")


def test_where_most_convert_on_their_first_day_the_curve_begins_there() -> None:
    """Programs that start the curve at the first time, or shake ties apart, lose these conversions; R does not."""
    ages, want = leads_of("sameday"), R["gray"]["sameday"]
    assert value_at(ages, 0) == pytest.approx(9 / 25, abs=1e-15) == want["converted"][0]
    assert value_at(ages, 9) == pytest.approx(want["converted"][-1], abs=1e-12)
    assert value_at(ages, 9) > 0.59 > 0.36


@pytest.mark.real
def test_competing_risks_of_mgus2_are_those_of_r() -> None:
    case = CASES["K14"]
    ages = of(case)
    for end, number in (("converted", 1), ("lost", 2)):
        curve, columns = cumulative(ages, ended=end), steps(ages, end)
        for day in case["inputs"]["times"]:
            row = np.searchsorted(columns.day, day, side="right") - 1
            assert agrees(curve.at(day).value, case, f"cif{number}_{day}")
            assert agrees(gray_variance(columns)[row] ** 0.5, case, f"cif{number}_se_aalen_{day}")
            assert agrees(curve.at(day).low, case, f"cif{number}_loglog_lo_{day}")
            assert agrees(curve.at(day).high, case, f"cif{number}_loglog_hi_{day}")
    for day in case["inputs"]["times"]:
        assert agrees(1 - kaplan_meier(ages).at(day).value, case, f"one_minus_km1_{day}")


def test_the_curve_of_a_made_up_export_is_that_of_r() -> None:
    case = CASES["K16a"]
    ages, found = leads_of("crm_a"), rows("crm_a.csv")
    for end, name in (("converted", "won"), ("lost", "lost")):
        for day in case["inputs"]["times"]:
            assert agrees(value_at(ages, day, end), case, f"cif_{name}_{day}")
    for inbound, name in (("1", "inbound"), ("0", "outbound")):
        kept = [row for row in found if row["inbound"] == inbound]
        side = Ages.of([int(row["days"]) for row in kept], [ENDS[int(row["outcome"])] for row in kept])
        assert agrees(value_at(side, 90), case, f"cif_won_90_{name}")
    spread = dict(zip(ages.day, gray_variance(steps(ages)), strict=True))
    for day in (30, 90):
        assert agrees(spread[max(at for at in spread if at <= day)] ** 0.5, case, f"cif_won_{day}_se_aalen")
    assert agrees(rate(naive(ages)).value, case, "naive_ratio")
    assert agrees(1 - kaplan_meier(ages).at(90).value, case, "one_minus_km_won_90")


@pytest.mark.real
def test_late_entry_of_channing_house_is_that_of_r() -> None:
    case = CASES["K17"]
    kept = [
        (int(row["exit"]), ENDS[int(row["event"])], max(int(row["entry"]), 840))
        for row in rows("channing.csv")
        if row["male"] == "0" and int(row["exit"]) > max(840, int(row["entry"]))
    ]
    ages = table(kept)
    assert agrees(ages.n, case, "n")
    for day in (900, 1000, 1100):
        at = kaplan_meier(ages, interval="plain").at(day)
        assert agrees(at.value, case, f"S_{day}")
        assert day == 1100 or agrees(error(at), case, f"se_{day}")
    ignored = table([(day, end, None) for day, end, _ in kept])
    assert agrees(kaplan_meier(ignored).at(1000).value, case, "naive_S_1000")


def test_late_entry_with_an_exit_is_that_of_r() -> None:
    case = CASES["K23"]
    leads = case["inputs"]
    ages = Ages.of(leads["exit"], [ENDS[end] for end in leads["outcome"]], entered=leads["entry"])
    for end, name in (("converted", "cif_won"), ("lost", "cif_lost")):
        for day, want in zip(leads["times"], case["expected"][name], strict=True):
            assert abs(value_at(ages, day, end) - want) <= case["tol"]["default"]


@pytest.mark.parametrize("name", R["gray"])
def test_share_and_variance_are_those_of_cmprsk(name: str) -> None:
    want, ages = R["gray"][name], leads_of(name)
    for end in ("converted", "lost"):
        columns, curve = steps(ages, end), cumulative(ages, ended=end)
        at = np.searchsorted(columns.day, want["at"], side="right") - 1
        assert columns.incidence[at].tolist() == pytest.approx(want[end], abs=1e-12)
        assert gray_variance(columns)[at].tolist() == pytest.approx(want[f"{end}_var"], abs=1e-12)
        assert [curve.at(day).value for day in want["at"]] == pytest.approx(want[end], abs=1e-12)


@pytest.mark.parametrize("name", R["jackknife"])
def test_shares_are_those_of_survfit_and_the_delta_method_is_its_jackknife(name: str) -> None:
    want, ages = R["jackknife"][name], leads_of(name)
    columns = steps(ages)
    for day, share, lost, spread in zip(want["at"], want["converted"], want["lost"], want["converted_se"], strict=True):
        row = int(np.searchsorted(columns.day, day, side="right")) - 1
        assert value_at(ages, day) == pytest.approx(share, abs=1e-12)
        assert value_at(ages, day, "lost") == pytest.approx(lost, abs=1e-12)
        # Of leads that come late, the jackknife of R is another number: the days of one lead no longer cancel.
        if name != "late":
            weights = np.eye(1, columns.day.size, row)[0]
            assert variance(columns, weights) ** 0.5 == pytest.approx(spread, abs=1e-12)


@pytest.mark.parametrize("name", ["tied", "crm_a", "crm_b"])
@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_kaplan_meier_and_its_quantiles_are_those_of_survfit(name: str, interval: str, confidence: float) -> None:
    want = R["meier"][name]
    curve = kaplan_meier(leads_of(name), interval=interval, confidence=confidence)
    limits = want[f"{interval} {confidence}"]
    got = [curve.at(day) for day in want["at"]]
    assert [at.value for at in got] == pytest.approx(want["share"], abs=1e-12)
    assert [at.low for at in got] == pytest.approx(limits["low"], abs=1e-12)
    assert [at.high for at in got] == pytest.approx(limits["high"], abs=1e-12)
    waits = [waiting_time(curve, share) for share in want["shares"]]
    assert [wait.value for wait in waits] == limits["time"]
    assert [wait.low for wait in waits] == limits["time_low"]
    # R leaves out a limit that is not reached.
    assert [wait.high for wait in waits] == [math.inf if late is None else late for late in limits["time_high"]]


@pytest.mark.parametrize("name", ["tied", "crm_a", "crm_b"])
def test_restricted_mean_without_exits_is_that_of_survfit(name: str) -> None:
    want = R["meier"][name]
    mean = restricted_mean(never_disqualified(leads_of(name)), want["until"][0])
    assert mean.value == pytest.approx(want["mean"][0], abs=1e-10)
    assert error(mean) == pytest.approx(want["mean_se"][0], abs=1e-10)


def test_kaplan_meier_of_late_entries_is_that_of_survfit() -> None:
    want, curve = R["meier"]["late"], kaplan_meier(leads_of("late"))
    got = [curve.at(day) for day in want["at"]]
    assert [at.value for at in got] == pytest.approx(want["share"], abs=1e-12)
    assert [at.low for at in got] == pytest.approx(want["low"], abs=1e-12)
    assert [at.high for at in got] == pytest.approx(want["high"], abs=1e-12)


@given(LEADS)
def test_with_one_way_to_end_the_delta_method_is_greenwoods_formula(leads: list[Lead]) -> None:
    ages = table([(day, end, None) for day, end, _ in leads if end in ("open", "converted")])
    columns, until = steps(ages), 11.0
    lasting = lengths(columns, until)
    want = 0.0
    for row, (n, ended) in enumerate(zip(ages.at_risk, ages.ended, strict=True)):
        area = float(lasting[row:] @ columns.waiting[row:])
        want += area**2 * ended / (n * (n - ended)) if n > ended else 0.0
    assert variance(columns, lasting) == pytest.approx(want, abs=1e-9)


@given(LEADS, st.sampled_from(["converted", "lost", "disqualified"]), st.sampled_from([0.5, 0.95, 0.999]))
def test_a_curve_of_conversions_never_falls_and_lies_within_its_limits(
    leads: list[Lead], end: str, confidence: float
) -> None:
    ages = table(leads)
    assume(end in ("converted", *ages.exited))
    curve = cumulative(ages, ended=end, confidence=confidence)
    assert list(curve.value) == sorted(curve.value)
    assert all(
        0 <= low <= value <= high <= 1 for low, value, high in zip(curve.low, curve.value, curve.high, strict=True)
    )


@given(LEADS, st.sampled_from(["log-log", "log", "plain"]))
def test_a_curve_of_those_left_never_rises_and_lies_within_its_limits(leads: list[Lead], interval: str) -> None:
    curve = kaplan_meier(table(leads), interval=interval)
    assert list(curve.value) == sorted(curve.value, reverse=True)
    assert all(
        0 <= low <= value <= high <= 1 for low, value, high in zip(curve.low, curve.value, curve.high, strict=True)
    )


@given(LEADS)
def test_without_exits_the_two_curves_say_the_same(leads: list[Lead]) -> None:
    ages = table([lead for lead in leads if lead[1] in ("open", "converted")])
    rising, falling = cumulative(ages), kaplan_meier(ages)
    assert (rising.day, rising.at_risk, rising.until) == (falling.day, falling.at_risk, falling.until)
    assert list(rising.value) == pytest.approx([1 - value for value in falling.value], abs=1e-12)


@given(RIPE)
def test_where_every_lead_is_old_enough_the_curve_is_hits_by_total(leads: list[Lead]) -> None:
    ages = table(leads)
    for day in range(10):
        hits = sum(at <= day and end == "converted" for at, end, _ in leads)
        assert value_at(ages, day) == pytest.approx(hits / len(leads), abs=1e-12)


@given(RIPE, LEADS)
def test_leads_too_young_for_any_end_to_be_seen_change_no_value(ripe: list[Lead], young: list[Lead]) -> None:
    first = min((day for day, end, _ in ripe if end != "open"), default=0)
    open_ones = [(day, "open", None) for day, _, _ in young if day < first]
    with_them = cumulative(table(ripe + open_ones))
    for day in range(10):
        assert with_them.at(day).value == value_at(table(ripe), day)


@given(LEADS, st.integers(0, 12), st.integers(1, 40))
def test_open_leads_change_nothing_after_the_last_day_they_were_seen(leads: list[Lead], age: int, more: int) -> None:
    ages = table(leads)
    assert still_waiting(ages + Ages.of([age] * more, ["open"] * more), age) == still_waiting(ages, age)


@given(LEADS, st.integers(0, 11))
def test_the_curve_of_those_still_waiting_is_the_rest_of_the_curve(leads: list[Lead], after: int) -> None:
    ages = table([(day, end, None) for day, end, _ in leads])
    columns = steps(ages)
    row = int(np.searchsorted(columns.day, after, side="right")) - 1
    left = columns.waiting[row] if row >= 0 else 1.0
    assume(still_waiting(ages, after).n)
    for day in range(after + 1, 13):
        rest = cumulative(still_waiting(ages, after)).at(day)
        if not math.isnan(rest.value):
            assert value_at(ages, day) == pytest.approx(value_at(ages, after) + left * rest.value, abs=1e-12)


def test_before_the_first_conversion_the_upper_limit_is_wilsons_of_none() -> None:
    curve = cumulative(Ages.of([4, 9, 9, *[20] * 7], ["lost", "converted", "lost", *["open"] * 7]))
    none = rate(Counts(0, 10))
    for day in (0, 3, 4, 8):
        assert (curve.at(day).value, curve.at(day).low) == (0, 0)
        assert curve.at(day).high == pytest.approx(none.high, abs=1e-12)
    assert curve.at(9).value == pytest.approx(0.1)
    assert curve.at(9).low > 0
    falling = kaplan_meier(Ages.of([9, *[20] * 9], ["converted", *["open"] * 9])).at(8)
    assert (falling.value, falling.high) == (1, 1)
    assert falling.low == pytest.approx(1 - none.high, abs=1e-12)


def test_leads_that_are_gone_tell_less_before_the_first_conversion() -> None:
    ages = Ages.of([*[1] * 90, 5, *[8] * 9], [*["open"] * 90, "lost", *["open"] * 9])
    at = cumulative(ages).at
    assert at(0).high == pytest.approx(rate(Counts(0, 100)).high, abs=1e-12)
    assert at(5).high == pytest.approx(rate(Counts(0, 10)).high, abs=1e-12)
    assert at(8).high == at(5).high


@pytest.mark.parametrize("curve, of_none", [(cumulative, False), (kaplan_meier, True)])
def test_once_all_converted_the_limit_still_doubts_the_last_of_them(
    curve: Callable[[Ages], Curve], of_none: bool
) -> None:
    at_once, in_turn = (curve(Ages.of(days, ["converted"] * 10)) for days in ([3] * 10, [1] * 6 + [3] * 4))
    side = (lambda at: at.high) if of_none else (lambda at: 1 - at.low)
    assert at_once.at(3).value == in_turn.at(9).value == (0 if of_none else 1)
    assert side(at_once.at(3)) == pytest.approx(rate(Counts(0, 10)).high, abs=1e-12)
    assert side(in_turn.at(3)) == pytest.approx(side(in_turn.at(1)) * rate(Counts(0, 4)).high, abs=1e-12)


def test_a_curve_ends_where_its_leads_leave_a_gap() -> None:
    ages = Ages.of([4, 9, 12], ["converted", "open", "converted"], entered=[None, 4, 4])
    for curve in (cumulative(ages), kaplan_meier(ages)):
        for day in (3, 4, 9, 12):
            at = curve.at(day)
            assert (math.isnan(at.value), at.low, at.high) == (True, 0, 1)
    assert value_at(still_waiting(ages, 4), 12) == 1.0
    assert math.isnan(restricted_mean(ages, 4).value)


def test_a_curve_ends_where_nobody_is_left_to_watch_though_others_come_later() -> None:
    ages = Ages.of([4, 9], ["open", "converted"], entered=[None, 6])
    for curve in (cumulative(ages), kaplan_meier(ages)):
        assert curve.until == 4
        assert curve.at(4).value == curve.start
        assert math.isnan(curve.at(9).value)


def test_a_curve_is_silent_past_the_last_day_seen_and_of_no_leads() -> None:
    curve = cumulative(Ages.of([2, 5], ["converted", "open"]))
    assert curve.at(5).value == 0.5
    assert math.isnan(curve.at(6).value)
    assert value_at(Ages.of([2, 5], ["converted", "lost"]), 10**6) == 0.5
    nobody = cumulative(Ages((), ()))
    assert (nobody.n, nobody.day, math.isnan(nobody.at(0).value)) == (0, (), True)
    assert str(waiting_time(nobody)) == str(restricted_mean(Ages((), ()), 5)) == "no leads"
    assert str(conversion_wait(Ages((), ()), 5)) == str(conversion_wait_quantile(Ages((), ()), 5)) == "no leads"


def test_leads_watched_from_no_first_day_say_nothing_of_it() -> None:
    curve = cumulative(Ages.of([5, 8], ["converted", "open"], entered=[2, 2]))
    assert curve.day == (2, 5, 8)
    assert (curve.at(4).value, curve.at(4).high, curve.at(5).value) == (0, 0, 0.5)


@given(LEADS, st.floats(0.05, 0.95))
def test_a_waiting_time_is_the_first_day_at_or_past_the_share(leads: list[Lead], share: float) -> None:
    curve = cumulative(table(leads))
    wait = waiting_time(curve, share)
    assert math.isnan(wait.value) or 0 <= wait.low <= wait.value <= wait.high
    if math.isnan(wait.value):
        assert max(curve.value, default=0.0) < share
        assert wait.high == math.inf
    else:
        assert curve.at(wait.value).value >= share - 1e-9
        assert wait.value == 0 or curve.at(wait.value - 1).value < share


def test_a_share_that_is_not_reached_is_not_reached() -> None:
    ages = Ages.of([*[3] * 4, *[40] * 60], [*["converted"] * 4, *["open"] * 60])
    wait = waiting_time(cumulative(ages))
    assert math.isnan(wait.value)
    assert (wait.low, wait.high, wait.n, wait.unit) == (40, math.inf, 64, "days")
    never = waiting_time(cumulative(Ages.of([*[3] * 4, *[40] * 60], [*["converted"] * 4, *["lost"] * 60])))
    assert (math.isnan(never.value), never.low, never.high) == (True, math.inf, math.inf)


@given(RIPE, st.integers(0, 10))
def test_restricted_mean_of_ripe_leads_is_the_plain_mean_of_their_days(leads: list[Lead], until: int) -> None:
    days = [min(day, until) if end == "converted" else until for day, end, _ in leads]
    mean = restricted_mean(table(leads), until)
    assert mean.value == pytest.approx(sum(days) / len(days), abs=1e-9)
    assert 0 <= mean.low <= mean.value <= mean.high <= until


def test_restricted_mean_without_any_spread_takes_the_limits_of_the_curve() -> None:
    none = restricted_mean(Ages.of([30] * 10, ["open"] * 10), 20)
    assert (none.value, none.high) == (20, 20)
    assert none.low == pytest.approx(20 * (1 - rate(Counts(0, 10)).high), abs=1e-12)
    at_once = restricted_mean(Ages.of([0] * 10, ["converted"] * 10), 20)
    assert (at_once.value, at_once.low) == (0, 0)
    assert at_once.high == pytest.approx(20 * rate(Counts(0, 10)).high, abs=1e-12)


def test_days_not_watched_have_no_mean() -> None:
    ages = Ages.of([3, 9], ["converted", "open"])
    for got in (restricted_mean(ages, 10), conversion_wait(ages, 10), conversion_wait_quantile(ages, 10)):
        assert (math.isnan(got.value), got.low, got.high, got.n) == (True, 0, 10, 2)
        assert got.method.endswith(": not enough days watched")
    for got in (conversion_wait(ages, 2), conversion_wait_quantile(ages, 2)):
        assert (math.isnan(got.value), got.low, got.high, got.n) == (True, 0, 2, 2)
        assert got.method.endswith(": no conversion by then")


@given(RIPE, st.integers(0, 10))
def test_waits_of_ripe_leads_are_those_of_the_converted(leads: list[Lead], until: int) -> None:
    days = sorted(day for day, end, _ in leads if end == "converted" and day <= until)
    assume(days)
    mean = conversion_wait(table(leads), until)
    assert mean.value == pytest.approx(sum(days) / len(days), abs=1e-9)
    assert -1e-9 <= mean.low <= mean.value + 1e-9 <= mean.high + 2e-9 <= until + 3e-9
    for share in (0.25, 0.5, 0.9):
        got = conversion_wait_quantile(table(leads), until, share)
        assert got.value == days[math.ceil(share * len(days) - 1e-9) - 1]
        assert 0 <= got.low <= got.value <= got.high <= until


def test_the_mean_wait_of_ripe_leads_has_the_t_interval_of_a_mean_on_the_logit() -> None:
    days = [1, 2, 2, 5, 9, 14, 3, 3]
    ages = Ages.of([*days, *[60] * 9], [*["converted"] * 8, *["open"] * 9])
    got = conversion_wait(ages, 30)
    mean, spread = np.mean(days), np.std(days, ddof=1) / 8**0.5
    # t of 7 degrees of freedom, 97.5%: 2.364624 (Fisher & Yates 1963, table III).
    reach = 2.364624 * spread * 30 / (mean * (30 - mean))
    for limit, sign in ((got.low, -1), (got.high, 1)):
        assert limit == pytest.approx(30 / (1 + (30 - mean) / mean * math.exp(-sign * reach)), abs=1e-5)


def test_a_wait_seen_on_a_single_day_is_doubted_as_far_as_wilson_does() -> None:
    ages = Ages.of([*[4] * 10, *[60] * 9], [*["converted"] * 10, *["open"] * 9])
    got, doubt = conversion_wait(ages, 30), rate(Counts(0, 10)).high
    assert got.value == pytest.approx(4, abs=1e-12)
    assert got.low == pytest.approx(4 * (1 - doubt), abs=1e-12)
    assert got.high == pytest.approx(4 * (1 - doubt) + 30 * doubt, abs=1e-12)


@given(st.lists(st.integers(0, 10), min_size=16, max_size=60), st.integers(0, 20), st.sampled_from([0.25, 0.5, 0.75]))
def test_the_median_wait_of_ripe_leads_has_the_limits_of_the_score_test(
    days: list[int], others: int, share: float
) -> None:
    """Of ``k`` conversions, a day is a quantile if the number by then is within reach of ``share * k``."""
    k, z = len(days), normal_quantile(0.95)
    ages = Ages.of([*days, *[20] * others], [*["converted"] * k, *["open"] * others])
    got = conversion_wait_quantile(ages, 10, share)
    reach = z * math.sqrt(k * share * (1 - share)) + 1e-9
    by = {day: sum(one <= day for one in days) for day in sorted(set(days))}
    assert got.low == next(day for day, hits in by.items() if hits - share * k >= -reach)
    assert got.high == next((day for day, hits in by.items() if hits - share * k >= reach - 2e-9), 10)


def test_open_leads_make_the_wait_longer_than_the_conversions_so_far_say() -> None:
    ages = leads_of("crm_a")
    seen = [day for day, hits in zip(ages.day, ages.converted, strict=True) for _ in range(hits) if day <= 90]
    assert conversion_wait(ages, 90).value > sum(seen) / len(seen)


def test_what_cannot_be_asked_is_refused_in_words() -> None:
    ages = Ages.of([1, 2], ["converted", "open"])
    curve = cumulative(ages)
    confidence = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    share = "share must lie between 0 and 1, both excluded; got 50, for the median say 0.5."
    asked: list[tuple[Callable[[], object], str]] = [
        (lambda: cumulative(ages, confidence=95), confidence),
        (lambda: kaplan_meier(ages, confidence=95), confidence),
        (lambda: restricted_mean(ages, 1, confidence=95), confidence),
        (lambda: conversion_wait(ages, 1, confidence=95), confidence),
        (lambda: conversion_wait_quantile(ages, 1, confidence=95), confidence),
        (lambda: waiting_time(curve, 50), share),
        (lambda: conversion_wait_quantile(ages, 1, 50), share),
        (lambda: restricted_mean(ages, -1), "until must be a number of days, 0 or more; got -1."),
        (lambda: conversion_wait(ages, math.inf), "until must be a number of days, 0 or more; got inf."),
        (lambda: conversion_wait_quantile(ages, math.nan), "until must be a number of days, 0 or more; got nan."),
        (
            lambda: kaplan_meier(ages, interval="loglog"),
            "unknown interval 'loglog' for a Kaplan-Meier curve; choose one of log-log, log, plain.",
        ),
        (
            lambda: cumulative(ages, ended="open"),
            "no wait in this table ended by 'open'; choose one of 'converted'.",
        ),
    ]
    for call, message in asked:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call()
