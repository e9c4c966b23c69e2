"""What is said on a socket: requests read from text, and frames written once for everybody who gets them."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What a price on a page consists of; the feed's bid and offer stay with the order ticket.
FIELDS = ("symbol", "price", "change", "as_of", "source", "delayed")
# As instruments are named in the book; anything else cannot name one.
SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9 ./^=_-]{0,59}")
ACTIONS = ("subscribe", "unsubscribe")
# The extension of a server that takes whole frames: a function from the frame to whether it was written.
DIRECT = "wealthalloc.frames"
RESYNC = '{"type":"resync"}'


class BadRequest(Exception):
    """A request that cannot be used; `code` is stable, `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks for: symbols in their order, capital letters, each once; `strange` name nothing."""

    action: str
    symbols: tuple[str, ...]
    strange: tuple[str, ...]


def request_read(text: str, *, most: int) -> Request:
    """The request that `text` holds. Raises BadRequest, also for more than `most` symbols."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("malformed", "A message must be one JSON object.") from None
    if not isinstance(body, dict):
        raise BadRequest("malformed", "A message must be one JSON object.")
    if body.get("action") not in ACTIONS:
        raise BadRequest("unknown-action", f"`action` must be one of {', '.join(ACTIONS)}.")
    symbols = body.get("symbols")
    if not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols):
        raise BadRequest("invalid-symbols", "`symbols` must be a list of texts.")
    if len(symbols) > most:
        raise too_many_symbols(most)
    named = tuple(dict.fromkeys(one.strip().upper() for one in symbols))
    good = tuple(one for one in named if SYMBOL.fullmatch(one))
    strange = tuple(one[:60] for one in named if one not in good)
    return Request(action=body["action"], symbols=good, strange=strange)


def too_many_symbols(most: int) -> BadRequest:
    """The refusal of somebody who wants to watch more than `most` symbols."""
    return BadRequest("too-many-symbols", f"A socket watches at most {most} symbols. Nothing was subscribed.")


def batch_read(message: bytes, wanted: Collection[str]) -> dict[str, str]:
    """The prices of a batch that somebody wants: symbol to the JSON text that frames are made of.

    Raises ValueError for what is no batch.
    """
    body = json.loads(message)
    entries = body.get("prices") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise ValueError("a batch of prices holds a list `prices`")  # noqa: TRY004 - of content, not of code
    return {
        entry["symbol"]: entry_text(entry)
        for entry in entries
        if isinstance(entry, dict) and entry.get("symbol") in wanted
    }


def entry_text(entry: Mapping[str, Any]) -> str:
    """One price as JSON; what the feed does not know is null."""
    return json.dumps({field: entry.get(field) for field in FIELDS}, separators=(",", ":"))


def prices_frame(texts: Iterable[str]) -> str:
    """The frame of some prices."""
    return f'{{"type":"prices","prices":[{",".join(texts)}]}}'


def frame_bytes(text: str) -> bytes:
    """`text` as a whole frame of a server (RFC 6455, 5.2): final, text, not masked, not compressed."""
    payload = text.encode()
    size = len(payload)
    if size < 126:  # noqa: PLR2004 - lengths as the RFC writes them
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


def symbols_frame(kind: str, symbols: Iterable[str], unknown: Iterable[str] = ()) -> str:
    """The answer to a request: what is watched now, and what names nothing that the person may see."""
    body = {"type": kind, "symbols": list(symbols), "unknown": list(unknown)}
    return json.dumps(body, separators=(",", ":"))


def problem_frame(code: str, detail: str) -> str:
    """A refusal in words."""
    return json.dumps({"type": "problem", "code": code, "detail": detail}, separators=(",", ":"))
