"""Response headers policies."""

from __future__ import annotations

from typing import Any

import pytest

from headend.localcloud.cloudfront.response_headers import changed

PAGE = "https://player.example"


def cors(*origins: str, override: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "CorsConfig": {
            "AccessControlAllowOrigins": {"Items": list(origins)},
            "AccessControlAllowHeaders": {"Items": ["*"]},
            "AccessControlAllowMethods": {"Items": ["ALL"]},
            "AccessControlAllowCredentials": False,
            "OriginOverride": override,
            **more,
        }
    }


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        (("*",), "*"),
        ((PAGE,), PAGE),
        (("player.example",), PAGE),
        (("https://*.example",), PAGE),
        (("*.example",), PAGE),
        (("http://player.example",), None),
        (("https://other.example", "https://*.invalid"), None),
    ],
)
def test_which_pages_are_allowed(origins: tuple[str, ...], allowed: str | None) -> None:
    assert changed({}, cors(*origins), PAGE).get("access-control-allow-origin") == allowed


def test_a_request_that_no_page_makes_has_no_cors() -> None:
    assert changed({"a": "b"}, cors("*"), "") == {"a": "b"}


@pytest.mark.parametrize(("override", "kept"), [(True, "*"), (False, "https://origin.example")])
def test_whose_cors_headers_count(override: bool, kept: str) -> None:
    told = {"access-control-allow-origin": "https://origin.example"}
    assert changed(told, cors("*", override=override), PAGE)["access-control-allow-origin"] == kept


def test_a_preflight_request_is_told_methods_headers_and_for_how_long() -> None:
    headers = changed({}, cors("*", AccessControlMaxAgeSec=60), PAGE, preflight=True)
    assert headers["access-control-allow-methods"].split(", ")[0] == "GET"
    assert headers["access-control-max-age"] == "60"
    assert "access-control-allow-methods" not in changed({}, cors("*"), PAGE)


def test_security_and_own_headers_and_what_is_removed() -> None:
    policy = {
        "SecurityHeadersConfig": {
            "FrameOptions": {"Override": False, "FrameOption": "DENY"},
            "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60, "Preload": True},
            "XSSProtection": {"Override": True, "Protection": True, "ModeBlock": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": "X-Own", "Value": "1", "Override": False}]},
        "RemoveHeadersConfig": {"Items": [{"Header": "Server"}]},
    }
    assert changed({"server": "x", "x-frame-options": "SAMEORIGIN", "x-own": "0"}, policy, "") == {
        "x-frame-options": "SAMEORIGIN",
        "x-own": "0",
        "strict-transport-security": "max-age=60; preload",
        "x-xss-protection": "1; mode=block",
    }


def test_without_a_policy_nothing_changes() -> None:
    assert changed({"a": "b"}, None, PAGE) == {"a": "b"}
