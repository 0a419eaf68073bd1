from __future__ import annotations

from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.support.graphs import counted_needs, expected_ends, expected_result, may_start

from petit.core.errors import CannotRerun
from petit.core.job import Condition, Job, Task
from petit.core.outset import NOT_SELECTED, Outset, Past, outset_of_rerun, outset_of_selection
from petit.core.progress import End, Progress
from petit.core.states import TASK_OVER, TaskStatus

NAMES = [f"t{number}" for number in range(9)]
ENDS: list[End] = ["completed", "completed", "failed", "interrupted"]


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    tasks = []
    for place, name in enumerate(NAMES[: draw(st.integers(1, len(NAMES)))]):
        needs = draw(st.lists(st.sampled_from(NAMES[:place]), unique=True, max_size=4)) if place else []
        tasks.append(
            Task(
                id=name,
                name=name,
                command="true",
                depends_on=tuple(needs),
                condition=draw(st.sampled_from(get_args(Condition))),
                allow_failure=draw(st.booleans()),
            )
        )
    return Job(id="j", name="j", tasks=tuple(draw(st.permutations(tasks))))


ALL_ENDS = st.lists(st.sampled_from(ENDS), min_size=len(NAMES), max_size=len(NAMES))


@st.composite
def outsets(draw: st.DrawFn, job: Job) -> Outset:
    """Of a run like any other, of one of some tasks, of one that repeats another from somewhere."""
    ids = [task.id for task in job.tasks]
    selection = Outset()
    if draw(st.integers(0, 3)) == 0:
        selection = outset_of_selection(job, draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)))
    if draw(st.booleans()):
        return selection
    outcomes = dict(zip(NAMES, draw(ALL_ENDS), strict=True))
    ends = expected_ends(job, outcomes, selection.statuses, selection.selected)
    past = {
        task_id: Past(status, selection.skipped.get(task_id))  # type: ignore[arg-type]  # each is an end
        for task_id, status in ends.items()
    }
    start = draw(st.sampled_from(["failed", "start", *(selection.selected or ids)]))
    try:
        return outset_of_rerun(job, "old", past, start=start, selected=selection.selected)
    except CannotRerun:
        return selection


