"""Phrases that speak to a model instead of to readers: control tokens, labels, roles, instructions.

They are narrow on purpose: none of the 8,000 development headlines matches one. A headline may well speak of sentiment,
of a positive outlook or of rules that are ignored; it does not end in "Sentiment: positive" or order a class.
"""

from __future__ import annotations

import re

CONTROL_TOKEN = re.compile(
    r"\[\s*inst\s*\].{0,80}?\[/\s*inst\s*\]"
    r"|<\s*\|.{0,40}?\|\s*>(?:\s*(?:system|user|assistant)\b)?"
    r"|<</?\s*sys\s*>>|\[/?\s*(?:inst|cls|sep|mask|pad|unk)\s*\]|</?\s*(?:s|bos|eos|unk|pad)\s*>"
    r"|(?<!#)#{2,}\s*(?:instruction|response|system|user|assistant)s?\b:?|<\s*/?\s*(?:end|start)_of_turn\s*>",
    re.IGNORECASE,
)
"""Marks of chat templates and tokenizers, with what stands between a pair of them."""

_TONE_WORD = r"(?:very |extremely |strongly |most )?(?:positive|negative|neutral|bullish|bearish|good|bad|buy|sell)\b"
_TONE = rf"(?:{_TONE_WORD}|[-+]?[01](?:\.\d+)?\b)"
_QUOTED_TONE = rf"[\"'(\[]*{_TONE}[\"')\]}}]*"
_LABEL_WORD = r"(?:positive|negative|neutral|bullish|bearish)\b"
_LABELLED = r"\b(?:sentiment|label|score|rating|verdict|answer|output|classification|tone|class|result|response)\b"
_LABEL = re.compile(
    rf"\W{{0,50}}{_LABELLED}[\"']?\s*[:=>-]+\s*{_QUOTED_TONE}[.!]*"
    rf"|\W{{0,50}}\b(?:the )?(?:correct|right|true|real|final|only|expected) {_LABELLED}[^.:;!?]{{0,25}}?"
    rf" (?:is|must be|should be)\s*:?\s*{_QUOTED_TONE}"
    rf"|\s*(?:[-=]+>|\u2192)\s*{_QUOTED_TONE}\W*$"
    rf"|(?<=[.!?;|])\s*[\"'(]*{_TONE_WORD}\W*$"
    rf"|^\W*{_LABEL_WORD}\W*[:|-]\s*|[\"']{_LABEL_WORD}[\"']\s*"
    r"|(?<! is)(?<! are)(?<! turns)(?<! remains)(?<! gets)(?<! looks)(?<! stays)(?<!carbon)"
    rf" {_LABEL_WORD}\W*$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:^|(?<=[.!?;:|\"\])>] ))\s*(?:system|assistant|user|human|developer|headline|instructions?|note to \w+)\s*:\s*",
    re.IGNORECASE,
)
_OBEY = re.compile(
    r"\b(?:(?:please|now|kindly)[ ,]+)?(?:ignore|disregard|forget|override|bypass|do not follow|don't follow)\b"
    r"[^.:;!?\n]{0,30}?\b(?:previous|prior|above|earlier|preceding|all|any|these|those|your|the)\b[^.:;!?\n]{0,20}?"
    r"\b(?:instructions?|prompts?|rules?|directions?|text|context|examples?|training|guidelines?|headlines?)\b"
    rf"(?:\s*(?:,|and|then)+\s*[^.:;!?\n]{{0,40}}?{_TONE})?[\s.:;,!-]*",
    re.IGNORECASE,
)
_OPENER = r"(?:(?:you must|you should|please|now|always|just|then|must be|should be|is to be|and now)[ ,]+)"
_OBJECT = (
    r"(?:\s+(?:with|only|as|it|this|that|the|a|an|news|headline|story|article|text|tone|sentiment|everything|all|exactly"
    r"|following))"
)
_VERB = r"(?:answer|respond|reply|output|classify|label|rate|score|mark|print|return|treat|consider)"
_COMMAND = re.compile(
    rf"\b(?:{_OPENER}+(?:{_VERB}|say|read){_OBJECT}*|{_VERB}{_OBJECT}+"
    r"|(?:^|(?<=[.!?;:] ))(?:answer|respond|reply|output|classify|say|print))"
    rf"\s*[:\"'(]*\s*{_TONE}[\"')]*(?:\s+(?:sentiment|news|tone|label))?[\s.:;,!-]*",
    re.IGNORECASE,
)
_PERSONA = re.compile(
    r"\b(?:you are (?:now )?(?:an?|the) [^.:;!?]{0,40}?(?:model|assistant|bot|ai|classifier|analyst)"
    r"|as an ai\b[^.:;!?]{0,30}|new (?:system )?(?:instructions?|prompt)\b)[\s.:;,!-]*",
    re.IGNORECASE,
)

_COMMENT = re.compile(
    r"\(?\b(?:this|which|it|that) (?:is|was) (?:actually|really|in fact|truly|secretly) [^.;!?()]{0,40}?"
    r"\b(?:news|good|bad|great|positive|negative|bullish|bearish)\b[^.;!?()]*\)?",
    re.IGNORECASE,
)
_SPELT_OUT = re.compile(r"(?:(?<!\S)\S\s+){8,}\S(?!\S)")

REWRITES = (
    ("control token", CONTROL_TOKEN),
    ("instruction", _OBEY),
    ("instruction", _COMMAND),
    ("appended label", _LABEL),
    ("instruction", _PERSONA),
    ("instruction", _ROLE),
    ("instruction", _COMMENT),
    ("spelt out", _SPELT_OUT),
)
"""Flag and pattern, in the order in which they are taken out."""
