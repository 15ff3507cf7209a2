"""The tables of words of the report: the scorecard, the benchmarks, the survey and the claims of the articles."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_report import CITATION, HOSTILE, QUALITY, SHOWN, Reader, charter, marked, refused

import alignment_metrics as am
from alignment_metrics import report
from alignment_metrics.charter import Agreement, Definition, Funnel, Goal
from alignment_metrics.findings.claims.told import chapters as places
from alignment_metrics.findings.frame import about, compared, is_compared
from alignment_metrics.findings.scorecard import Promise
from alignment_metrics.findings.voices import heard, label
from alignment_metrics.published import GRADES, articles, citation, fineprint
from alignment_metrics.published.phrases import origin
from alignment_metrics.report import beside, chapters, document, goals, marks, methods, page, repeated, wording
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.values import Against, Benchmark, Citation, Counts, Estimate, Finding, Group, Verdict

# Newcombe (1998), Stat Med 17:857, table I.
OURS = rate(Counts(81, 263))
AGAINST = Against(0.0001, "exact binomial test", 0.02, 0.31, 5508)
PROMISES = (
    Promise("At least 50 leads enter mql in every week", "broken", "In 9 of 24 weeks fewer than 50.", "agreement.a"),
    Promise("95% of mql are touched within 2 days", "kept", "96.2% of 2,092 leads.", "agreement.b"),
    Promise("At least 40% of mql reach won", "cannot tell", "Chance alone may decide.", "agreement.c"),
)


def html(findings: Sequence[Finding], *, promises: Sequence[Promise] = (), **parts: Any) -> str:
    return page.to_html(findings, quality=QUALITY, charter=charter(**parts), promises=promises)


def placed(
    citation: Citation = CITATION, ours: Estimate = OURS, against: Against | None = AGAINST, **parts: Any
) -> Finding:
    return marked(citation, **{"benchmark": Benchmark(citation, ours, against), "estimates": (((), ours),)} | parts)


def chapter(text: str, code: str) -> str:
    return text.partition(f'<h2 id="chapter-{code}">')[2].partition("</section>")[0]


def item(name: str, marketing: Counts, sales: Counts, **parts: Any) -> Finding:
    left: Group = (("team", "sales"),)
    right: Group = (("team", "marketing"),)
    usual: dict[str, Any] = {
        "estimates": ((right, rate(marketing)), (left, rate(sales))),
        "comparison": compare(sales, marketing),
        "compared": (left, right),
    }
    return Finding(
        f"perception.{name}", f"Who says {name}?", **{"verdict": "higher", "claim": "Sales does."} | usual | parts
    )


def says_and_shows(crm: Counts) -> Finding:
    rows = [("crm", crm), ("marketing", Counts(6, 20)), ("sales", Counts(14, 20))]
    told = tuple(((("item", "followed_up"), ("who", who)), rate(counts)) for who, counts in rows)
    return Finding("perception.says_and_shows", "Said, and shown?", "measured", "Sales says 70%.", told)


def claimed(id: str, **parts: Any) -> Finding:
    usual = {"verdict": "not_comparable", "claim": "Nothing of ours.", "because": "it is quoted only to warn."}
    return Finding(f"claims.{id}", "Is it so?", **usual | parts)


# The scorecard


def test_the_scorecard_follows_the_headlines_and_tells_each_state_by_a_word_and_a_shape() -> None:
    text = html([replace(refused("agreement.a"), verdict="broken", because=None)], promises=PROMISES)
    at = [text.index(f'id="{id}"') for id in ("what-we-found", "scorecard", "chapter-agreement")]
    assert at == sorted(at)
    card = text.partition('<section class="scorecard">')[2].partition("</section>")[0]
    states = re.findall(r'<span class="verdict (\w+)">([^<]*)</span>', card)
    assert states == [("broken", "✗ Broken"), ("kept", "✓ Kept"), ("untold", "? Cannot tell")]
    # Only where the audit has the finding is there something to lead to.
    assert re.findall(r'href="([^"]*)"', card) == ["#agreement-a"]
    assert "3 promises: 1 kept, 1 broken and 1 that cannot be told." in Reader(card).words
    assert '<a href="#scorecard">' in text


def test_the_scorecard_has_a_sheet_of_paper_to_itself() -> None:
    style = Reader(html([], promises=PROMISES)).style
    paper = style.partition("@media print")[2]
    assert re.search(r"\.scorecard \{ break-before: page; break-after: page; \}", paper)
    # A link leads nowhere on paper.
    assert ".scorecard a { display: none; }" in paper


def test_a_scorecard_handed_out_alone_says_whose_it_is_until_when_and_what_the_stages_mean() -> None:
    goal = Goal("rate", "lead", "mql", 0.4, within_days=90)
    agreed = Agreement(signed=dt.date(2025, 10, 1), goals=(goal,))
    told = (Promise("At least 40% of leads reach mql", "kept", "It was 50%.", goal.code),)
    card = (
        html([], promises=told, agreement=agreed).partition('<section class="scorecard">')[2].partition("</section>")[0]
    )
    words = Reader(card).words
    assert "Acme Robotics, data up to and including 2026-06-30 (Europe/Paris)." in words
    judged = "Promises are judged for the time from 2025-10-01, when the agreement was signed, to 2026-06-30."
    assert judged in words
    assert words.endswith("What the stages mean mql: a demo was asked for (marketing)")
    open_end = goals.judged(charter(agreement=replace(agreed, signed=None)))
    assert open_end == "Promises are judged for the time from the first lead on to 2026-06-30."


def test_without_an_agreement_one_line_says_how_to_have_a_scorecard() -> None:
    text = html([])
    assert 'class="scorecard"' not in text
    assert "There is no alignment scorecard, for the charter promises nothing yet" in Reader(text).words


def test_nothing_was_promised_where_the_charter_has_no_agreement() -> None:
    agreed = replace(charter(), agreement=Agreement(goals=(Goal("volume", "mql", None, 50, every="week"),)))
    kept = replace(refused("agreement.volume_mql"), verdict="kept", because=None)
    assert goals.promises([kept], charter()) == ()
    assert [(one.state, one.code) for one in goals.promises([kept], agreed)] == [("kept", "agreement.volume_mql")]


def test_what_a_goal_says_is_shown_as_text() -> None:
    text = html([], promises=[Promise(HOSTILE, "kept", HOSTILE, "agreement.x")])
    assert SHOWN in Reader(text).text
    assert not {"script", "img"} & {tag for tag, _ in Reader(text).tags}


def test_the_scorecard_is_there_for_scripts_and_for_spreadsheets(tmp_path: Path) -> None:
    found = json.loads(document.to_json([], quality=QUALITY, charter=charter(), promises=PROMISES))
    first = {"goal": PROMISES[0].goal, "state": "broken", "evidence": PROMISES[0].evidence, "finding": "agreement.a"}
    assert found["scorecard"][0] == first
    agreed = charter(agreement=Agreement(goals=(Goal("volume", "mql", None, 50, every="week"),)))
    broken = Finding("agreement.volume_mql", "?", "broken", "=1+1 leads were too few.")
    report.write([broken], quality=QUALITY, charter=agreed, out=tmp_path)
    rows = list(csv.reader(io.StringIO((tmp_path / "tables" / "scorecard.csv").read_text("utf-8-sig"))))
    assert rows[0] == ["goal", "state", "evidence", "finding"]
    assert rows[1][1:] == ["broken", "'=1+1 leads were too few.", "agreement.volume_mql"]


def test_a_promise_that_was_counted_has_no_interval() -> None:
    counted = Estimate(15 / 24, 15 / 24, 15 / 24, 24, "share", "count", 0.95, hits=15)
    weeks = [((("week", f"2026-W{at:02}"),), Estimate(at, at, at, at, "leads", "count", 0.95)) for at in (31, 52)]
    one = Finding("agreement.volume_mql", "Fifty?", "broken", "In 9 of 24.", (((), counted), *weeks))
    words = Reader(html([one])).words
    assert "Broken 62.5%, 15 of 24" in words
    assert "Week Value 2026-W31 31 leads 2026-W52 52 leads" in words
    assert "95% interval" not in words
    assert "Fifty? 62.5% 15 of 24 In 9 of 24." in words


# Benchmarks


def test_what_was_compared_is_one_row_with_its_test_its_margin_and_its_tipping_point() -> None:
    part = chapter(html([placed()]), "benchmark")
    row = Reader(part.partition("<tbody>")[2].partition("</tbody>")[0]).words
    assert row == (
        "Of leads, 5% become customers. Some Institute (via a blog), 2014 Fine print Self-reported. 5% grade B, "
        "n = 500 30.8% [25.5%, 36.6%], n = 263 above +25.8 points p < 0.001 n = 5,508"
    )
    assert f'<tr id="benchmark-{CITATION.id}">' in part
    assert f'href="#source-{CITATION.id}"' in part


def test_what_a_source_did_not_state_is_said_not_to_be_stated() -> None:
    bare = replace(CITATION, n=None, year=None)
    words = Reader(chapter(html([placed(bare, against=None)]), "benchmark")).words
    assert "year unknown Fine print Self-reported. 5% grade B, n not stated 30.8%" in words
    assert "n = 263 above +25.8 points – –" in words


def test_of_many_benchmarks_none_is_told_in_prose_unless_one_asks() -> None:
    many = [placed(replace(CITATION, id=f"s-{at}"), notes=(f"Note {at}.", "Of all.")) for at in range(30)]
    many += [refused(f"benchmark.r-{at}", f"it lacks the stage number {at}.") for at in range(20)]
    part = chapter(html(many), "benchmark")
    assert "<article" not in part
    assert part.count('<tr id="benchmark-s-') == 30
    assert part.count('<tr id="benchmark-r-') == 20
    assert "<summary>20 published numbers that were not set beside ours, and what it would take</summary>" in part
    assert "<summary>Each of these in words, with its fine print</summary>" not in part
    assert "Fine print to several of these" in part
    assert "Asked, but without an answer here" not in part
    assert part.count("Of all.") == 1
    assert all(part.count(f"Note {at}.") == 1 for at in range(30))
    # What speaks against a source of several numbers is said once, with its name.
    assert part.count("Self-reported.") == part.count("Some Institute (via a blog), 2014: Self-reported.") == 1
    ids = re.findall(r'id="([^"]*)"', part)
    assert len(ids) == len(set(ids))


def test_a_query_that_many_benchmarks_rest_on_is_told_once() -> None:
    many = [placed(replace(CITATION, id=f"s-{at}"), sql=("SELECT 42",)) for at in range(30)]
    assert html(many).count("SELECT 42") == 1


def test_one_number_that_was_not_compared_is_one() -> None:
    text = html([refused("benchmark.r", "add a stage proposal.")])
    assert "<summary>1 published number that was not set beside ours, and what it would take</summary>" in text
    assert "Add a stage proposal. Does not apply" in Reader(text).words


def test_several_sources_are_a_range_with_the_grade_of_each_and_no_mean() -> None:
    low = replace(CITATION, id="low", value=0.31, grade="B", publisher="Low")
    high = replace(CITATION, id="high", value=0.4, grade="A", publisher="High", year=2009)
    span = Finding("published.lead_to_customer_rate", "?", "higher", "Above both.", (((), OURS),))
    part = chapter(html([placed(low), placed(high), span]), "benchmark")
    row = Reader(part.partition('<tr id="published-lead_to_customer_rate">')[2].partition("</tr>")[0]).words
    assert (
        row == "Lead to customer 31% to 40% 31%: Low, 2014 (B) 40%: High, 2009 (A) "
        "30.8% [25.5%, 36.6%], n = 263 above all"
    )
    alone = chapter(html([span]), "benchmark")
    assert "Above both." in alone


def test_a_share_of_firms_is_told_in_a_sentence_and_never_drawn() -> None:
    firms = citation("gartner-62-definitions")
    nobody = Benchmark(firms, rate(Counts(0, 0)))
    one = Finding(f"benchmark.{firms.id}", "?", "measured", "We are with the other 38%.", benchmark=nobody)
    part = chapter(html([one]), "benchmark")
    assert "Shares of firms, of which ours is one" in part
    assert "We are with the other 38%." in part
    assert "<svg" not in part
    assert not is_compared(replace(one, verdict="higher", benchmark=Benchmark(firms, OURS)))


def test_only_shares_are_drawn_and_each_keeps_its_grade() -> None:
    days = replace(CITATION, id="days", unit="days", value=84.0)
    waits = Estimate(22.4, 21.3, 23.5, 409, "days", "Student's t", 0.95)
    assert list(beside.plans([placed(days, waits)])) == []
    (plan,) = beside.plans([placed(days, waits), placed()])
    assert plan.described == ["lead to customer: 30.8% [25.5%, 36.6%], n = 263; Some Institute, 2014 (B) published 5%"]
    words = Reader(chapter(html([placed(days, waits)]), "benchmark")).words
    assert "84 days grade B, n = 500 22.4 days [21.3, 23.5 days], n = 409 longer −61.6 days" in words


def test_a_number_of_grade_d_is_not_drawn() -> None:
    assert list(beside.plans([placed(replace(CITATION, grade="D"))])) == []


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.0363, "share", "3.63%"),
        (0.31, "difference", "+31 points"),
        (-0.36, "relative_change", "−36%"),
        (2.5, "ratio", "2.5"),
        (42.0, "hours", "42 hours"),
        (None, "share", "no number"),
    ],
)
def test_a_published_number_is_written_as_its_source_has_it(value: float | None, unit: str, told: str) -> None:
    assert marks.number(value, unit) == told


@pytest.mark.parametrize(
    ("verdict", "unit", "told"),
    [
        ("higher", "share", "above"),
        ("lower", "share", "below"),
        ("no_difference_shown", "share", "not told apart"),
        ("equivalent", "share", "alike, within 2 points"),
        ("higher", "hours", "longer"),
        ("lower", "days", "shorter"),
    ],
)
def test_where_ours_lies_is_told_in_words_that_fit_its_unit(verdict: Verdict, unit: str, told: str) -> None:
    assert marks.side(placed(replace(CITATION, unit=unit), verdict=verdict)).text == told


def test_ours_beside_several_lies_beyond_all_of_them_or_among_them() -> None:
    hours = Estimate(62.4, 57.7, 67.1, 9, "hours", "Student's t", 0.95)
    told = [("higher", OURS, "above all"), ("higher", hours, "longer than all"), ("within_range", OURS, "among them")]
    for verdict, ours, words in told:
        one = Finding("published.x", "?", verdict, "!", (((), ours),))
        assert marks.side(one, several=True).text == words


def test_that_two_are_alike_is_tested_only_where_they_are_not_told_apart() -> None:
    assert marks.test(placed()).under == ""
    for verdict in ("equivalent", "no_difference_shown"):
        assert marks.test(placed(verdict=verdict)).under == "within 2\u00a0points: p\u00a0=\u00a00.31"


def test_the_table_and_the_sentence_have_one_tipping_number() -> None:
    # Of 263 leads 81, beside a published 13%: a difference that hardly any number behind the latter would explain.
    for target, ours in ((0.05, Counts(81, 263)), (0.13, Counts(81, 263)), (0.3, Counts(1732, 5000))):
        one = am.beside(replace(CITATION, value=target), ours)
        assert one.benchmark
        told = marks.tipping(one.benchmark).text.removeprefix("n\u00a0=\u00a0")
        assert any(told in note for note in one.notes), (told, one.notes)


def test_what_our_number_is_of_stands_below_it_once() -> None:
    told = "It lies above. Ours: lead to won within 90 days."
    first, second = (replace(placed(replace(CITATION, id=id)), claim=told) for id in "ab")
    words = Reader(chapter(html([first, second]), "benchmark")).words
    assert words.count("n = 263; lead to won within 90 days") == 1


def test_numbers_that_one_reason_keeps_from_being_compared_share_it() -> None:
    because = "it counts calls. Needed: a log of calls."
    none = [
        placed(
            replace(CITATION, id=id),
            verdict="not_comparable",
            because=because,
            benchmark=Benchmark(replace(CITATION, id=id), rate(Counts(0, 0))),
        )
        for id in "abc"
    ]
    part = chapter(html([none[0], refused("benchmark.other"), *none[1:]]), "benchmark")
    words = Reader(part).words
    assert words.count("It counts calls. Needed: a log of calls.") == 1
    assert words.count("As above.") == 2
    assert "Nothing" not in words
    assert "Comparable when" not in words


def test_of_what_beside_notes_only_what_is_on_our_own_number_is_left_to_the_fine_print() -> None:
    for citation_id, ours in (("implisit-lead-won-webinar", Counts(15, 148)), ("gartner-44-mql", Counts(81, 263))):
        found = am.beside(citation_id, ours, margin=0.02, of="lead to won")
        assert found.notes
        assert beside.own_notes(found) == []
        assert beside.own_notes(replace(found, notes=(*found.notes, "Leads are counted singly."))) == [
            "Leads are counted singly."
        ]
    several = ["fourquadrant-mql-sql", "sherpa-2009-ready-qualified"]
    span = am.published.beside_range("mql_to_sql_rate", [*several, "folk-13-mql-sql"], Counts(210, 600))
    assert [note.partition(":")[0] for note in beside.own_notes(span)] == ["Left out, folk-13-mql-sql"]


def test_when_a_number_may_be_compared_stands_with_its_source_and_what_it_says_in_the_table() -> None:
    retold = replace(CITATION, discrepancy="Some say 50%.")
    text = html([placed(retold)])
    sources = text.partition('id="sources-cited"')[2]
    assert (
        f"Comparable when: {CITATION.comparable_when} How it is told elsewhere: Some say 50%." in Reader(sources).words
    )
    assert CITATION.claim not in sources
    none = html([placed(retold, verdict="not_comparable", because="it is not.")]).partition('id="sources-cited"')[2]
    assert "Comparable when" not in none


def test_the_test_against_a_fixed_target_is_there_for_scripts() -> None:
    first, second = json.loads(
        document.to_json([placed(), marked(replace(CITATION, id="b"))], quality=QUALITY, charter=charter())
    )["findings"]
    assert first["benchmark"]["against"] == {
        "pvalue": 0.0001,
        "method": "exact binomial test",
        "margin": 0.02,
        "equivalence": 0.31,
        "tipping_n": 5508,
    }
    assert second["benchmark"]["against"] is None


def test_all_benchmarks_are_one_table_for_spreadsheets(tmp_path: Path) -> None:
    because = "it is about webinars."
    nobody = Benchmark(replace(CITATION, id="c", publisher="=cmd"), rate(Counts(0, 0)))
    none = Finding("benchmark.c", "?", "not_comparable", "Nothing.", because=because, benchmark=nobody)
    report.write([placed(), none], quality=QUALITY, charter=charter(), out=tmp_path)
    text = (tmp_path / "tables" / "benchmarks.csv").read_bytes().decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert [first[key] for key in ("code", "verdict", "n", "published", "grade", "published_n", "tipping_n")] == [
        f"benchmark.{CITATION.id}", "higher", "263", "0.05", "B", "500", "5508",
    ]  # fmt: skip
    assert float(first["value"]) == OURS.value
    assert [second[key] for key in ("value", "n", "pvalue", "because", "publisher")] == ["", "", "", because, "'=cmd"]


def test_the_fine_print_names_the_tests_against_a_target() -> None:
    named = [one.name for one in methods.methods([placed()])]
    assert named == ["Wilson", "exact binomial test", "two one-sided tests"]
    threshold = replace(AGAINST, method="exact binomial test of 75%", equivalence=None)
    assert [one.name for one in methods.methods([placed(against=threshold)])] == ["Wilson", "exact binomial test"]
    everybody = replace(OURS, method="census: everybody answered")
    (method,) = methods.methods([Finding("perception.x", "?", "measured", "!", (((), everybody),))])
    assert method.does.startswith("everybody was counted or answered")


def test_the_headline_among_benchmarks_is_the_best_documented_however_far_ours_is() -> None:
    near, far = (replace(CITATION, id=id, grade="A", value=value) for id, value in (("a-near", 0.2), ("z-far", 0.05)))
    firms = replace(citation("gartner-62-definitions"), grade="A", n=9999)
    told = [placed(replace(CITATION, id="b")), placed(near), placed(far), placed(firms)]
    assert [one.code for one in report.headlines(told, charter=charter())] == ["benchmark.a-near"]


# The frame of comparisons


def test_several_numbers_for_one_of_ours_bear_one_name_and_stand_together() -> None:
    own = [placed(replace(CITATION, id=f"s-{at}", group=group)) for at, group in enumerate(["all", None, "webinar"])]
    other = placed(replace(CITATION, id="other", group="webinar"), rate(Counts(15, 148)))
    frame = compared([own[0], other, own[1], own[2]])
    assert list(frame.index) == ["lead to customer"] * 3 + ["lead to customer, webinar"]
    assert list(frame["id"]) == ["s-0", "s-1", "s-2", "other"]
    assert frame.loc["lead to customer, webinar", ["n", "published", "tipping_n"]].tolist() == [148, 0.05, 5508]
    assert str(frame["tipping_n"].dtype) == "Int64"


def test_what_was_not_compared_is_not_in_the_frame() -> None:
    none = placed(verdict="not_comparable", because="it is not.")
    nobody = placed(ours=rate(Counts(0, 0)))
    frame = compared([none, nobody, refused()])
    assert frame.empty
    assert "tipping_n" in frame.columns


def test_a_metric_whose_name_does_not_say_it_is_called_in_words() -> None:
    assert about(replace(CITATION, metric="lead_never_responded_share")) == "never answered"
    assert about(replace(CITATION, group="webinar")) == "lead to customer, webinar"


# The survey


def test_what_is_said_stands_beside_what_is_shown_before_the_items() -> None:
    text = html([item("followed_up", Counts(6, 20), Counts(14, 20)), says_and_shows(Counts(900, 2092))])
    part = chapter(text, "perception")
    assert part.index("Said, and shown") < part.index("Marketing and sales, side by side")
    words = Reader(part).words
    assert (
        "Leads are always followed up 30.0% [14.5%, 51.9%], n = 20 70.0% [48.1%, 85.5%], n = 20 "
        "43.0% [40.9%, 45.2%], n = 2,092" in words
    )
    assert "Gap, sales − marketing Verdict Leads are always followed up" in words
    gap = wording.interval(compare(Counts(14, 20), Counts(6, 20)).difference).replace(" points", "")
    assert f"+40.0 {gap} More of sales than of marketing" in words
    assert part.count("<svg") == 1


def test_what_stands_in_for_the_thing_asked_says_what_it_is_and_is_not_drawn() -> None:
    found = says_and_shows(Counts(900, 2092))
    ((_, crm), *teams) = found.estimates
    named: Group = (("item", "followed_up"), ("who", "crm: moved on or left, not follow-up"))
    one = replace(found, estimates=((named, crm), *teams))
    words = Reader(chapter(html([one]), "perception")).words
    assert "43.0% [40.9%, 45.2%], n = 2,092; moved on or left, not follow-up" in words
    assert list(heard([one])["who"]) == ["marketing", "sales"]


def test_a_dumbbell_has_every_item_and_the_records_where_they_show_anything() -> None:
    findings = [
        item("collateral", Counts(11, 13), Counts(10, 25)),
        item("followed_up", Counts(6, 20), Counts(14, 20)),
        says_and_shows(Counts(900, 2092)),
    ]
    frame = heard(findings)
    assert list(zip(frame.index, frame["who"], strict=True)) == [
        ("Sales material is at hand", "marketing"),
        ("Sales material is at hand", "sales"),
        ("Leads are always followed up", "marketing"),
        ("Leads are always followed up", "sales"),
        ("Leads are always followed up", "crm"),
    ]
    assert frame["n"].tolist() == [13, 25, 20, 20, 2092]


def test_nobody_asked_is_a_reason_and_no_table() -> None:
    because = "there is no survey.csv in the folder."
    none = Finding("perception.survey", "Do both see it alike?", "does_not_apply", "Not known.", because=because)
    part = chapter(html([none]), "perception")
    assert "<table" not in part
    assert "<svg" not in part
    assert f"Not known. Because {because}" in Reader(part).words
    assert heard([none]).empty


def test_a_team_too_small_to_be_shown_has_a_dash_and_its_number() -> None:
    nan = replace(rate(Counts(3, 4)), value=math.nan)
    marketing: Group = (("team", "marketing"),)
    one = item("collateral", Counts(1, 9), Counts(2, 9), estimates=((marketing, nan),), comparison=None, compared=None)
    one = replace(one, verdict="not_enough_data", because="too few answered.")
    assert "Sales material is at hand – n = 4 – – Not enough data" in Reader(chapter(html([one]), "perception")).words


def test_what_is_said_and_clearly_not_shown_is_a_headline() -> None:
    clear, unclear = says_and_shows(Counts(400, 2092)), says_and_shows(Counts(12, 20))
    assert report.headlines([clear], charter=charter()) == (clear,)
    assert report.headlines([unclear], charter=charter()) == ()


def test_an_item_nobody_knows_keeps_its_name() -> None:
    assert label("lunch_breaks") == "Lunch breaks"


# The claims of the articles


def test_each_claim_is_a_row_with_its_article_its_grade_and_its_fate() -> None:
    part = chapter(html([claimed(one) for one in dict.fromkeys(claim.citation for claim in articles())]), "claims")
    assert part.count("<tr id=") == len({one.citation for one in articles()})
    assert "<article" not in part
    words = Reader(part).words
    for one in articles():
        assert citation(one.citation).grade in GRADES
    assert {"Shown as context", "Quoted only to warn", "Turned into a check", "Tested on our own leads"} <= set(
        re.findall(r'<span class="verdict \w+">([^<]*)</span>', part)
    )
    assert "Behind it It is quoted only to warn." in words
    # What the fates mean is said once, and each article has its table.
    assert words.count(repeated.FINE_PRINT) == 1
    assert part.count("<h3>") == 3


def test_a_claim_says_no_more_than_the_columns_beside_it_leave_open() -> None:
    claim = next(one for one in articles() if one.fate == "context")
    cited = citation(claim.citation)
    because = f"it may be shown but not scored against (grade C). {cited.discrepancy or cited.caveat}"
    told = "Ours is shown beside it, and not scored: 30.8% (as stated in the charter), growth."
    nobody = Benchmark(cited, OURS)
    notes = (
        f"The source: {origin(cited)}.",
        fineprint.graded("C"),
        cited.caveat,
        "Asked of our own data in x.",
        "Mine.",
    )
    one = claimed(claim.citation, claim=told, because=because, benchmark=nobody, notes=notes, estimates=(((), OURS),))
    row = Reader(chapter(html([one]), "claims").partition("<tbody>")[2].partition("</tbody>")[0]).words
    assert row.endswith(f"Ours: 30.8% (as stated in the charter), growth. Behind it {cited.caveat} Mine.")
    bare = Reader(chapter(html([claimed(claim.citation, claim=repeated.NOTHING)]), "claims")).words
    assert repeated.NOTHING not in bare


def test_a_claim_that_points_to_a_chapter_is_a_link_alone() -> None:
    claim = next(one for one in articles() if one.seen_in == ("inbound_vs_outbound.cost",))
    told = f"What it says is tested on our own leads, in {places(claim.seen_in)}."
    test = replace(refused(claim.seen_in[0]), question="Is it cheaper here?")
    words = Reader(chapter(html([claimed(claim.citation, claim=told), test]), "claims")).words
    assert told not in words
    assert "Is it cheaper here?" in words
    assert told in Reader(chapter(html([claimed(claim.citation, claim=told)]), "claims")).words


def test_a_claim_leads_to_the_goals_and_stages_that_this_charter_has() -> None:
    goal = next(one for one in articles() if one.citation == "sla-50-leads")
    kept = Finding("agreement.volume_demo", "Fifty?", "kept", "In each.")
    way = next(one for one in articles() if one.citation == "cmo-council-benefits")
    defined = {"kunde": Definition(None, None, None, stands_for="won")}
    funnel = Funnel(("lead", "kunde"), definitions=defined)
    whole = Finding("conversion.lead_to_kunde", "How many?", "measured", "Many.")
    part = chapter(html([claimed(goal.citation), claimed(way.citation), kept, whole], funnel=funnel), "claims")
    links = re.findall(r'<a class="under" href="(#[^"]*)">([^<]*)', part)
    assert ("#agreement-volume_demo", "Fifty? Kept.") in links
    assert ("#conversion-lead_to_kunde", "How many?") in links


def test_a_claim_leads_to_where_it_is_tested_if_the_audit_has_it() -> None:
    claim = next(one for one in articles() if one.seen_in)
    test = replace(refused(claim.seen_in[0]), question="Is it so here?")
    links = re.findall(
        r'<a class="under" href="(#[^"]*)">([^<]*)', chapter(html([claimed(claim.citation), test]), "claims")
    )
    # An item of the survey goes by its name.
    assert (f"#{wording.anchor(test.code)}", f"The survey: {label(test.code.partition('.')[2])}") in links
    alone = chapter(html([claimed(claim.citation)]), "claims")
    assert wording.anchor(test.code) not in alone


def test_every_link_within_the_page_leads_somewhere() -> None:
    findings = [claimed(one) for one in dict.fromkeys(claim.citation for claim in articles())]
    text = html([*findings, placed(), says_and_shows(Counts(9, 90)), refused()], promises=PROMISES)
    ids = re.findall(r'id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)


def test_own_numbers_that_the_sentence_does_not_tell_stand_below_it() -> None:
    id = articles()[0].citation
    words = Reader(html([claimed(id, claim="Ours is told.", estimates=(((), OURS),))])).words
    assert "Ours is told. 30.8% [25.5%, 36.6%]" in words
    told = Reader(html([claimed(id, claim="Ours is 30.8%.", estimates=(((), OURS),))])).words
    assert "[25.5%, 36.6%]" not in told.partition("Claims of the articles")[2].partition("Stages and sources")[0]


def test_a_claim_of_no_article_is_told_as_any_question_is() -> None:
    words = Reader(chapter(html([claimed("unknown-number")]), "claims")).words
    assert "Is it so? Not comparable Nothing of ours." in words


def test_hostile_text_in_any_of_these_tables_is_text() -> None:
    findings = [
        placed(replace(CITATION, publisher=HOSTILE, claim=HOSTILE)),
        refused("benchmark.x", HOSTILE),
        claimed("x", claim=HOSTILE, because=HOSTILE, notes=(HOSTILE,)),
        item(HOSTILE, Counts(6, 20), Counts(14, 20), claim=HOSTILE),
        Finding("published.x", HOSTILE, "higher", HOSTILE, (((), OURS),)),
    ]
    text = html(findings)
    assert not {"script", "img"} & {tag for tag, _ in Reader(text).tags}
    assert "\u202e" not in text
    assert SHOWN in Reader(text).text


def test_the_chapters_stand_in_the_order_to_be_read() -> None:
    assert next(iter(chapters.CHAPTERS)) == "agreement"
    assert list(chapters.CHAPTERS)[-3:] == ["perception", "benchmark", "claims"]
    found = chapters.chapters([refused("claims.x"), refused("published.x"), placed(), refused("agreement.x")])
    assert [(code, [one.code for one in of_it]) for code, _, of_it in found] == [
        ("agreement", ["agreement.x"]),
        ("benchmark", ["published.x", f"benchmark.{CITATION.id}"]),
        ("claims", ["claims.x"]),
    ]


@pytest.mark.parametrize(
    ("one", "value", "interval"),
    [
        (Estimate(67, 67, 67, 67, "leads", "count", 0.95), "67 leads", "[67, 67 leads]"),
        (Estimate(1240.5, 1, 2, 9, "leads", "count", 0.95), "1,240.5 leads", "[1, 2 leads]"),
        (Estimate(11, 11, 11, 1, "count", "count", 0.95), "11", "[11, 11]"),
        (Estimate(62.41, 57.7, 67.1, 9, "hours", "Student's t", 0.95), "62.4 hours", "[57.7, 67.1 hours]"),
        (Estimate(-0.36, -0.5, 0.1, 9, "relative_change", "x", 0.95), "−36.0%", "[−50.0%, +10.0%]"),
    ],
)
def test_numbers_that_are_counted_or_stated_are_written_in_their_unit(one: Estimate, value: str, interval: str) -> None:
    assert [wording.value(one), wording.interval(one)] == [value, interval]
