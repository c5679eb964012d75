"""CloudFront Functions run in a JavaScript engine: QuickJS, one fresh interpreter for each event.

What runtime 2.0 offers and is here: ECMAScript, `async` and `await`, console.log, the modules `cloudfront` (key-value
stores, and the choice of the origin) and `querystring`. What it lacks there it lacks here: timers, files, network,
code from text, what is younger than ECMAScript 5.1 and not on its page (`__unlisted`, `function_syntax`). Not here:
the modules `crypto` and `buffer`.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-custom-methods.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import quickjs

from headend.localcloud.cloudfront.function_syntax import problems

Json = dict[str, Any]
CPU_SECONDS = 1
"""What a function may take, of the whole process's time. AWS allows it less than a millisecond, and 2 MB of memory.

There is no limit of memory: QuickJS's binding crashes now and then where one is reached.
"""
IMPORT = re.compile(r"""^[ \t]*import\s+([A-Za-z_$][\w$]*)\s+from\s+['"]([\w-]+)['"][ \t]*;?""", re.MULTILINE)
MODULES = frozenset({"cloudfront", "querystring"})
PRELUDE = r"""
"use strict";
const __logs = [], __origin = [];
globalThis.console = { log(...values) {
  if (values.length > 1) throw new Error("console.log takes one argument");
  const value = values[0];
  __logs.push(typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)));
} };
globalThis.eval = () => { throw new EvalError("dynamic code evaluation is not supported"); };
globalThis.Function = function () { throw new EvalError("dynamic code evaluation is not supported"); };
const __stores = JSON.parse(__stores_json);
const __now = Date.now();
Date.now = () => __now;
globalThis.require = name => {
  if (!(name in __modules)) throw new Error(`the local cloud runs functions without the module ${name}`);
  return __modules[name];
};
const __modules = {
  cloudfront: {
    kvs(id) {
      const ids = Object.keys(__stores);
      const name = id === undefined ? ids[0] : id;
      if (name === undefined || !(name in __stores)) throw new Error("KVSNamespaceNotFound");
      const { values, meta } = __stores[name];
      return {
        async get(key, options) {
          if (!Object.prototype.hasOwnProperty.call(values, key)) throw new Error("KeyNotFound");
          const format = (options && options.format) || "string";
          if (format === "string") return values[key];
          if (format === "json") return JSON.parse(values[key]);
          if (format === "bytes") {
            return Uint8Array.from(unescape(encodeURIComponent(values[key])), one => one.charCodeAt(0));
          }
          throw new Error("format must be string, json or bytes");
        },
        async exists(key) { return Object.prototype.hasOwnProperty.call(values, key); },
        async count() { return Object.keys(values).length; },
        async meta() { return meta; },
      };
    },
    updateRequestOrigin(given) { __origin.push({ update: given }); },
    selectRequestOriginById(id, overrides) { __origin.push({ select: id, overrides: overrides || {} }); },
    createRequestOriginGroup(given) { __origin.push({ group: given }); },
  },
  querystring: {
    escape: encodeURIComponent,
    unescape: decodeURIComponent,
    parse(text, separator = "&", equals = "=") {
      const found = {};
      for (const part of String(text).split(separator)) {
        if (part === "") continue;
        const at = part.indexOf(equals);
        const name = decodeURIComponent(at < 0 ? part : part.slice(0, at));
        const value = at < 0 ? "" : decodeURIComponent(part.slice(at + equals.length));
        if (name in found) found[name] = [].concat(found[name], value); else found[name] = value;
      }
      return found;
    },
    stringify(given, separator = "&", equals = "=") {
      return Object.entries(given).map(([name, value]) => [].concat(value).map(
        one => encodeURIComponent(name) + equals + encodeURIComponent(one)).join(separator)).join(separator);
    },
  },
};
const __bytes = text => Uint8Array.of(...unescape(encodeURIComponent(text)).split("").map(one => one.charCodeAt(0)));
const __alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
globalThis.btoa = text => {
  let found = "";
  for (let at = 0; at < text.length; at += 3) {
    const codes = [0, 1, 2].map(more => (at + more < text.length ? text.charCodeAt(at + more) : 0));
    if (codes.some(code => code > 255)) throw new TypeError("btoa takes characters up to U+00FF");
    const number = (codes[0] << 16) | (codes[1] << 8) | codes[2];
    const signs = [18, 12, 6, 0].map(shift => __alphabet[(number >> shift) & 63]).join("");
    const kept = Math.min(4, text.length - at + 1);
    found += signs.slice(0, kept) + "====".slice(kept);
  }
  return found;
};
globalThis.atob = text => {
  const plain = String(text).replace(/=+$/, "");
  let found = "", bits = 0, held = 0;
  for (let at = 0; at < plain.length; at++) {
    const value = __alphabet.indexOf(plain[at]);
    if (value < 0) throw new TypeError("not base64");
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) { bits -= 8; found += String.fromCharCode((held >> bits) & 255); }
  }
  return found;
};
globalThis.TextEncoder = function () { return { encode: text => __bytes(String(text)) }; };
globalThis.TextDecoder = function () {
  return { decode: bytes => decodeURIComponent(escape(String.fromCharCode.apply(null, bytes))) };
};
const __unlisted = [
  [globalThis, "Map Set WeakMap WeakSet WeakRef FinalizationRegistry Proxy Reflect"],
  [globalThis, "BigInt BigInt64Array BigUint64Array Atomics SharedArrayBuffer queueMicrotask structuredClone"],
  [Object, "fromEntries getOwnPropertySymbols groupBy hasOwn"],
  [Array, "from fromAsync"],
  [Array.prototype, "at entries keys values flat flatMap findLast findLastIndex toReversed toSorted toSpliced with"],
  [String, "raw"],
  [String.prototype, "at matchAll normalize isWellFormed toWellFormed"],
  [Promise, "withResolvers"],
];
__unlisted.forEach(([owner, names]) => names.split(" ").forEach(name => { delete owner[name]; }));
"""
"""What comes before a function's code: what the runtime offers, without what it does not list of later ECMAScript."""
ENDING = """
Promise.resolve().then(() => handler(JSON.parse(__event_json))).then(
  value => { globalThis.__outcome = JSON.stringify({ value, logs: __logs, origin: __origin }); },
  error => { globalThis.__outcome = JSON.stringify({ error: String(error), logs: __logs }); });
undefined;
"""


