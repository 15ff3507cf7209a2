"""The charter: read as signed, or refused with every mistake in one message."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from pathlib import Path

import pytest

from alignment_metrics.charter import (
    TREATMENTS,
    Charter,
    Definition,
    Export,
    Funnel,
    Policy,
    Source,
    layouts,
    read_charter,
)

GOOD = """
[organisation]
name = "Acme Robotics"
currency = "EUR"
timezone = "Europe/Paris"
as_of = 2026-06-30
segments = ["industry"]

[[export]]
file = "contacts.csv"
layout = "custom"
timezone = "UTC"
day_first = true
decimal = ","
[export.columns]
lead_id = "Id"
region = "Region"

[funnel]
stages = ["lead", "mql", "won"]
exits = ["lost"]
entry = "last"
skipped = "passed"
[funnel.definitions.mql]
owner = "marketing"
enters_when = "score of 60"
if_refused = "back to nurture"

[sources]
"Web" = { source = "website", direction = "inbound" }
"web" = { source = "other website", direction = "unknown" }

[policy]
within_days = 30
confidence = 0.9
min_group = 20
suppress_below = 3
"""


def charter_in(folder: Path, text: str | bytes) -> Charter:
    (folder / "charter.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_charter(folder)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, "the text to change must be there once"
    return GOOD.replace(old, new)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ValueError, match=r"^.*charter\.toml: \d+ mistakes?\.\n") as caught:
        charter_in(folder, text)
    head, *lines = str(caught.value).split("\n  ")
    assert head == f"{folder / 'charter.toml'}: {len(lines)} mistake{'s' if len(lines) > 1 else ''}."
    return lines


def test_everything_in_a_charter_is_read(tmp_path: Path) -> None:
    charter = charter_in(tmp_path, GOOD)
    assert charter.folder == tmp_path
    assert charter.organisation.as_of == dt.date(2026, 6, 30)
    assert charter.organisation.timezone == "Europe/Paris"
    columns = {"lead_id": "Id", "region": "Region"}
    assert charter.exports == (Export("contacts.csv", "custom", "UTC", True, ",", columns),)
    definition = Definition("marketing", "score of 60", "back to nurture")
    assert charter.funnel == Funnel(("lead", "mql", "won"), ("lost",), "last", "passed", {"mql": definition})
    assert charter.sources == {"Web": Source("website", "inbound"), "web": Source("other website", "unknown")}
    assert charter.policy == Policy(30, 0.9, 20, 3)
    assert charter.breakdowns == ("industry", "region")


def test_what_a_charter_leaves_out_has_the_usual_value(tmp_path: Path) -> None:
    text = """
        organisation = { name = "A", timezone = "UTC", as_of = 2026-06-30 }
        export = [{ file = "a.csv", layout = "custom" }]
        funnel = { stages = ["lead", "won"] }
    """
    charter = charter_in(tmp_path, text)
    assert charter.policy == Policy(within_days=90, confidence=0.95, min_group=30, suppress_below=5)
    assert charter.funnel == Funnel(("lead", "won"), (), "first", "observed", {})
    assert charter.exports == (Export("a.csv", "custom"),)
    assert (charter.organisation.currency, charter.organisation.segments, charter.sources) == ("", (), {})


EVENTS = """
organisation = { name = "A", timezone = "UTC", as_of = 2026-06-30, since = 2025-01-01, history_from = 2025-04-01 }
funnel = { stages = ["lead", "won"], exits = ["lost"] }
[[export]]
file = ["new.csv", "old.csv"]
encoding = "cp1252"
sheet = "Moves"
field = "Status"
ignore = ["owner", "email"]
[export.columns]
at = "When"
[export.stages]
"Order signed" = "won"
[[export]]
table = "crm.leads"
layout = "own.toml"
[treatment]
duplicate_id = "keep_latest"
"""


def test_files_alike_a_table_and_a_layout_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("", "utf-8")
    charter = charter_in(tmp_path, EVENTS)
    new, old, table = charter.exports
    told = {"encoding": "cp1252", "sheet": "Moves", "field": "Status", "ignore": ("owner", "email")}
    words = {"columns": {"at": "When"}, "stages": {"Order signed": "won"}}
    assert new == Export("new.csv", **told, **words)
    assert old == Export("old.csv", **told, **words)
    assert table == Export("crm.leads", "own.toml", is_table=True, part_of=1)
    assert charter.organisation.since == dt.date(2025, 1, 1)
    assert charter.organisation.history_from == dt.date(2025, 4, 1)
    assert charter.treatment == {"duplicate_id": "keep_latest"}


def test_what_is_not_said_of_a_trouble_is_treated_as_usual(tmp_path: Path) -> None:
    charter = charter_in(tmp_path, GOOD + '[treatment]\nduplicate_id = "keep_latest"\n')
    assert charter.treats("duplicate_id") == "keep_latest"
    assert {code: charter.treats(code) for code in TREATMENTS if code != "duplicate_id"} == {
        code: ways[0] for code, ways in TREATMENTS.items() if code != "duplicate_id"
    }


def test_lists_beside_the_leads_are_told_of_as_exports_are(tmp_path: Path) -> None:
    text = """
