"""Job files that are small and mean to cost much: time, memory, depth, or a page of complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

ROOM = 1024 * 1024
"""Bytes that a job file may have."""

_ID = "id: bomb\n"
_TASK = "tasks:\n  - {id: main, command: work}\n"


def _laughs(levels: int, width: int, kind: str = "[]") -> str:
    """Aliases of aliases: width ** levels values in a few hundred bytes."""
    opening, closing = kind[0], kind[1]
    colon = ": x" if kind == "{}" else ""
    lines = [f"a0: &a0 {opening}{', '.join(f'x{each}{colon}' for each in range(width))}{closing}"]
    for level in range(1, levels):
        parts = [f"*a{level - 1}" if not colon else f"k{each}: *a{level - 1}" for each in range(width)]
        lines.append(f"a{level}: &a{level} {opening}{', '.join(parts)}{closing}")
    return "\n".join(lines) + f"\nname: *a{levels - 1}\n{_TASK}"


def _merges(levels: int, width: int) -> str:
    lines = ["a0: &a0 {x: y}"]
    for level in range(1, levels):
        parts = ", ".join(f"*a{level - 1}" for _ in range(width))
        lines.append(f"a{level}: &a{level} {{<<: [{parts}], k{level}: v}}")
    return "\n".join(lines) + f"\n{_TASK}"


def _nested(opening: str, closing: str, depth: int, *, is_closed: bool = True) -> str:
    return f"tags: {opening * depth}x{closing * depth if is_closed else ''}\n{_TASK}"


def _blocks(depth: int, unit: str) -> str:
    return "config:\n" + "".join(f"{' ' * (level + 1)}{unit}\n" for level in range(depth)) + _TASK


def _filled(unit: str, size: int = ROOM - len(_ID)) -> str:
    return unit * (size // len(unit))


def _graph(tasks: int, edges: Callable[[int], Iterator[int]]) -> str:
    lines = [
        f"  - {{id: t{number}, command: x, depends_on: [{', '.join(f't{each}' for each in edges(number))}]}}"
        for number in range(tasks)
    ]
    return "tasks:\n" + "\n".join(lines) + "\n"


def bombs() -> dict[str, str]:
    """Return all of them, by what they are."""
    return {name: text if text.startswith("id:") else _ID + text for name, text in _made().items()}


def _made() -> dict[str, str]:
    made: dict[str, str] = {}
    for levels, width in [(5, 10), (9, 9), (10, 10), (20, 20), (40, 40), (100, 2), (400, 2), (26, 100)]:
        made[f"aliases {levels} x {width}"] = _laughs(levels, width)
        made[f"aliases in mappings {levels} x {width}"] = _laughs(levels, width, "{}")
        made[f"merges {levels} x {width}"] = _merges(levels, width)
    for depth in (100, 1000, 10_000, 100_000, 500_000):
        made[f"{depth} brackets"] = _nested("[", "]", depth)
        made[f"{depth} brackets that are never closed"] = _nested("[", "", depth, is_closed=False)
        made[f"{depth} braces"] = _nested("{a: ", "}", depth)
        made[f"{depth} questions"] = _nested("[? ", "]", depth)
    for depth in (100, 1000, 1400):
        made[f"{depth} levels of keys"] = _blocks(depth, "a:")
        made[f"{depth} levels of dashes"] = _blocks(depth, "-")
    for name, unit in {
        "tags": "a: !!python/object/apply:os.system [x]\n",
        "own tags": "a: !x y\n",
        "anchors": "a: &x y\n",
        "aliases of nothing": "a: *x\n",
        "documents": "---\na: b\n",
        "ends": "...\n",
        "directives": "%YAML 1.2\n",
        "unknown directives": "%X y\n",
        "dashes": "- ",
        "colons": ": ",
        "questions": "? ",
        "tabs": "\t",
        "quotes": '"',
        "single quotes": "'",
        "pipes": "|",
        "ampersands": "&",
        "stars": "*",
        "exclamations": "!",
        "percents": "%",
        "ats": "@",
        "backticks": "`",
        "commas": "[,",
        "empty lines": "\n",
        "returns": "\r",
        "escapes": '"\\x41',
        "merge keys": "<<: {a: b}\n",
        "unknown keys": "timout: 1\n",
        "keys twice": "name: a\n",
        "nulls": "a: ~\n",
        "complex keys": "? [a, b]\n: c\n",
        "byte order marks": "\ufeff",
        "wide characters": "\U0001f600: x\n",
        "line separators": "a: \u2028\n",
        "comments in the way": "a: # x\n",
        "folded text": "a: >\n  x\n",
    }.items():
        made[f"a file of {name}"] = _filled(unit)
    numbered = "".join(f"k{number}: v\n" for number in range(60_000))
    made["many unknown keys"] = numbered
    made["many keys of config"] = "config:\n" + "".join(f"  k{each}: v\n" for each in range(60_000)) + _TASK
    made["many tags"] = "tags: [" + ", ".join(f"t{each}" for each in range(100_000)) + f"]\n{_TASK}"
    made["a tag many times"] = "tags: [" + "x, " * 200_000 + f"x]\n{_TASK}"
    made["a number without end"] = f"max_concurrency: {'9' * 500_000}\n{_TASK}"
    made["a number that is infinite"] = f"max_concurrency: 1e{'9' * 100_000}\n{_TASK}"
    made["a fraction without end"] = f"max_concurrency: 0.{'3' * 500_000}\n{_TASK}"
    made["a duration without end"] = f"timeout: {'1h' * 300_000}\n{_TASK}"
    made["a duration of digits"] = f"timeout: {'1' * 500_000}s\n{_TASK}"
    made["a schedule without end"] = f'schedule: "{"*/1," * 100_000}* * * * *"\n{_TASK}'
    made["a schedule of ranges"] = f'schedule: "{"0-59," * 100_000}0 * * * *"\n{_TASK}'
    made["a schedule of steps"] = f'schedule: "*/{"9" * 100_000} * * * *"\n{_TASK}'
    made["a schedule of blanks"] = f'schedule: "*{" " * 500_000}x"\n{_TASK}'
    made["many schedules"] = "schedule:\n" + "  - '* * * * *'\n" * 60_000 + _TASK
    made["a zone without end"] = f"schedule: {{cron: '* * * * *', timezone: '{'../' * 200_000}x'}}\n{_TASK}"
    made["an id without end"] = f"id: {'a' * 900_000}\n{_TASK}"
    made["a task id without end"] = f"tasks:\n  - {{id: {'a' * 900_000}, command: x}}\n"
    made["a name of blanks and one of control"] = f'name: "{" " * 900_000}\\x00"\n{_TASK}'
    made["variables in variables"] = f"environment: {{A: '{'${A' * 200_000}'}}\n{_TASK}"
    made["tasks of one name"] = "tasks:\n" + "  - {id: a, command: x}\n" * 40_000
    made["tasks that name nothing"] = "tasks:\n" + "  - {}\n" * 100_000
    made["a ring of tasks"] = _graph(9_000, lambda each: iter([(each + 1) % 9_000]))
    made["a chain of tasks into a ring"] = _graph(9_000, lambda each: iter([max(each - 1, 0)]))
    made["tasks that all need each other"] = _graph(300, lambda each: (n for n in range(300) if n != each))
    made["tasks that need what is not there"] = _graph(5_000, lambda each: iter([each + 100_000]))
    made["a diamond of diamonds"] = _graph(6_000, lambda each: iter({max(each - 1, 0), max(each - 2, 0)}))
    return made
