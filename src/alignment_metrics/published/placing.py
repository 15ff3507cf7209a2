"""Sets one of our numbers beside a published one, and says how the two stand."""

from __future__ import annotations

from alignment_metrics.values import Citation, Estimate, Verdict

__all__ = ["beside"]


def beside(citation: Citation, ours: Estimate) -> tuple[Verdict, str]:
    """Whether our interval lies above or below a published number, and the sentence that says so.

    The published number counts as fixed, for hardly any comes with the leads it rests on; so the uncertainty is ours
    alone, and the sentence says that too. Whether the two numbers mean the same is settled in :func:`comparables`, not
    here.

    Parameters
    ----------
    citation : Citation
        The published number.
    ours : Estimate
        Ours, in the same unit.

    Returns
    -------
    verdict : str
        ``"higher"`` or ``"lower"`` where the whole interval is; ``"no_difference_shown"`` where it holds or touches the
        published number; ``"not_comparable"`` where the citation may only be shown; ``"not_enough_data"`` where ours
        rests on no lead. The sentence then says why.
    sentence : str
        Both numbers, with n, year and grade.

    Raises
    ------
    ValueError
        If the two are in different units.

    Examples
    --------
    81 of 263, with Wilson's interval as Newcombe (1998, table I) prints it:

    >>> ours = Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95, hits=81)
    >>> from alignment_metrics.published import citations
    >>> beside(citations("implisit-lead-opp-website")[0], ours)[0]
    'no_difference_shown'
    """
    value, unit = citation.value, citation.unit
    if citation.use != "compare" or value is None or unit is None:
        return "not_comparable", (
            f"{citation.id} may be shown but not scored against (use {citation.use}, grade {citation.grade}); "
            "set ours beside a citation whose use is compare."
        )
    if unit != ours.unit:
        raise ValueError(
            f"{citation.id} is in the unit {unit!r} and ours in {ours.unit!r}; give an estimate in the unit {unit!r}."
        )
    published, source = f"the published {_number(value, unit)}", f"Source: {_origin(citation)}."
    if ours.n == 0:
        return "not_enough_data", f"No lead of ours can be set beside {published}. {source}"
    verdict, where = _place(value, ours)
    interval = f"{100 * ours.confidence:g}% interval, n = {ours.n:,}"
    return verdict, f"Our {ours} ({interval}) {where} {published}, taken as a fixed number. {source}"


def _place(target: float, ours: Estimate) -> tuple[Verdict, str]:
    if ours.low > target:
        return "higher", "lies above"
    if ours.high < target:
        return "lower", "lies below"
    return "no_difference_shown", "cannot be told from"


def _number(value: float, unit: str) -> str:
    # Not through Estimate's one decimal: 0.0363 was published as 3.63%.
    if unit == "share":
        return f"{100 * value:g}%"
    if unit == "difference":
        return f"{100 * value:+g} points"
    return f"{value:g} {unit}"


def _origin(citation: Citation) -> str:
    year = "year unknown" if citation.year is None else str(citation.year)
    size = "n unknown" if citation.n is None else f"n = {citation.n:,}"
    # An n that counts firms must not read as one that counts leads.
    note = f" ({citation.n_note})" if citation.n_note else ""
    return f"{citation.publisher}, {year}, {size}{note}, grade {citation.grade}"
