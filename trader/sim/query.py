"""Parameters of a request as Binance checks them, and the errors that it answers with."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence

SYMBOL_RANGE = r"^[\w\-._&&[^a-z]]{1,50}$"
"""In the Java of the exchange: && is an intersection, and letters are those of any script."""
SYMBOLS_RANGE = r'^\[("[\w\-._&&[^a-z]]{1,50}"(,"[\w\-._&&[^a-z]]{1,50}"){0,}){0,1}\]$'
JAVA_LETTERS, LETTERS = r"[\w\-._&&[^a-z]]", r"(?:[^\Wa-z]|[-.])"
WORDS_RANGE = r'^("?[A-Z0-9_]+"?|\[("[A-Z0-9_]+"(,"[A-Z0-9_]+")*)?\])$'
NUMBER_RANGE = "^[0-9]{1,20}$"
LARGEST_NUMBER = 2**63 - 1
TIME_ZONE = re.compile(r"(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::(?P<minutes>[0-5]\d))?")
WEST_LIMIT_MINUTES, EAST_LIMIT_MINUTES = -12 * 60, 14 * 60


class ApiError(Exception):
    """An error of the exchange's own: HTTP status, Binance's code and text."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, object]:
        return {"code": self.code, "msg": self.message}


def invalid(name: str) -> ApiError:
    """What a parameter is answered with whose value is none that there is."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


class Query:
    """The parameters of one request, each checked when it is read; every mistake is an ApiError."""

    def __init__(self, pairs: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
        self._values = dict(pairs)
        if len(self._values) < len(pairs):
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        if not known and pairs:
            raise ApiError(-1101, f"Too many parameters; expected '0' and received '{len(pairs)}'.")
        unread = [name for name in self._values if name not in known]
        if unread:
            read, sent = len(pairs) - len(unread), len(pairs)
            raise ApiError(
                -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
            )

    def name_of(self, name: str) -> str:
        """What a parameter is called in this request, for errors to tell."""
        return name

    def has(self, name: str) -> bool:
        return name in self._values

    def mandatory(self, name: str) -> str:
        """Its text. -1102 when it was not sent, -1105 when it is empty."""
        if name not in self._values:
            raise ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
        if self._values[name] == "":
            raise ApiError(-1105, f"Parameter '{name}' was empty.")
        return self._values[name]

    def choice(self, name: str, choices: Mapping[str, object], default: str, error: ApiError) -> str:
        """One of some words; `error` for any other."""
        if name not in self._values:
            return default
        if self._values[name] not in choices:
            raise error
        return self._values[name]

    def word(self, name: str, words: Collection[str], default: str) -> str:
        """One of some words; -1130 for any other."""
        return self.choice(name, dict.fromkeys(words), default, invalid(name))

    def number(self, name: str) -> int | None:
        """A whole number that is not negative, None when it was not sent. -1108 beyond 63 bits."""
        found = int(self.matching(name, NUMBER_RANGE)) if name in self._values else None
        if found is not None and found > LARGEST_NUMBER:
            raise ApiError(-1108, f"Parameter '{name}' overflowed.")
        return found

    def limit(self, default: int, maximum: int) -> int:
        """The parameter `limit`: 0 is refused, more than the maximum is the maximum."""
        limit = self.number("limit")
        if limit == 0:
            raise invalid("limit")
        return min(default if limit is None else limit, maximum)

    def words(self, name: str) -> list[str]:
        """One word in capitals, or a JSON array of them."""
        return re.findall("[A-Z0-9_]+", self.matching(name, WORDS_RANGE))

    def symbol(self, listed: Mapping[str, object]) -> str:
        """The parameter `symbol`, one that the exchange lists."""
        return _listed(self.matching("symbol", SYMBOL_RANGE), listed)

    def symbols(self, listed: Mapping[str, object]) -> list[str]:
        """The parameter `symbols`, a JSON array of symbols that the exchange lists."""
        names: list[str] = json.loads(self.matching("symbols", SYMBOLS_RANGE))
        if len(set(names)) < len(names):
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        return [_listed(name, listed) for name in names]

    def symbol_or_symbols(self, listed: Mapping[str, object]) -> list[str] | None:
        """What one of the two names, None where neither was sent; both is -1128."""
        if self.has("symbol") and self.has("symbols"):
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if self.has("symbol"):
            return [self.symbol(listed)]
        return self.symbols(listed) if self.has("symbols") else None

    def time_zone_ms(self) -> int:
        """The parameter `timeZone`, such as 0, -1:00 or 05:45, as milliseconds east of UTC."""
        match = TIME_ZONE.fullmatch(self._values.get("timeZone", "0"))
        if match is not None:
            minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
            minutes = -minutes if match["sign"] == "-" else minutes
            if WEST_LIMIT_MINUTES <= minutes <= EAST_LIMIT_MINUTES:
                return minutes * 60_000
        raise invalid("timeZone")

    def matching(self, name: str, legal_range: str) -> str:
        """Its text, which has to be of this range; -1100 for any other."""
        value = self.mandatory(name)
        of_any_script = JAVA_LETTERS in legal_range
        pattern = legal_range.replace(JAVA_LETTERS, LETTERS)
        if not (of_any_script or value.isascii()) or re.fullmatch(pattern, value) is None:
            raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'.")
        return value


def _listed(name: str, listed: Mapping[str, object]) -> str:
    if name not in listed:
        raise ApiError(-1121, "Invalid symbol.")
    return name
