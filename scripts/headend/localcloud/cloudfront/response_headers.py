"""What a response headers policy changes in an answer to a viewer.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
"""

from __future__ import annotations

from collections.abc import Mapping

from headend.localcloud.cloudfront.records import Config, items

METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]
CORS = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-max-age",
)


def changed(
    headers: Mapping[str, str], policy: Config | None, origin: str, *, preflight: bool = False
) -> dict[str, str]:
    """The headers (names in lower case) after the policy. `origin` is the viewer's Origin header, empty for none."""
    after = dict(headers)
    if not policy:
        return after
    for one in items(policy.get("RemoveHeadersConfig")):
        after.pop(str(one["Header"]).lower(), None)
    cors = policy.get("CorsConfig")
    if cors and origin:
        after = _cors(after, cors, origin, preflight=preflight)
    for name, value, override in _security(policy.get("SecurityHeadersConfig") or {}):
        if override or name not in after:
            after[name] = value
    for one in items(policy.get("CustomHeadersConfig")):
        name = str(one["Header"]).lower()
        if one["Override"] or name not in after:
            after[name] = str(one["Value"])
    return after


def _cors(headers: dict[str, str], cors: Config, origin: str, *, preflight: bool) -> dict[str, str]:
    allowed = _allowed(items(cors["AccessControlAllowOrigins"]), origin)
    if not allowed:
        return headers
    wanted = {"access-control-allow-origin": allowed}
    if cors.get("AccessControlAllowCredentials"):
        wanted["access-control-allow-credentials"] = "true"
    exposed = items(cors.get("AccessControlExposeHeaders"))
    if exposed and not preflight:
        wanted["access-control-expose-headers"] = ",".join(exposed)
    if preflight:
        methods = items(cors["AccessControlAllowMethods"])
        wanted["access-control-allow-methods"] = ", ".join(METHODS if "ALL" in methods else methods)
        wanted["access-control-allow-headers"] = ", ".join(items(cors["AccessControlAllowHeaders"]))
        if cors.get("AccessControlMaxAgeSec") is not None:
            wanted["access-control-max-age"] = str(cors["AccessControlMaxAgeSec"])
    if cors.get("OriginOverride"):
        return {**{name: value for name, value in headers.items() if name not in CORS}, **wanted}
    return {**wanted, **headers}


def _allowed(origins: list[str], origin: str) -> str:
    """What Access-Control-Allow-Origin says to this origin; empty when it is not allowed."""
    if "*" in origins:
        return "*"
    scheme, _, host = origin.partition("://")
    for one in origins:
        pattern = one if "://" in one else f"{scheme}://{one}"
        wanted_scheme, _, wanted = pattern.partition("://")
        if wanted_scheme != scheme:
            continue
        if wanted == host or (wanted.startswith("*.") and host.endswith(wanted[1:])):
            return origin
    return ""


def _security(config: Config) -> list[tuple[str, str, bool]]:
    found: list[tuple[str, str, bool]] = []
    if one := config.get("ContentTypeOptions"):
        found.append(("x-content-type-options", "nosniff", one["Override"]))
    if one := config.get("FrameOptions"):
        found.append(("x-frame-options", one["FrameOption"], one["Override"]))
    if one := config.get("ReferrerPolicy"):
        found.append(("referrer-policy", one["ReferrerPolicy"], one["Override"]))
    if one := config.get("ContentSecurityPolicy"):
        found.append(("content-security-policy", one["ContentSecurityPolicy"], one["Override"]))
    if one := config.get("StrictTransportSecurity"):
        value = f"max-age={one['AccessControlMaxAgeSec']}"
        value += "; includeSubDomains" if one.get("IncludeSubdomains") else ""
        value += "; preload" if one.get("Preload") else ""
        found.append(("strict-transport-security", value, one["Override"]))
    if one := config.get("XSSProtection"):
        value = "1" if one["Protection"] else "0"
        value += "; mode=block" if one.get("ModeBlock") else ""
        value += f"; report={one['ReportUri']}" if one.get("ReportUri") else ""
        found.append(("x-xss-protection", value, one["Override"]))
    return found
