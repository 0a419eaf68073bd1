"""Plain tables: aligned columns, no frames, as wide as the terminal at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from petit.cli.paint import Paint, Style, cells, clipped, printable

_GAP = "  "
_NARROWEST = 8


class Cell:
    """A text with a style; plain strings are cells without one."""

    def __init__(self, text: str, style: Style | None = None) -> None:
        self.text = printable(text)
        self.style = style


def render(
    head: Sequence[str], rows: Sequence[Sequence[str | Cell]], *, paint: Paint, width: int | None = None
) -> Iterator[str]:
    """Yield the lines of a table.

    Args:
        head: Titles of the columns.
        rows: As many cells each.
        paint: Colours the titles and cells.
        width: Columns to fit in by clipping the widest ones; None clips nothing.
    """
    cooked = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    widths = [
        max(cells(title), *(cells(row[column].text) for row in cooked), 0)
        for column, title in enumerate(head)
    ]
    if width is not None:
        _shrink(widths, width - len(_GAP) * (len(head) - 1))
    yield _line([Cell(title, "bold") for title in head], widths, paint)
    for row in cooked:
        yield _line(row, widths, paint)


def _shrink(widths: list[int], room: int) -> None:
    """Take from the widest column until all fit, but leave each a readable rest."""
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _line(row: Sequence[Cell], widths: Sequence[int], paint: Paint) -> str:
    parts, blank = "", 0
    for cell, width in zip(row, widths, strict=True):
        text = clipped(cell.text, width)
        if text:
            parts, blank = parts + " " * blank + paint(text, cell.style), 0
        blank += width - cells(text) + len(_GAP)
    return parts
