"""The policy in words: which state needs what, and why a resource has a wildcard."""

from __future__ import annotations

from headend.asl.iam.policy import Need, Policy, Statement

INLINE_LIMIT = 10_240
"""Characters, white space not counted, of all inline policies of a role.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
SAME_PLACE = "What is decided at run time is taken to be in the state machine's own Region and account."


def markdown(policy: Policy, title: str, origin: str) -> str:
    """The sidecar's text. `title` is the policy's name, `origin` what it was derived from."""
    lines = [f"# {title}", "", f"Derived from {origin} by `headend asl iam`: do not edit.", ""]
    if not policy.statements:
        lines += ["The definition calls nothing that needs a permission.", ""]
    else:
        lines += ["| Statement | State | Needs | On |", "|---|---|---|---|"]
        lines += [row for statement in policy.statements for row in _rows(statement)]
        lines.append("")
    reasons = _reasons(policy)
    if reasons:
        lines += ["## Wildcards", "", SAME_PLACE, "", *(f"- {reason}" for reason in reasons), ""]
    sources = sorted({need.grant.source for one in policy.statements for need in one.needs if need.grant.source})
    if sources:
        lines += ["## Sources", "", *(f"- <{source}>" for source in sources), ""]
    if policy.elsewhere:
        lines += [
            "## Calls in other roles",
            "",
            "These need permissions of the role that they name, not of this policy.",
            "",
        ]
        lines += [*(f"- `{state}`: `{role}`" for state, role in policy.elsewhere), ""]
    if policy.underived:
        lines += ["## Not derived", "", *(f"- `{state}`: {reason}" for state, reason in policy.underived), ""]
    size = len("".join(policy.text().split()))
    if size > INLINE_LIMIT:
        lines += [
            f"The policy has {size} characters; the inline policies of a role may have {INLINE_LIMIT} together.",
            "",
        ]
    return "\n".join(lines)


def _rows(statement: Statement) -> list[str]:
    groups: dict[tuple[tuple[str, ...], str], list[Need]] = {}
    for need in statement.needs:
        groups.setdefault((need.states, need.grant.purpose), []).append(need)
    rows = []
    for (states, purpose), needs in groups.items():
        actions = ", ".join(f"`{action}`" for action in dict.fromkeys(need.grant.action for need in needs))
        resources = ", ".join(f"`{arn}`" for arn in dict.fromkeys(need.grant.resource for need in needs))
        if statement.conditions:
            told = (
                f"`{key}` is {' or '.join(f'`{one}`' for one in values)}" for _, key, values in statement.conditions
            )
            resources += f" where {' and '.join(told)}"
        what = actions + (f" {purpose}" if purpose else "")
        rows.append(f"| {statement.sid} | {', '.join(states)} | {what} | {resources} |".replace("\n", " "))
    return rows


def _reasons(policy: Policy) -> list[str]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for statement in policy.statements:
        for need in statement.needs:
            if need.grant.why:
                key = (need.grant.resource, need.grant.why)
                found.setdefault(key, {})[need.grant.action] = None
    return [
        f"`{resource}` ({', '.join(f'`{action}`' for action in actions)}): {why}"
        for (resource, why), actions in found.items()
    ]
