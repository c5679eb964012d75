"""CloudFront Functions in their engine: what they can do, and what they cannot."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.cloudfront.function_runtime import FunctionError, Store, run

EVENT: dict[str, Any] = {"version": "1.0", "request": {"method": "GET", "uri": "/a", "headers": {}, "querystring": {}}}
STORE = (
    "import cf from 'cloudfront';\nasync function handler(event) { const store = cf.kvs(); %s; return event.request }"
)


def in_handler(code: str) -> str:
    return f"function handler(event) {{ {code}; return event.request }}"


def test_a_function_returns_a_request_or_a_response() -> None:
    assert run(in_handler("event.request.uri = '/b'"), EVENT, {}).value["uri"] == "/b"
    assert run("function handler() { return { statusCode: 204 } }", EVENT, {}).value == {"statusCode": 204}


def test_what_is_printed_is_told() -> None:
    assert run(in_handler("console.log('one'); console.log({ two: 2 })"), EVENT, {}).logs == ["one", '{"two":2}']


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (in_handler("throw new Error('broken')"), "broken"),
        (in_handler("for (;;);"), "interrupted"),
        (in_handler("eval('1')"), "dynamic code"),
        (in_handler("new Function('return 1')"), "dynamic code"),
        (in_handler("setTimeout(() => 1, 1)"), "setTimeout"),
        (in_handler("console.log('a', 'b')"), "one argument"),
        ("async function handler() { await new Promise(() => {}) }", "did not come to an end"),
        ("function handler() { return 7 }", "did not return"),
        ("function handler( {", "SyntaxError"),
        ("const other = 1;", "handler"),
        ("import crypto from 'crypto';\n" + in_handler(""), "not with crypto"),
        (in_handler("require('fs')"), "without the module fs"),
        (in_handler("function f() { f() } f()"), "overflow"),
    ],
)
def test_what_a_function_cannot_do(code: str, says: str) -> None:
    with pytest.raises(FunctionError, match=says):
        run(code, EVENT, {})


def test_a_store_is_read_in_its_formats() -> None:
    stores = {"id": Store({"plain": "text", "json": '{"a": [1]}'}, "2026-01-01T00:00:00Z")}
    code = STORE % (
        "console.log(await store.get('plain')); console.log((await store.get('json', { format: 'json' })).a);"
        "console.log(await store.exists('none')); console.log(await store.count());"
        "const meta = await store.meta(); console.log(meta.creationDateTime + ' ' + meta.keyCount);"
        "try { await store.get('none') } catch (error) { console.log(String(error)) }"
    )
    assert run(code, EVENT, stores).logs == [
        "text",
        "[1]",
        "false",
        "2",
        "2026-01-01T00:00:00Z 2",
        "Error: KeyNotFound",
    ]


@pytest.mark.parametrize(
    "code",
    [
        "new Map()",
        "new Set()",
        "Object.fromEntries([])",
        "Array.from([])",
        "[].flat()",
        "[1].at(0)",
        "'a'.at(0)",
        "BigInt(1)",
    ],
)
def test_what_the_runtime_does_not_list_is_not_there(code: str) -> None:
    with pytest.raises(FunctionError, match=r"not defined|not a function"):
        run(in_handler(code), EVENT, {})


@given(st.binary(max_size=40))
def test_base64_as_in_python(data: bytes) -> None:
    text = "".join(chr(one) for one in data)
    code = in_handler(f"const made = btoa({json.dumps(text)}); console.log(made); console.log(atob(made))")
    assert run(code, EVENT, {}).logs == [base64.b64encode(data).decode(), text]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_text_is_encoded_as_in_python(text: str) -> None:
    code = in_handler(
        f"const bytes = new TextEncoder().encode({json.dumps(text)}); console.log(bytes.join(' '));"
        "console.log(new TextDecoder().decode(bytes))"
    )
    assert run(code, EVENT, {}).logs == [" ".join(str(one) for one in text.encode()), text]


@pytest.mark.parametrize("begins", ["import query from 'querystring';", "const query = require('querystring');"])
def test_query_strings(begins: str) -> None:
    code = (
        begins
        + "\n"
        + in_handler(
            "console.log(query.stringify({ a: ['1', '2 3'], b: '' })); console.log(query.parse('a=1&a=%32&b'))"
        )
    )
    assert run(code, EVENT, {}).logs == ["a=1&a=2%203&b=", '{"a":["1","2"],"b":""}']


def test_a_function_without_a_store_is_told() -> None:
    with pytest.raises(FunctionError, match="KVSNamespaceNotFound"):
        run(STORE % "", EVENT, {})


def test_one_run_leaves_nothing_for_the_next() -> None:
    code = in_handler("globalThis.count = (globalThis.count || 0) + 1; console.log(globalThis.count)")
    assert [run(code, EVENT, {}).logs for _ in range(2)] == [["1"], ["1"]]


def test_time_stands_still_while_a_function_runs() -> None:
    code = in_handler("const before = Date.now(); for (let i = 0; i < 300000; i++); console.log(Date.now() - before)")
    assert run(code, EVENT, {}).logs == ["0"]


def test_calls_that_choose_the_origin_are_told_in_order() -> None:
    code = (
        "import cf from 'cloudfront';\n"
        "function handler(event) { cf.selectRequestOriginById('a');"
        " cf.updateRequestOrigin({ timeouts: { readTimeout: 1 } }); return event.request }"
    )
    assert run(code, EVENT, {}).origin == [
        {"select": "a", "overrides": {}},
        {"update": {"timeouts": {"readTimeout": 1}}},
    ]
