"""``alignment-metrics benchmarks``: looks up what others have published, and sets a rate beside it."""

import json
import re

import pytest
from click.testing import Result
from typer.testing import CliRunner

from alignment_metrics.cli import app
from alignment_metrics.published import GRADES, USES, bibtex, citations, cited, comparables


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["benchmarks", *words])


def heads(text: str) -> list[str]:
    """The first line of each number that is told."""
    return [line for line in text.splitlines() if re.match(r"[a-z0-9-]+: .*\[grade", line)]


def test_a_metric_is_listed_with_its_own_numbers_first() -> None:
    result = run("win_rate")
    assert result.exit_code == 0
    wanted = [one.id for one in citations("win_rate")]
    assert [line.partition(":")[0] for line in heads(result.stdout)] == wanted
    assert heads(result.stdout)[4] == "rain-win-47: 47%  [grade A, may be compared, year not stated, n = 472]"


def test_a_number_is_told_with_all_that_one_must_know_of_it() -> None:
    told = run("implisit-lead-opp-all").stdout
    assert told.startswith(
        "implisit-lead-opp-all: 13%  [grade B, may be compared, 2014, n = 500 (companies, roughly; how many leads is "
        "unknown)]\n"
        "  Of leads from any source, 13% became opportunities.\n"
        "  metric lead_to_opportunity_rate; Implisit (via eMarketer)\n"
        "  on: CRM records of some 500 client companies of Implisit\n"
        "  comparable when: "
    )
    assert "\n  beware: Clients of one forecasting vendor." in told
    assert "\n  popular wording: In all likelihood the origin of the 13%" in told
    assert "\n  https://www.emarketer.com/Article/Referrals-Fuel-Highest-B2B-Conversion-Rates/1012000\n" in told


@pytest.mark.parametrize(
    ("id", "head"),
    [
        ("mathmarketing-close", "+38%, a relative change  [grade B, context only, 2005, n = 1,400 ("),
        ("sla-50-leads", "50  [grade B, a definition, 2023, n not stated (invented for illustration)]"),
        ("folk-13-mql-sql", "13%  [grade D, quoted only to warn, year not stated, n not stated]"),
        ("inbound-cheaper", "number not seen  [grade C, context only, 2023, n not stated]"),
    ],
    ids=["context", "definition", "warning", "no number"],
)
def test_its_use_stands_in_words_and_what_is_unknown_is_said_to_be(id: str, head: str) -> None:
    assert heads(run(id).stdout)[0].startswith(f"{id}: {head}")


def test_without_a_query_all_are_listed_and_the_grades_are_explained_once() -> None:
    told = run().stdout
    assert len(heads(told)) == 140
    assert all(told.count(f"{grade}: {meaning}") == 1 for grade, meaning in GRADES.items())
    assert all(f", {use}, " in told for use in USES.values())
    assert told.splitlines()[-1].startswith("Grades: A: the primary source was seen")


def test_only_the_grades_that_are_there_are_explained() -> None:
    last = run("hbr-2011-never").stdout.splitlines()[-1]
    assert last == f"Grades: A: {GRADES['A']}."


def test_several_words_need_no_quotation_marks() -> None:
    assert run("implisit", "webinar").stdout == run("implisit webinar").stdout != ""


def test_json_has_every_field_with_what_the_grade_means() -> None:
    found = json.loads(run("win_rate", "--json").stdout)
    assert [one["id"] for one in found] == [one.id for one in citations("win_rate")]
    row = next(one for one in found if one["id"] == "rain-win-47")
    assert (row["value"], row["unit"], row["n"], row["year"], row["articles"]) == (0.47, "share", 472, None, [])
    assert row["grade_meaning"] == GRADES["A"]
    assert len(json.loads(run("--json").stdout)) == 140


def test_a_report_gets_its_sources_as_text_or_as_bibtex() -> None:
    found = citations("win_rate")
    assert run("win_rate", "--cite").stdout.splitlines() == [cited(one) for one in found]
    assert run("win_rate", "--bibtex").stdout == bibtex(found)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("winrates", "the nearest metric is win_rate"),
        ("mql rejected", "the nearest metric is mql_rejection_rate"),
        ("churned", "the nearest metric is customer_churn_rate"),
        ("zebra", "no metric is near"),
    ],
)
def test_where_nothing_is_found_the_nearest_metrics_are_named(query: str, told: str) -> None:
    result = run(query)
    assert result.exit_code == 0
    assert result.stdout == (
        f"No citation has all the words of '{query}'; {told}; without a query all 140 are listed.\n"
    )


def test_what_was_typed_is_not_repeated_at_length() -> None:
    assert len(run("q" * 5000).stdout) < 250
    assert json.loads(run("zebra", "--json").stdout) == []
    assert run("zebra", "--bibtex").stdout == ""


def test_a_rate_of_ours_is_set_beside_each_number_found() -> None:
    told = run("gartner-44-mql", "--ours", "45/600").stdout
    assert told.startswith("gartner-44-mql\n")
    assert "\nlower: " in told
    assert "7.5%" in told
    assert "44%" in told


def test_a_margin_lets_two_rates_count_as_alike() -> None:
    told = run("fourquadrant-mql-sql", "--ours", "3100/10000", "--margin", "0.03").stdout
    assert "\nequivalent: " in told


