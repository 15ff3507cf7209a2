"""Whether inbound leads are likelier to buy, cheaper and more loyal, and what could make it seem so when it is not."""

from __future__ import annotations

from alignment_metrics.findings.directions import (
    adjusted,
    answer,
    clustered,
    conversion,
    hidden,
    loyalty,
    margin,
    protocol,
    spent,
    timing,
)
from alignment_metrics.findings.directions.case import CHEAPER, LOYAL, Case
from alignment_metrics.findings.directions.verdicts import NOT
from alignment_metrics.findings.whole import Whole
from alignment_metrics.values import Finding, Verdict

__all__ = ["inbound_vs_outbound"]


def inbound_vs_outbound(whole: Whole) -> tuple[Finding, ...]:
    """From what was set before looking to what could be hiding; where nothing can be compared, every finding says why.

    Parameters
    ----------
    whole : Whole
    """
    case = Case(whole)
    if case.refusal:
        return _refused(case, *case.refusal)
    other_claims = (
        case.spent.finding(case.verdicts.get(CHEAPER, NOT), case.family),
        case.loyalty.finding(case.verdicts.get(LOYAL, NOT), case.family),
    )
    if case.undecided:
        return (*_refused(case, "not_enough_data", case.undecided)[: -len(other_claims)], *other_claims)
    return (
        protocol.protocol(case),
        answer.answer(case),
        conversion.conversion(case),
        margin.equivalence(case),
        margin.non_inferiority(case),
        adjusted.adjusted(case),
        clustered.clustered(case),
        hidden.hidden(case),
        timing.curve(case),
        *other_claims,
    )


def _refused(case: Case, verdict: Verdict, because: str) -> tuple[Finding, ...]:
    questions = {
        protocol.CODE: protocol.QUESTION,
        answer.CODE: answer.QUESTION,
        conversion.CODE: conversion.question(case),
        margin.EQUIVALENCE: margin.ALIKE,
        margin.NON_INFERIORITY: margin.NOT_WORSE,
        adjusted.CODE: adjusted.QUESTION,
        clustered.CODE: clustered.QUESTION,
        hidden.CODE: hidden.QUESTION,
        timing.CODE: timing.QUESTION,
        spent.CODE: spent.QUESTION,
        loyalty.CODE: loyalty.QUESTION,
    }
    listing = conversion.listed_sides(case)
    claim, sql = "Inbound and outbound leads cannot be compared.", (case.whole.counts.sql,)
    return tuple(
        Finding(
            code,
            question,
            verdict,
            claim,
            listing.estimates if code == conversion.CODE else (),
            because=because,
            notes=(*listing.notes, *conversion.unknown(case)) if code == conversion.CODE else (),
            sql=sql,
        )
        for code, question in questions.items()
    )