class FunctionError(Exception):
    """A function that threw, ran too long, or returned what is no request and no response. `logs` is what it printed.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html
    """

    def __init__(self, message: str, logs: list[str] | None = None) -> None:
        super().__init__(message)
        self.logs = logs or []


@dataclass(frozen=True)
class Store:
    """A key-value store as a function sees it; times in ISO 8601."""

    values: Mapping[str, str]
    created: str = ""
    written: str = ""

    def meta(self) -> Json:
        """What its method `meta` gives."""
        return {
            "creationDateTime": self.created,
            "lastUpdatedDateTime": self.written,
            "keyCount": len(self.values),
        }


@dataclass(frozen=True)
class Outcome:
    """What a function returned: a request or, with a statusCode, a response.

    `origin` are the calls that choose the origin, in order: {update}, {select, overrides} or {group}.
    """

    value: Json
    logs: list[str] = field(default_factory=list)
    origin: list[Json] = field(default_factory=list)


def run(code: str, event: Json, stores: Mapping[str, Store]) -> Outcome:
    """Run a function's `handler` on an event. `stores` by their ids. Raises FunctionError."""
    plain = _plain(code)
    for problem in problems(plain):
        raise FunctionError(f"SyntaxError: {problem}")
    context = quickjs.Context()
    context.set_time_limit(CPU_SECONDS)
    known = {name: {"values": dict(store.values), "meta": store.meta()} for name, store in stores.items()}
    context.set("__stores_json", json.dumps(known))
    context.set("__event_json", json.dumps(event))
    try:
        context.eval(PRELUDE + "(() => {\n" + plain + ENDING + "})();")
        while context.execute_pending_job():
            pass
        told = context.eval("globalThis.__outcome")
    except (quickjs.JSException, quickjs.StackOverflow) as error:
        raise FunctionError(str(error).strip()) from error
    if told is None:
        raise FunctionError("The function did not come to an end: a promise was never settled")
    outcome = json.loads(told)
    if "error" in outcome:
        raise FunctionError(outcome["error"], outcome["logs"])
    value = outcome.get("value")
    if not isinstance(value, dict) or not ("statusCode" in value or "uri" in value):
        raise FunctionError("The function did not return a request or a response", outcome["logs"])
    return Outcome(value, outcome["logs"], outcome["origin"])


def _plain(code: str) -> str:
    """The code as a script: QuickJS's Python binding loads no modules, so an import becomes a constant."""

    def constant(found: re.Match[str]) -> str:
        name, module = found.groups()
        if module not in MODULES:
            raise FunctionError(
                f"the local cloud runs functions with the modules {', '.join(sorted(MODULES))}; not with {module}"
            )
        return f"const {name} = __modules.{module};"

    return IMPORT.sub(constant, code)
