"""Which rules speak, how loudly and where: what a team and a user choose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reviewer.analysis.finding import Finding, RuleSlug, Severity
from reviewer.globs import is_path_in


@dataclass(frozen=True, slots=True)
class Choice:
    """`enabled` are optional rules to run all the same; `silent` holds, by pattern of paths, who says nothing there."""

    enabled: frozenset[RuleSlug] = frozenset()
    disabled: frozenset[RuleSlug] = frozenset()
    severities: Mapping[RuleSlug, Severity] = field(default_factory=dict)
    silent: Mapping[str, frozenset[RuleSlug]] = field(default_factory=dict)

    def among(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return what is left of the findings, each as grave as was chosen."""
        return tuple(
            replace(finding, severity=self.severities.get(finding.rule, finding.severity))
            for finding in findings
            if finding.rule not in self.disabled and not self._is_silent(finding)
        )

    def over(self, other: "Choice") -> "Choice":
        """Return this choice where it says something, the other one's where it does not."""
        return Choice(
            self.enabled | (other.enabled - self.disabled),
            self.disabled | (other.disabled - self.enabled),
            {**other.severities, **self.severities},
            {**other.silent, **self.silent},
        )

    def _is_silent(self, finding: Finding) -> bool:
        path = finding.path.decode("utf-8", "surrogateescape")
        return any(finding.rule in rules and is_path_in(path, pattern) for pattern, rules in self.silent.items())
