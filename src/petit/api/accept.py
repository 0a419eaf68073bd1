"""Which of a few media types a caller likes best (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(header: str | None, offered: Sequence[str]) -> str:
    """Return the one of the offered media types that an Accept header likes best.

    Args:
        header: The Accept header. What nobody understands in it is passed over.
        offered: Media types, the usual one first: it is the answer to callers who do not say or want none of
            these.
    """
    wishes = [_wish(part) for part in (header or "").split(",")]

    def liking(media_type: str) -> float:
        matching = [(precision, q) for what, q in wishes if (precision := _precision(what, media_type))]
        return max(matching, default=(0, 0.0))[1]

    best = max(offered, key=liking)  # the first of equals
    return best if liking(best) > 0 else offered[0]


def _wish(part: str) -> tuple[str, float]:
    what, *parameters = (each.strip().lower() for each in part.split(";"))
    q = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return what, min(max(float(q), 0.0), 1.0)
    except ValueError:
        return what, 0.0


def _precision(what: str, media_type: str) -> int:
    """Say how closely a wish names a media type: 0 if not at all."""
    if what == media_type:
        return 3
    if what == media_type.partition("/")[0] + "/*":
        return 2
    return 1 if what == "*/*" else 0