class OneRun(RuleBasedStateMachine):
    """A run that is driven, retried, frozen, cancelled and taken up again at any moment."""

    @initialize(job=jobs(), max_tasks=st.integers(1, 4), ends=ALL_ENDS, data=st.data())
    def begin(self, job: Job, max_tasks: int, ends: list[End], data: st.DataObject) -> None:
        self.job = job
        self.outcomes = dict(zip(NAMES, ends, strict=True))
        self.tasks = {task.id: task for task in job.tasks}
        self.max_tasks = max_tasks
        self.outset = data.draw(outsets(job))
        self.progress = Progress.begin(job, max_tasks, self.outset)
        self.errors: dict[str, str | None] = {}
        self.waiting: set[str] = set()
        self.first_error: dict[str, str] = {}
        self.is_frozen = False
        self.is_cancelled = False
        self.now = 0

    def statuses(self) -> dict[str, TaskStatus]:
        return {task.id: self.progress.status(task.id) for task in self.job.tasks}

    def ready(self) -> set[str]:
        """Say what the definition makes of it: pending, dependencies over, condition holding."""
        now = self.statuses()
        return {
            task.id
            for task in self.job.tasks
            if now[task.id] == "pending"
            and all(now[each] in TASK_OVER for each in self.needs(task))
            and self.may_start(task)
        }

    def needs(self, task: Task) -> list[str]:
        return counted_needs(task, self.outset.selected)

    def may_start(self, task: Task) -> bool:
        needs = self.needs(task)
        is_alone = bool(task.depends_on) and not needs
        return is_alone or may_start(task.condition, [self.progress.status(each) for each in needs])

    @rule()
    def start(self) -> None:
        self.now += 1
        free = max(self.max_tasks - len(self.progress.running), 0)
        able = self.ready() | self.waiting
        taken = self.progress.ready_now(self.now)
        expected = 0 if self.is_frozen or self.is_cancelled else min(free, len(able))
        assert len(taken) == expected
        for ready in taken:
            assert ready.task.id in able
            assert ready.ready_at <= self.now
            assert ready.blocked_by is None or ready.blocked_by in self.needs(ready.task)
            self.waiting.discard(ready.task.id)

    @precondition(lambda self: self.progress.running)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.end_of(data.draw(st.sampled_from(sorted(self.progress.running))))

    def end_of(self, task_id: str) -> None:
        self.now += 1
        before = self.statuses()
        status = self.outcomes[task_id]
        self.errors[task_id] = f"error of {task_id}"
        if status != "completed" and not self.tasks[task_id].allow_failure:
            self.first_error.setdefault(status, task_id)
        skips = self.progress.ended(task_id, status, self.now, error=f"error of {task_id}")
        after = self.statuses()
        changed = {each for each in before if before[each] != after[each]}
        assert changed == {task_id, *(skip.task_id for skip in skips)}
        places = [self.progress.position(skip.task_id) for skip in skips]
        assert places == sorted(places)

    @precondition(lambda self: self.progress.running and not self.is_cancelled)
    @rule(data=st.data())
    def fail_for_now(self, data: st.DataObject) -> None:
        self.progress.retrying(data.draw(st.sampled_from(sorted(self.progress.running))))

    @precondition(lambda self: "retrying" in self.statuses().values())
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        waiting = sorted(task_id for task_id, status in self.statuses().items() if status == "retrying")
        task_id = data.draw(st.sampled_from(waiting))
        self.progress.retry_ready(task_id, self.now)
        self.waiting.add(task_id)

    @rule()
    def freeze(self) -> None:
        self.progress.freeze()
        self.is_frozen = True

    @precondition(lambda self: self.is_frozen)
    @rule()
    def thaw(self) -> None:
        self.progress.thaw()
        self.is_frozen = False

    @precondition(lambda self: not self.is_cancelled)
    @rule(chance=st.integers(0, 3))
    def cancel(self, chance: int) -> None:
        if chance:
            return  # else most runs would be cancelled before much has happened
        before = self.statuses()
        waiting = [each for each in self.progress.order if before[each] in {"pending", "retrying"}]
        assert self.progress.cancel() == waiting
        self.is_cancelled = True
        self.waiting.clear()

    @rule()
    def take_up_again(self) -> None:
        before = self.statuses()
        selected = self.outset.selected
        self.progress = Progress.restore(self.job, self.max_tasks, before, self.errors, selected)
        assert self.statuses() == before
        assert self.progress.first_skips == ()
        self.first_error = {}  # the order in which they failed is not known any more
        for task_id in self.progress.order:
            if before[task_id] in {"failed", "interrupted"} and not self.tasks[task_id].allow_failure:
                self.first_error.setdefault(before[task_id], task_id)
        for task_id in sorted(self.waiting):
            self.progress.retry_ready(task_id, self.now)
        if self.is_cancelled:
            self.progress.cancel()
        self.is_frozen = False

    @invariant()
    def the_book_is_right(self) -> None:
        now = self.statuses()
        assert self.progress.running == {task_id for task_id, status in now.items() if status == "running"}
        assert len(self.progress.running) <= self.max_tasks
        assert self.progress.is_over == all(status in TASK_OVER for status in now.values())
        if not self.is_cancelled:
            for task in self.job.tasks:
                if now[task.id] == "pending" and all(now[each] in TASK_OVER for each in self.needs(task)):
                    assert self.may_start(task)

    @invariant()
    def what_was_over_stays_as_it_was(self) -> None:
        now = self.statuses()
        assert {task_id: now[task_id] for task_id in self.outset.statuses} == self.outset.statuses
        if self.outset.selected is not None:
            left_out = set(self.tasks) - set(self.outset.selected)
            assert {self.outset.skipped[task_id] for task_id in left_out} <= {NOT_SELECTED}

    @invariant()
    def the_result_is_right(self) -> None:
        if not self.progress.is_over:
            return
        now = self.statuses()
        status, error = self.progress.result()
        if "cancelled" in now.values():
            assert (status, error) == ("cancelled", None)
            return
        assert now == expected_ends(self.job, self.outcomes, self.outset.statuses, self.outset.selected)
        assert status == expected_result(self.job, now)
        named = self.first_error.get(status)
        assert (error is None) == (named is None)
        if named is not None and error is not None:
            assert error.startswith(f"task '{named}' ")
            assert error.endswith(f": error of {named}")

    def teardown(self) -> None:
        """Let every run come to its end."""
        if not hasattr(self, "progress"):
            return
        self.progress.thaw()
        self.is_frozen = False
        for task_id, status in self.statuses().items():
            if status == "retrying":
                self.progress.retry_ready(task_id, self.now)
                self.waiting.add(task_id)
        while not self.progress.is_over:
            self.start()
            self.end_of(max(self.progress.running))
            self.the_book_is_right()
        self.the_result_is_right()


TestOneRun = OneRun.TestCase
TestOneRun.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
