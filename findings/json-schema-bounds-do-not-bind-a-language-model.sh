#!/usr/bin/env bash
# Expected: constrained decoding lets a local model write only what the JSON schema allows. With `"minimum": -1, "maximum": 1`
#   a sentiment score outside -1..1 cannot come out, and any number inside can.
# Happens: outlines-core turns the number into a pattern without its bounds and lets 57 through; so does lm-format-enforcer,
#   and -1e300 besides. llguidance keeps the bounds, but refuses 1e-1 and -0, which the schema allows. None says a word.
# Matters: the score goes into a sizing rule, and who trusts the grammar does not clamp: one 57 among the last headlines
#   outweighs all others. A model that likes exponents, on the other hand, is pushed off its own answer by llguidance.
#   The schema has to be checked again after decoding, by a validator, whatever the decoder promises.
# Versions: outlines-core 0.2.14, lm-format-enforcer 0.11.3, llguidance 1.9.1; jsonschema 4.26.0 is the judge.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  outlines-core==0.2.14 lm-format-enforcer==0.11.3 llguidance==1.9.1 jsonschema==4.26.0
PYTHONPATH=$work "$PYTHON" - <<'PY'
import json
import re
from importlib.metadata import version

import jsonschema
from llguidance import LLMatcher, LLTokenizer
from lmformatenforcer import JsonSchemaParser
from outlines_core.json_schema import build_regex_from_schema

SCORE = {"type": "number", "minimum": -1, "maximum": 1}
SCHEMA = {"type": "object", "properties": {"score": SCORE}, "required": ["score"], "additionalProperties": False}
BYTES = LLTokenizer("byte")


def outlines(text):
    return re.fullmatch(build_regex_from_schema(json.dumps(SCHEMA)), text) is not None


def enforcer(text):
    parser = JsonSchemaParser(SCHEMA)
    for character in text:
        if character not in parser.get_allowed_characters():
            return False
        parser = parser.add_character(character)
    return parser.can_end()


def guidance(text):
    matcher = LLMatcher(BYTES, LLMatcher.grammar_from_json_schema(json.dumps(SCHEMA)))
    return matcher.try_consume_tokens(BYTES.tokenize_str(text)) == len(text) and matcher.is_accepting()


def judge(text):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(text))


seen = {}
print(*(f"{name} {version(name)}" for name in ("outlines-core", "lm-format-enforcer", "llguidance")), sep=", ")
for number in ("0.5", "57", "1.5", "-1e300", "1e-1", "-0"):
    text = f'{{"score":{number}}}'
    seen[number] = "".join("ny"[accepts(text)] for accepts in (judge, outlines, enforcer, guidance))
    print(f"{number:>7}: schema {seen[number][0]}   outlines-core {seen[number][1]}   "
          f"lm-format-enforcer {seen[number][2]}   llguidance {seen[number][3]}")
assert seen["0.5"] == "yyyy"
assert seen["57"] == seen["1.5"] == "nyyn", seen
assert seen["-1e300"][2] == "y" and seen["1e-1"][0] + seen["1e-1"][3] == seen["-0"][0] + seen["-0"][3] == "yn", seen
print("FOUND: two of three decoders allow 57 where the schema says -1..1; the third forbids 1e-1, which it allows")
PY
