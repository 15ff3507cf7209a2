"""By which of our numbers each kind of published one is met."""

from __future__ import annotations

from collections.abc import Callable

from alignment_metrics.findings.benchmark import decided, origins, people, rates, stated, touched
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.published import Comparable

# Shares of firms have no counterpart that is a number: one firm is a yes or a no.
OF_FIRMS = ("firm", "followed_up")


def own(wanted: Comparable, asked: Asked) -> Own:
    """Our number under the conditions of a published one, or why there is none."""
    return _KINDS[wanted.kind](wanted, asked)


def _none(wanted: Comparable, asked: Asked) -> Own:
    needs = str(wanted.terms["needs"]).rstrip(".")
    return Own(because=f"{str(wanted.terms['because']).rstrip('.')}. Needed: {needs}.")


def _rate(wanted: Comparable, asked: Asked) -> Own:
    return (decided.of_decided if wanted.terms.get("decided") else rates.of_rate)(wanted.terms, asked)


def _stated(wanted: Comparable, asked: Asked) -> Own:
    return stated.of_stated(wanted.terms, asked, wanted.citation.unit or "share")


_KINDS: dict[str, Callable[[Comparable, Asked], Own]] = {
    "rate": _rate,
    "wait": lambda wanted, asked: rates.of_wait(wanted.terms, asked),
    "brought": lambda wanted, asked: origins.of_brought(wanted.terms, asked, wanted.citation),
    "answered": lambda wanted, asked: touched.of_answered(wanted.terms, asked),
    "unanswered": lambda wanted, asked: touched.of_unanswered(wanted.terms, asked),
    "answer_time": lambda wanted, asked: touched.of_answer_time(wanted.terms, asked),
    "followed_up": lambda wanted, asked: touched.of_followed_up(wanted.terms, asked),
    "survey": lambda wanted, asked: people.of_survey(wanted.terms, asked),
    "survey_gap": lambda wanted, asked: people.of_survey_gap(wanted.terms, asked),
    "stated": _stated,
    "none": _none,
}
