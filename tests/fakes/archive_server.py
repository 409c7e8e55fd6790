"""Monthly archives of candles on a loopback port, laid out as data.binance.vision publishes them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from trader.cloud_backtest.pieces import pieces_of
from trader.data.candles import CandleColumns, between
from trader.data.csv_text import number_text

MICROSECONDS_FROM_MS = 1_735_689_600_000
"""2025-01-01: from then on spot archives tell times in microseconds."""


class ArchiveServer:
    """`files` by path; `asked` counts the requests for each; `wrong` is how often a path is first answered wrongly."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.wrong: dict[str, tuple[int, bytes]] = {}
        self.url = ""

    def publish(self, columns: CandleColumns) -> None:
        """Every month of these candles, which must be whole months or all that there is of one."""
        for piece in pieces_of([columns.symbol], int(columns.open_ms[0]), int(columns.open_ms[-1])):
            month = between(columns, piece.first_ms, piece.last_ms)
            if len(month.open_ms):
                self.put(columns.symbol, piece.month, archive_of(month, f"{columns.symbol}-1m-{piece.month}.csv"))

    def put(self, symbol: str, month: str, content: bytes) -> None:
        """An archive and its checksum."""
        path = path_of(symbol, month)
        name = path.rpartition("/")[2]
        self.files[path] = content
        self.files[f"{path}.CHECKSUM"] = f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked[path] += 1
        times, wrong = self.wrong.get(path, (0, b""))
        if times:
            self.wrong[path] = (times - 1, wrong)
            return (500, b"") if not wrong else (200, wrong)
        return (200, self.files[path]) if path in self.files else (404, b"")


def path_of(symbol: str, month: str) -> str:
    return f"/data/spot/monthly/klines/{symbol}/1m/{symbol}-1m-{month}.zip"


def archive_of(columns: CandleColumns, name: str) -> bytes:
    """A zip of one CSV without a header."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo(name), "".join(_lines(columns)), zipfile.ZIP_DEFLATED, 1)
    return stream.getvalue()


def _lines(columns: CandleColumns) -> Iterable[str]:
    _, times, *prices = columns
    factor = 1000 if times[0] >= MICROSECONDS_FROM_MS else 1
    for time_ms, *row in zip(times.tolist(), *(column.tolist() for column in prices), strict=True):
        cells = ",".join(map(number_text, row))
        yield f"{time_ms * factor},{cells},{(time_ms + 60_000) * factor - 1},0,1,0,0,0\n"


@contextmanager
def archive_server() -> Iterator[ArchiveServer]:
    """Serve until the end of the block."""
    served = ArchiveServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, content = served.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        served.url = f"http://127.0.0.1:{http.server_port}"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            http.shutdown()
            thread.join()


@contextmanager
def publishing(candles: Iterable[CandleColumns]) -> Iterator[ArchiveServer]:
    """A server that has the monthly files of these candles."""
    with archive_server() as served:
        for columns in candles:
            served.publish(columns)
        yield served
