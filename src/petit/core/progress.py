"""The progress of one run through its graph: what may start, what is skipped, when and how it ends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from petit.core.clock import Millis
from petit.core.condition import COUNTS_AS_FAILURE, why_not
from petit.core.graph import dependents, topological_order
from petit.core.ids import TaskId
from petit.core.job import Job, Task
from petit.core.outset import Outset, may_begin, needs_of
from petit.core.states import TASK_MAY_BECOME, TASK_OVER, RunStatus, TaskStatus

End = Literal["completed", "failed", "interrupted", "cancelled"]


class Ready(msgspec.Struct, frozen=True):
    """A task that starts now.

    Attributes:
        task: The task.
        ready_at: When its dependencies were over, or its retry was due.
        blocked_by: The dependency that ended last; None for a retry and a task that waited for none.
        waited_for_slot_since: Since when it waited for others to free a slot; None if it did not.
    """

    task: Task
    ready_at: Millis
    blocked_by: TaskId | None = None
    waited_for_slot_since: Millis | None = None


class Skip(msgspec.Struct, frozen=True):
    """A task that will never start because its condition does not hold."""

    task_id: TaskId
    reason: str


class _InLine(NamedTuple):
    """A task that waits for a slot. `round_` is the count of `ready_now` calls when it joined."""

    since: Millis | None
    blocked_by: TaskId | None
    round_: int


class Progress:
    """Keeps the book of one run. Work per finished task grows with its dependents only; nothing recurses.

    Attributes:
        order: All tasks in topological order.
        running: Tasks that hold a slot.
        first_skips: Tasks that are skipped before anything has ended: without dependencies, `on_failure` and
            `one_success` never hold. To be written with the run's first changes.
    """

    def __init__(self, job: Job, *, max_tasks: int) -> None:
        self._begin(job, max_tasks, {}, {}, None)

    @classmethod
    def restore(
        cls,
        job: Job,
        max_tasks: int,
        statuses: Mapping[TaskId, TaskStatus],
        errors: Mapping[TaskId, str | None] | None = None,
        selected: Sequence[TaskId] | None = None,
    ) -> Progress:
        """Take up a run where it was left.

        Args:
            job: The definition that the run is pinned to.
            max_tasks: Task slots. More may be running; none starts until fewer are.
            statuses: Of its tasks; those not named are pending.
            errors: What `ended` was told of those that failed.
            selected: The tasks that the run is limited to; None for all.
        """
        self = cls.__new__(cls)
        self._begin(job, max_tasks, statuses, errors or {}, selected)
        return self

    @classmethod
    def begin(cls, job: Job, max_tasks: int, outset: Outset) -> Progress:
        """Begin a run of which some tasks are over."""
        return cls.restore(job, max_tasks, outset.statuses, selected=outset.selected)

    def _begin(
        self,
        job: Job,
        max_tasks: int,
        statuses: Mapping[TaskId, TaskStatus],
        errors: Mapping[TaskId, str | None],
        selected: Sequence[TaskId] | None,
    ) -> None:
        self._needs = needs_of(job, selected)
        self.order = topological_order(
            self._needs if selected is None else {task.id: task.depends_on for task in job.tasks}
        )
        self._tasks = {task.id: task for task in job.tasks}
        self._position = {task_id: place for place, task_id in enumerate(self.order)}
        self._dependents = dependents(self._needs)
        self._status: dict[TaskId, TaskStatus] = {
            task_id: statuses.get(task_id, "pending") for task_id in self.order
        }
        self._max_tasks = max_tasks
        self._line: OrderedDict[TaskId, _InLine] = OrderedDict()
        self._rounds = 0
        self._is_frozen = False
        # A task is cancelled only together with its run.
        self._is_cancelled = "cancelled" in statuses.values()
        self._failures: list[tuple[TaskId, TaskStatus, str | None]] = []
        self.running = {task_id for task_id, status in self._status.items() if status == "running"}
        self._open = 0
        self._unmet: dict[TaskId, int] = {}
        skips: list[Skip] = []
        for task_id in self.order:
            self._take_up(task_id, errors.get(task_id), skips)
        self.first_skips = tuple(skips)

    def _take_up(self, task_id: TaskId, error: str | None, skips: list[Skip]) -> None:
        """Find out where a task stands; those before it in topological order are done."""
        status = self._status[task_id]
        unmet = sum(self._status[each] not in TASK_OVER for each in self._needs[task_id])
        self._unmet[task_id] = unmet
        if status in TASK_OVER:
            self._note_failure(task_id, status, error)
            return
        self._open += 1
        is_undecided = status == "pending" and not unmet and not self._is_cancelled
        if is_undecided and not self._is_skipped(task_id, skips):
            self._line[task_id] = _InLine(None, None, self._rounds)

    # --- questions ------------------------------------------------------------------------------------------
    @property
    def is_over(self) -> bool:
        """Whether every task is over."""
        return not self._open

    def status(self, task_id: TaskId) -> TaskStatus:
        """Return where a task stands."""
        return self._status[task_id]

    def position(self, task_id: TaskId) -> int:
        """Return a task's place in topological order, from 0."""
        return self._position[task_id]

    def result(self) -> tuple[RunStatus, str | None]:
        """Return how the run ended, and a sentence that names the first task that failed it.

        Failed goes before interrupted. Tasks that say `allow_failure` fail no run. A cancel that came too
        late, when all tasks ended by themselves, leaves the run what they made of it.

        Raises:
            ValueError: It has not ended.
        """
        if not self.is_over:
            raise ValueError("the run is not over")
        if any(status == "cancelled" for status in self._status.values()):
            return "cancelled", None
        for status in ("failed", "interrupted"):
            for task_id, each, error in self._failures:
                if each == status:
                    return status, _sentence(task_id, each, error)
        return "completed", None

    # --- moves ----------------------------------------------------------------------------------------------
    def ready_now(self, now: Millis) -> list[Ready]:
        """Take ready tasks for the free slots, the longest ready first; they are running from now on."""
        if self._is_frozen:
            return []
        taken: list[Ready] = []
        while self._line and len(self.running) < self._max_tasks:
            task_id, (since, blocked_by, round_) = self._line.popitem(last=False)
            self._move(task_id, "running")
            self.running.add(task_id)
            at = now if since is None else since
            taken.append(Ready(self._tasks[task_id], at, blocked_by, at if round_ < self._rounds else None))
        self._rounds += 1
        return taken

    def ended(self, task_id: TaskId, status: End, now: Millis, *, error: str | None = None) -> list[Skip]:
        """Book the end of a task and return the tasks that are skipped for it, in topological order.

        Args:
            task_id: The task.
            status: How it ended, retries included.
            now: Moment from which those that it lets go are ready.
            error: What the run's own error says of it.
        """
        self._move(task_id, status)
        self._open -= 1
        self.running.discard(task_id)
        self._line.pop(task_id, None)
        self._note_failure(task_id, status, error)
        return [] if self._is_cancelled else self._let_go(task_id, now)

    def retrying(self, task_id: TaskId) -> None:
        """Let a task wait for its retry, without a slot."""
        self._move(task_id, "retrying")
        self.running.remove(task_id)

    def retry_ready(self, task_id: TaskId, now: Millis) -> None:
        """Put a task whose wait is over in line for a slot."""
        if self._status[task_id] != "retrying":
            raise ValueError(f"task '{task_id}' is {self._status[task_id]}, it waits for no retry")
        self._line.setdefault(task_id, _InLine(now, None, self._rounds))

    def cancel(self) -> list[TaskId]:
        """Start nothing more, `always` included; return the tasks cancelled by this, in topological order."""
        self._is_cancelled = True
        self._line.clear()
        cancelled = [task_id for task_id in self.order if self._status[task_id] in {"pending", "retrying"}]
        for task_id in cancelled:
            self._move(task_id, "cancelled")
        self._open -= len(cancelled)
        return cancelled

    def freeze(self) -> None:
        """Start nothing more for now; what runs is booked as ever."""
        self._is_frozen = True

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._is_frozen = False

    # --- details --------------------------------------------------------------------------------------------
    def _move(self, task_id: TaskId, status: TaskStatus) -> None:
        before = self._status[task_id]
        if status not in TASK_MAY_BECOME[before]:
            raise ValueError(f"task '{task_id}' is {before} and cannot become {status}")
        self._status[task_id] = status

    def _note_failure(self, task_id: TaskId, status: TaskStatus, error: str | None) -> None:
        if status in COUNTS_AS_FAILURE and not self._tasks[task_id].allow_failure:
            self._failures.append((task_id, status, error))

    def _let_go(self, ended: TaskId, now: Millis) -> list[Skip]:
        """Decide on all tasks whose last dependency is over now; skipped ones let go of others in turn."""
        skips: list[Skip] = []
        free: list[tuple[TaskId, TaskId]] = []
        over = [ended]
        for blocker in over:  # grows as it is walked
            for task_id in self._dependents[blocker]:
                self._unmet[task_id] -= 1
                if not self._unmet[task_id]:
                    if self._is_skipped(task_id, skips):
                        over.append(task_id)
                    else:
                        free.append((task_id, blocker))
        free.sort(key=lambda each: self._position[each[0]])
        for task_id, blocker in free:
            self._line[task_id] = _InLine(now, blocker, self._rounds)
        skips.sort(key=lambda skip: self._position[skip.task_id])
        return skips

    def _is_skipped(self, task_id: TaskId, skips: list[Skip]) -> bool:
        """Skip a task whose dependencies are over if its condition does not hold, and say whether it was."""
        task = self._tasks[task_id]
        needs = self._needs[task_id]
        statuses = [self._status[each] for each in needs]
        if may_begin(task, statuses):
            return False
        self._move(task_id, "skipped")
        self._open -= 1
        skips.append(Skip(task_id, why_not(task.condition, list(zip(needs, statuses, strict=True)))))
        return True


def _sentence(task_id: TaskId, status: TaskStatus, error: str | None) -> str:
    what = "failed" if status == "failed" else "was interrupted"
    why = (error or "").removeprefix("interrupted: ")
    return f"task '{task_id}' {what}: {why}" if why else f"task '{task_id}' {what}"
