"""Findings as SARIF 2.1.0, the format code hosts read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote_from_bytes

from reviewer import __version__
from reviewer.analysis.finding import Finding, RuleSlug, Severity
from reviewer.analysis.manual import Card, card_of
from reviewer.visible import show

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}
# What GitHub sorts security alerts by: 7.0 and more is high, 4.0 and more medium.
_GRAVITY = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0", Severity.INFO: "1.0"}


def findings_sarif(findings: Sequence[Finding]) -> str:
    """Return one run with the rules that found something; lines suppressed in the code are marked as such."""
    rules = {finding.rule: number for number, finding in enumerate({one.rule: one for one in findings}.values())}
    driver = {"name": "reviewer", "version": __version__, "rules": [_rule(slug) for slug in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules) for finding in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(slug: RuleSlug) -> dict[str, object]:
    card = card_of(slug)
    if card is None:
        return {"id": show(slug)}
    return {
        "id": slug,
        "name": "".join(word.title() for word in slug.split("-")),
        "shortDescription": {"text": card.manual.summary},
        "fullDescription": {"text": card.manual.why},
        "help": {"text": f"{card.manual.why}\n\n{card.manual.ask}", "markdown": _markdown(card)},
        "defaultConfiguration": {"level": _LEVELS[card.severity]},
        "properties": _properties(card),
    }


def _markdown(card: Card) -> str:
    return f"{card.manual.summary}\n\n**Why look:** {card.manual.why}\n\n**Ask:** {card.manual.ask}"


def _properties(card: Card) -> dict[str, object]:
    tags = [card.point.value, *([f"external/cwe/cwe-{card.weakness:03}"] if card.weakness else [])]
    gravity = {"security-severity": _GRAVITY[card.severity]} if card.weakness else {}
    return {"point": card.point.value, "tags": tags, **gravity}


def _result(finding: Finding, rules: Mapping[RuleSlug, int]) -> dict[str, object]:
    region: dict[str, object] = {"startLine": finding.line}
    if finding.code:
        region["snippet"] = {"text": show(finding.code)}
    place = {"uri": quote_from_bytes(finding.path), "uriBaseId": "%SRCROOT%"}
    result: dict[str, object] = {
        "ruleId": show(finding.rule),
        "ruleIndex": rules[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": show(finding.message)},
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
        "partialFingerprints": {"reviewerFindingId/v1": finding.id},
        "properties": {"point": finding.point.value, "severity": finding.severity.value},
    }
    if finding.suppressed is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": show(finding.suppressed)}]
    return result