def test_a_rate_beside_what_may_not_be_compared_gets_the_warning() -> None:
    told = run("folk-13-mql-sql", "--ours", "45/600").stdout
    assert "\nnot comparable: " in told
    assert "Implisit" in told


def test_a_rate_is_set_beside_the_numbers_of_the_metric_that_is_named_and_beside_their_range() -> None:
    result = run("mql", "to", "sql", "--ours", "45/600")
    assert result.exit_code == 0
    parts = {part.partition("\n")[0]: part for part in result.stdout.split("\n\n")}
    wanted = [one.id for one in citations("mql to sql") if one.metric == "mql_to_sql_rate"]
    assert list(parts) == [*wanted, "published.mql_to_sql_rate"]
    told = " ".join(parts["published.mql_to_sql_rate"].split())
    assert " lies below the 31% to 40% that 2 sources published (grade B)." in told
    assert "\nnot comparable: " in parts["folk-13-mql-sql"]


def test_sources_that_count_from_different_stages_are_no_range() -> None:
    # One has won of forecasts, the other of proposals.
    result = run("win_rate", "--ours", "45/600")
    assert {"cso-win-2018", "rain-win-47"} <= set(re.findall(r"^[a-z0-9-]+$", result.stdout, re.M))
    assert "published.win_rate" not in result.stdout


def test_words_that_find_one_metric_alone_name_it() -> None:
    assert {one.metric for one in citations("customers lost")} == {"customer_churn_rate"}
    assert run("customers lost", "--ours", "45/600").exit_code == 0


@pytest.mark.parametrize("id", [one.citation.id for one in comparables() if one.citation.unit == "share"])
def test_a_rate_can_be_set_beside_every_share_that_may_be_compared(id: str) -> None:
    result = run(id, "--ours", "45/600")
    assert result.exit_code == 0
    assert re.search(r"^(higher|lower|no difference shown): ", result.stdout, re.M)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--ours", "seven"),
            "--ours 'seven' is no rate; write hits/total with hits up to total, such as 45/600.",
        ),
        (("--ours", "7/3"), "--ours '7/3' is no rate; write hits/total with hits up to total, such as 45/600."),
        (("--ours", "7/3000000000000000000000"), None),
        (
            ("--ours", "45/600"),
            "--ours 45/600 is a rate of one thing, and nothing was asked for; name a metric or an id, such as "
            "benchmarks win_rate --ours 45/600.",
        ),
        (
            ("implisit", "webinar", "--ours", "45/600"),
            "--ours 45/600 is a rate of one thing, and 'implisit webinar' finds 2 metrics (lead_to_opportunity_rate, "
            "lead_to_customer_rate); name one of them or an id, such as benchmarks lead_to_opportunity_rate --ours "
            "45/600.",
        ),
        (
            ("customers", "--ours", "45/600"),
            "--ours 45/600 is a rate of one thing, and 'customers' finds 11 metrics (qualitative_ranked_benefits, "
            "lead_to_customer_rate, opportunity_to_won_rate, customer_retention_rate, survey_share, "
            "customer_churn_rate and 5 more); name one of them or an id, such as benchmarks "
            "qualitative_ranked_benefits --ours 45/600.",
        ),
        (("--margin", "0.02"), "--margin belongs to --ours; give both, such as --ours 45/600 --margin 0.02."),
        (
            ("--ours", "45/600", "--margin", "2"),
            "--margin is a share of 1 between 0 and 1, and 2 was given; write 2 points as 0.02.",
        ),
        (
            ("--ours", "45/600", "--margin", "nan"),
            "--margin is a share of 1 between 0 and 1, and nan was given; write 2 points as 0.02.",
        ),
        (
            ("--json", "--bibtex"),
            "--json, --bibtex, --cite and --ours each print something else; give one of them.",
        ),
        (
            ("--cite", "--ours", "1/2"),
            "--json, --bibtex, --cite and --ours each print something else; give one of them.",
        ),
    ],
    ids=[
        "words",
        "more hits",
        "too many",
        "no query",
        "two metrics",
        "many metrics",
        "margin alone",
        "points",
        "nan",
        "two forms",
        "form and rate",
    ],
)
def test_options_that_do_not_go_together_end_in_one_message(words: tuple[str, ...], message: str | None) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    told = message or (
        "--ours '7/3000000000000000000000' is no rate; write hits/total with hits up to total, such as 45/600."
    )
    assert result.stderr == f"alignment-metrics: {told}\n"


def test_a_terminal_gets_the_same_words_with_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from alignment_metrics.cli import published

    plain = run("rain-win-47").stdout
    there = Console(width=100, force_terminal=True, record=True, highlight=False, markup=False, emoji=False)
    monkeypatch.setattr("rich.console.Console", lambda **_: there)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with there.capture() as captured:
        published._page(published._blocks(citations("rain-win-47")))
    bare = re.sub(r"\x1b\[[0-9;]*m", "", captured.get())
    assert bare.split() == plain.split()
    assert captured.get() != bare
    # An address stays in one line.
    assert "  https://rainsalestraining.com/blog/average-sales-win-rates-how-do-you-compare\n" in bare