[spend]
[customers]
file = "clients/all.csv"
timezone = "UTC"
day_first = false
decimal = ","
encoding = "utf-16"
sheet = "All"
[customers.columns]
customer_since = "Since"
"""
    charter = charter_in(tmp_path, GOOD + text)
    told = {"timezone": "UTC", "day_first": False, "decimal": ",", "encoding": "utf-16", "sheet": "All"}
    columns = {"customer_since": "Since"}
    assert charter.lists == {
        "spend": Export("spend.csv", "spend"),
        "customers": Export("clients/all.csv", "customers", **told, columns=columns),
    }
    assert charter_in(tmp_path, GOOD).lists == {}


def test_a_source_may_be_unknown_where_its_direction_is_too(tmp_path: Path) -> None:
    charter = charter_in(tmp_path, changed('"other website"', '"unknown"'))
    assert charter.sources["web"] == Source("unknown", "unknown")


def test_tags_of_sources_and_what_groups_are_compared_by_are_read(tmp_path: Path) -> None:
    tags = 'direction = "inbound", exclusivity = "shared", media = "paid" }'
    more = 'margin = 0.02\nadjust_by = ["owner", "month"]\nnegative_control = { column = "region", value = "north" }'
    text = changed('direction = "inbound" }', tags) + more
    charter = charter_in(tmp_path, text)
    assert charter.sources["Web"] == Source("website", "inbound", {"exclusivity": "shared", "media": "paid"})
    assert charter.tags == ("media", "exclusivity")
    assert (charter.policy.margin, charter.policy.negative_control) == (0.02, ("region", "north"))
    assert charter.adjust_by == ("owner", "month")
    assert charter_in(tmp_path, GOOD).adjust_by == ("industry",)


def test_a_stage_may_be_read_from_one_file_and_ignored_in_another(tmp_path: Path) -> None:
    text = changed("day_first = true", 'day_first = true\nignore = ["mql", "lost"]')
    assert charter_in(tmp_path, text).exports[0].ignore == ("mql", "lost")


def test_a_funnel_tells_its_steps_and_places() -> None:
    funnel = Funnel(("lead", "mql", "won"), ("lost",))
    assert (funnel.first, funnel.last) == ("lead", "won")
    assert funnel.steps == (("lead", "mql"), ("mql", "won"))
    assert funnel.places == ("lead", "mql", "won", "lost")


def test_a_folder_and_its_charter_file_name_the_same_charter(tmp_path: Path) -> None:
    assert charter_in(tmp_path, GOOD) == read_charter(str(tmp_path / "charter.toml"))


def test_line_ends_and_a_byte_order_mark_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    plain = charter_in(tmp_path, GOOD)
    assert charter_in(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == plain
    assert charter_in(tmp_path, changed("score of 60", "score of 61")).sha256 != plain.sha256


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_charter(tmp_path / "acme")
    assert str(caught.value) == f"there is no folder {tmp_path / 'acme'}; name the folder that holds charter.toml."


def test_a_folder_without_a_charter_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_charter(tmp_path)
    assert str(caught.value) == (
        f"there is no charter.toml in {tmp_path}; write one, or start from the one in a sample folder "
        f"(alignment-metrics sample DIR)."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"name = \xe9", "is not UTF-8 text; save it as UTF-8."),
        (b"a = " + b"[" * 100_000, "is not valid TOML: it is nested too deeply; write it flat."),
        (b"a = " + b"9" * 5_000, "is not valid TOML: it has a number of thousands of digits; shorten it."),
        (b"a = ", "is not valid TOML: Invalid value (at end of document); correct it there."),
    ],
)
def test_a_charter_that_is_not_toml_is_told(tmp_path: Path, text: bytes, expected: str) -> None:
    with pytest.raises(ValueError, match="charter") as caught:
        charter_in(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'charter.toml'} {expected}"


def test_an_empty_charter_lacks_three_tables(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "") == [
        "organisation: the table [organisation] is missing; write it.",
        "export: at least one [[export]] with a file is needed; there is none.",
        "funnel: the table [funnel] is missing; write it.",
    ]


ONE_MISTAKE = [
    ('name = "Acme Robotics"\n', "", "organisation.name: missing; write it."),
    ('"Acme Robotics"', "3", "organisation.name: must be a text; got 3."),
    ('"Acme Robotics"', '" "', "organisation.name: must be a text; got ' '."),
    ("currency", "curency", "organisation.curency: unknown key; did you mean 'currency'."),
    (
        "currency",
        "zzz",
        "organisation.zzz: unknown key; known here: as_of, currency, history_from, name, segments, since, timezone, "
        "year, year_before.",
    ),
    (
        "currency",
        '"odd\\nkey\\u202e"',
        'organisation."odd\\nkey\\u202e": unknown key; known here: as_of, currency, history_from, name, segments, '
        "since, timezone, year, year_before.",
    ),
    (
        'timezone = "Europe/Paris"',
        'timezone = "Europe/Pari"',
        "organisation.timezone: unknown time zone 'Europe/Pari'; use a name such as Europe/Paris.",
    ),
    (
        'timezone = "Europe/Paris"',
        'timezone = "../etc"',
        "organisation.timezone: unknown time zone '../etc'; use a name such as Europe/Paris.",
    ),
    (
        "2026-06-30",
        "2026-06-30T10:00:00",
        "organisation.as_of: must be a day such as 2026-06-30, without quotes or time; got datetime.datetime(2026, 6, "
        "30, 10, 0).",
    ),
    (
        "2026-06-30",
        '"2026-06-30"',
        "organisation.as_of: must be a day such as 2026-06-30, without quotes or time; got '2026-06-30'.",
    ),
    ("2026-06-30", "9999-12-31", "organisation.as_of: must lie between 1970-01-01 and 2199-12-31; got 9999-12-31."),
    ('["industry"]', '"industry"', "organisation.segments: must be a list of texts; got 'industry'."),
    ('["industry"]', '["a", "a"]', "organisation.segments: 'a' is named twice; name it once."),
    (
        '["industry"]',
        '["Size", "size"]',
        "organisation.segments: 'Size' and 'size' differ only in case; rename one of them.",
    ),
    ('["industry"]', '["Won"]', "organisation.segments: 'Won' is also the name of a stage; rename one of them."),
    (
        '["industry"]',
        '["Source"]',
        "organisation.segments: 'Source' is a name that the package itself uses; choose another one.",
    ),
    (
        '["industry"]',
        '["a|b"]',
        "organisation.segments: 'a|b' cannot name a segment; use up to 60 letters, digits and blanks inside.",
    ),
    (
        '["industry"]',
        '["a\\nb"]',
        "organisation.segments: 'a\\nb' cannot name a segment; use up to 60 letters, digits and blanks inside.",
    ),
    (
        '["industry"]',
        '["REGION"]',
        "export[0].columns: 'region' is also the name of a segment; rename one of them.",
    ),
    ('file = "contacts.csv"\n', "", "export[0].file: missing; write it."),
    ('"contacts.csv"', '"../a.csv"', "export[0].file: must lie inside the client's folder; '../a.csv' does not."),
    ('"contacts.csv"', '"/a.csv"', "export[0].file: must lie inside the client's folder; '/a.csv' does not."),
    ('"contacts.csv"', '"a\\u0000"', "export[0].file: must lie inside the client's folder; 'a\\x00' does not."),
    (
        'layout = "custom"',
        'layout = "hubspot"',
        f"export[0].layout: must be one of {', '.join(layouts())}; got 'hubspot'; did you mean "
        f"'{get_close_matches('hubspot', layouts(), n=1)[0]}'.",
    ),
    ('timezone = "UTC"', "timezone = 1", "export[0].timezone: unknown time zone 1; use a name such as Europe/Paris."),
    ("day_first = true", "day_first = 1", "export[0].day_first: must be true or false; got 1."),
    ('decimal = ","', 'decimal = ";"', 'export[0].decimal: must be "." or ","; got \';\'.'),
    ('"Region"', "3", "export[0].columns.region: must be a text; got 3."),
    (
        "region =",
        'direction = "x"\nregion =',
        "export[0].columns: 'direction' is a name that the package itself uses; choose another one.",
    ),
    (
        "region =",
        'Region = "x"\nregion =',
        "export[0].columns: 'Region' and 'region' differ only in case; rename one of them.",
    ),
    ('"lead", "mql", "won"', "1", "funnel.stages: must be a list of texts; got [1]."),
    (
        '"lead", "mql", "won"',
        '"lead", "mql", "to win"',
        "funnel: 'to win' cannot name a stage; use letters, digits and _ only, such as 'to_win'.",
    ),
    (
        '"lead", "mql", "won"',
        '"lead", "mql", "row"',
        "funnel: 'row' is a name that the package itself uses; choose another one.",
    ),
    ('["lost"]', '["won"]', "funnel: 'won' is named twice; name it once."),
    ('["lost"]', '["WON"]', "funnel: 'won' and 'WON' differ only in case; rename one of them."),
    ('"last"', '"lats"', "funnel.entry: must be one of first, last; got 'lats'; did you mean 'last'."),
    ('"passed"', "[]", "funnel.skipped: must be one of observed, passed; got []."),
    ("definitions.mql", "definitions.mqk", "funnel.definitions.mqk: unknown key; did you mean 'mql'."),
    ("if_refused", "if_refuse", "funnel.definitions.mql.if_refuse: unknown key; did you mean 'if_refused'."),
    ('"marketing"', "true", "funnel.definitions.mql.owner: must be a text; got True."),
    (
        'direction = "inbound"',
        'direction = "in"',
        "sources.Web.direction: must be one of inbound, outbound, unknown; got 'in'.",
    ),
    (', direction = "unknown"', "", "sources.web.direction: missing; write it."),
    (
        '"website"',
        '"unknown"',
        "sources.Web.source: 'unknown' is what leads are called whose source is not told, so it has no direction; name "
        "it otherwise, or say direction = 'unknown'.",
    ),
    (
        '"website"',
        '"Unknown"',
        "sources.Web.source: 'Unknown' is what leads are called whose source is not told, so it has no direction; name "
        "it otherwise, or say direction = 'unknown'.",
    ),
    ('"web" = {', '"the.web" = 3\n"web" = {', 'sources."the.web": must be a table; got 3.'),
    (
        '"web" =',
        '" web" =',
        'sources." web": cells are read without the blanks around them, so it matches none; take them out.',
    ),
    (
        '"web" =',
        '"a\\u0000" =',
        'sources."a\\u0000": no cell can hold the character NUL, so it matches none; take it out.',
    ),
    ("= 30\n", "= 0\n", "policy.within_days: must be a whole number of at least 1; got 0."),
    ("= 30\n", "= true\n", "policy.within_days: must be a whole number of at least 1; got True."),
    ("= 20\n", "= 2.5\n", "policy.min_group: must be a whole number of at least 1; got 2.5."),
    ("= 3\n", "= -1\n", "policy.suppress_below: must be a whole number of at least 0; got -1."),
    ("0.9", "95", "policy.confidence: must be a share from 0.5 to below 1, such as 0.95; got 95."),
    ("0.9", "1.0", "policy.confidence: must be a share from 0.5 to below 1, such as 0.95; got 1.0."),
    ("0.9", "nan", "policy.confidence: must be a share from 0.5 to below 1, such as 0.95; got nan."),
    (
        "2026-06-30",
        "2026-06-30\nsince = 2026-07-01",
        "organisation.since: must not be after as_of; got 2026-07-01 and 2026-06-30.",
    ),
    (
        "2026-06-30",
        '2026-06-30\nsince = "2026-01-01"',
        "organisation.since: must be a day such as 2026-06-30, without quotes or time; got '2026-01-01'.",
    ),
    (
        "2026-06-30",
        "2026-06-30\nsince = 1969-12-31",
        "organisation.since: must lie between 1970-01-01 and 2199-12-31; got 1969-12-31.",
    ),
    (
        "2026-06-30",
        "2026-06-30\nhistory_from = 2026-07-01",
        "organisation.history_from: must not be after as_of; got 2026-07-01 and 2026-06-30.",
    ),
    (
        "= 30\n",
        '= 30\ncohort = "months"\n',
        "policy.cohort: must be one of month, week, quarter; got 'months'; did you mean 'month'.",
    ),
    ('"contacts.csv"', "[]", "export[0].file: names no file; name at least one."),
    ('"contacts.csv"', '["a.csv", 3]', "export[0].file: must be a list of texts; got ['a.csv', 3]."),
    (
        '"contacts.csv"',
        '["a.csv", "../b.csv"]',
        "export[0].file: must lie inside the client's folder; '../b.csv' does not.",
    ),
    ('"contacts.csv"', '["a.csv", "a.csv"]', "export.file: 'a.csv' is named twice; name it once."),
    (
        '"contacts.csv"',
        '"contacts.csv"\ntable = "contacts"',
        "export[0]: has a file and a table; keep one of them.",
    ),
    ('file = "contacts.csv"', "table = 3", "export[0].table: must be a text; got 3."),
    (
        '"custom"',
        '"../own.toml"',
        "export[0].layout: must lie inside the client's folder; '../own.toml' does not.",
    ),
    (
        '"custom"',
        '"own.toml"',
        "export[0].layout: there is no file 'own.toml' in the client's folder; write it there.",
    ),
    (
        "day_first = true",
        'encoding = "latin-2"',
        "export[0].encoding: must be one of utf-8, utf-16, cp1252; got 'latin-2'.",
    ),
    ("day_first = true", "sheet = 1", "export[0].sheet: must be a text; got 1."),
    ("day_first = true", "field = []", "export[0].field: must be a text; got []."),
    ("day_first = true", 'ignore = "owner"', "export[0].ignore: must be a list of texts; got 'owner'."),
    (
        "day_first = true",
        'ignore = ["phone"]',
        "export[0].ignore: 'phone' is not read anyway; known here: lead_id, opportunity_id, source, owner, "
        "account_id, amount, source_detail, currency, pipeline, email, merged_ids, merged_into, deleted, lead, mql, "
        "won, lost.",
    ),
    ("day_first = true", "stages = 1", "export[0].stages: must be a table; got 1."),
    ("day_first = true", 'stages = { "New" = 1 }', "export[0].stages.New: must be a text; got 1."),
    (
        "day_first = true",
        'stages = { "New lead" = "leads" }',
        "export[0].stages.\"New lead\": 'leads' is no stage or exit of [funnel]; name one of lead, mql, won, lost.",
    ),
    (
        "[policy]",
        '[treatment]\nduplicate_ids = "keep_latest"\n[policy]',
        "treatment.duplicate_ids: unknown key; did you mean 'duplicate_id'.",
    ),
    (
        "[policy]",
        '[treatment]\nduplicate_id = "keep_last"\n[policy]',
        "treatment.duplicate_id: must be one of keep_earliest, keep_latest; got 'keep_last'; did you mean "
        "'keep_latest'.",
    ),
    ("[policy]", "[policies]", "policies: unknown key; did you mean 'policy'."),
    (
        "[policy]",
        "[customers]\nday_fist = true\n[policy]",
        "customers.day_fist: unknown key; did you mean 'day_first'.",
    ),
    (
        "[policy]",
        '[customers]\nday_first = "yes"\n[policy]',
        "customers.day_first: must be true or false; got 'yes'.",
    ),
    (
        "[policy]",
        '[spend]\nfile = "../costs.csv"\n[policy]',
        "spend.file: must lie inside the client's folder; '../costs.csv' does not.",
    ),
    (
        "[policy]",
        "[spend]\ndecimal = 1\n[policy]",
        'spend.decimal: must be "." or ","; got 1.',
    ),
    (
        "[policy]",
        '[spend.columns]\nlead_id = "Id"\n[policy]',
        "spend.columns.lead_id: unknown key; known here: amount, currency, month, source.",
    ),
    (
        'direction = "inbound" }',
        'direction = "inbound", media = "bought" }',
        "sources.Web.media: must be one of owned, paid, earned; got 'bought'.",
    ),
    (
        'direction = "inbound" }',
        'direction = "inbound", exclusive = true }',
        "sources.Web.exclusive: unknown key; did you mean 'exclusivity'.",
    ),
    (
        "confidence = 0.9",
        "confidence = 0.9\nmargin = 2",
        "policy.margin: must be a share above 0 and below 1, such as 0.02 for two points; got 2.",
    ),
    (
        "confidence = 0.9",
        'confidence = 0.9\nadjust_by = ["industry", "colour"]',
        "policy.adjust_by: 'colour' is no column of the leads; name one of industry, region, owner, month, week, "
        "quarter.",
    ),
    (
        "confidence = 0.9",
        'confidence = 0.9\nnegative_control = { column = "colour", value = "red" }',
        "policy.negative_control.column: 'colour' is no column of the leads; name one of industry, region, owner.",
    ),
    (
        "confidence = 0.9",
        'confidence = 0.9\nnegative_control = { column = "industry", value = "toys" }',
        "policy.negative_control.column: 'industry' is adjusted for, so it cannot show what is left; take another one.",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), ONE_MISTAKE)
def test_a_mistake_is_told_by_the_path_of_its_key(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    assert mistakes(tmp_path, GOOD.replace(old, new, 1)) == [expected]


def test_one_stage_is_too_few(tmp_path: Path) -> None:
    text = changed('["lead", "mql", "won"]', '["mql"]')
    assert mistakes(tmp_path, text) == ["funnel.stages: at least two stages are needed; got 1."]


def test_a_file_named_twice_is_told(tmp_path: Path) -> None:
    text = GOOD + '[[export]]\nfile = "contacts.csv"\nlayout = "custom"\n'
    assert mistakes(tmp_path, text) == ["export.file: 'contacts.csv' is named twice; name it once."]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = changed("currency", "curency").replace('layout = "custom"', "layout = 1").replace("0.9", "9")
    assert mistakes(tmp_path, text) == [
        "organisation.curency: unknown key; did you mean 'currency'.",
        f"export[0].layout: must be one of {', '.join(layouts())}; got 1.",
        "policy.confidence: must be a share from 0.5 to below 1, such as 0.95; got 9.",
    ]


def test_a_message_stays_short_and_on_its_line_whatever_was_pasted(tmp_path: Path) -> None:
    huge = "x\\u001b[31m\\n" * 100_000
    (line,) = mistakes(tmp_path, changed('"Europe/Paris"', f'"{huge}"'))
    assert len(line) < 200
    assert line.isprintable()
    (line,) = mistakes(tmp_path, changed("currency", f'"{huge}"'))
    assert len(line) < 300
    assert line.isprintable()


def test_a_policy_that_would_show_rates_of_groups_it_hides_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, changed("suppress_below = 3", "suppress_below = 21")) == [
        "policy.suppress_below: must not be above policy.min_group, or a rate could be shown of a group that must not "
        "be; got 21 and 20."
    ]


def test_a_window_of_more_than_a_century_is_refused(tmp_path: Path) -> None:
    huge = "within_days = 100000000000000000000000"
    assert mistakes(tmp_path, changed("within_days = 30", huge)) == [
        "policy.within_days: must be at most 36500; got 100000000000000000000000."
    ]
