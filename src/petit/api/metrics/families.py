"""The metrics of the scheduler as a whole: some two hundred lines, written by prometheus-client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector

from petit.api.metrics.seen import Seen
from petit.events.tally import Spread, Tally
from petit.scheduler.commands import Check, StateView
from petit.scheduler.handle import Figures
from petit.version import VERSION

Counted = Iterable[tuple[tuple[str | int, ...], int]]
"""Values of labels, and a count for each."""


class Told:
    """Families as prometheus-client takes them: something to collect from."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return the families, once."""
        return self._families


def families(seen: Seen) -> Iterator[Metric]:
    """Yield everything but what is told of each job."""
    yield from _of_runs(seen.tally)
    yield from _of_tasks(seen.tally)
    yield from _of_the_ledger(seen.tally)
    yield from _of_the_state(seen.state, seen.checks)
    yield from _of_the_storage(seen.figures)
    yield from _of_the_api(seen)
    yield _counter("petit_reloads", "Job files were read again.", seen.tally.reloads)
    yield _labelled_gauge("petit_build_info", "The version that runs.", ("version",), {(VERSION,): 1})
    yield from ProcessCollector(registry=None).collect()
    if seen.state.keeper_pid is not None:
        keeper = str(seen.state.keeper_pid)
        yield from ProcessCollector("petit_keeper", pid=lambda: keeper, registry=None).collect()


def _of_runs(tally: Tally) -> Iterator[Metric]:
    yield _counters("petit_runs_created", "Runs that were accepted.", ("trigger",), _by_one(tally.created))
    yield _histogram(
        "petit_run_start_lag_seconds",
        "From the due time of a scheduled run to its start; runs that queued or catch up are not in it.",
        tally.lag,
    )
    yield _histogram("petit_run_queue_seconds", "How long runs waited for a slot that had to.", tally.queued)
    yield _histogram("petit_run_duration_seconds", "From the start of a run to its end.", tally.duration)


def _of_tasks(tally: Tally) -> Iterator[Metric]:
    yield _counter(
        "petit_attempts_started", "Attempts of tasks whose process was started.", tally.attempts_started
    )
    yield _counters(
        "petit_attempts_ended", "Attempts of tasks that ended.", ("status",), _by_one(tally.attempts)
    )
    yield _counters("petit_tasks_ended", "Tasks of runs that ended.", ("status",), _by_one(tally.tasks))
    yield _counter("petit_task_retries", "Attempts that another one follows.", tally.retries)


def _of_the_ledger(tally: Tally) -> Iterator[Metric]:
    labels = ("fate", "reason")
    yield _counters(
        "petit_occurrences", "Due times that were decided, one by one.", labels, tally.occurrences.items()
    )
    yield _counters(
        "petit_occurrence_gaps",
        "Stretches of several due times that were decided as one, after downtime or sleep.",
        labels,
        tally.gaps.items(),
    )


def _of_the_state(state: StateView, checks: Iterable[Check]) -> Iterator[Metric]:
    yield _gauge("petit_scheduler_paused", "1 while scheduled triggers are paused.", state.state == "paused")
    yield _gauge("petit_jobs", "Jobs that there are.", state.jobs)
    yield _gauge("petit_job_file_problems", "What is wrong in job files.", len(state.problems))
    yield _gauge("petit_running_runs", "Runs that hold a slot.", state.running_runs)
    yield _gauge("petit_queued_runs", "Runs that wait for a slot.", state.queued_runs)
    yield _gauge("petit_running_tasks", "Attempts that are under way.", state.running_tasks)
    if state.max_jobs is not None:
        yield _gauge("petit_max_running_runs", "Slots for runs; absent without a limit.", state.max_jobs)
    yield _gauge(
        "petit_max_tasks_per_run", "Tasks at a time in a run, where its job says nothing.", state.max_tasks
    )
    if state.loop_lag_ms is not None:
        yield _gauge(
            "petit_loop_lag_seconds",
            "How late the event loop came to the last look at itself, once a second.",
            state.loop_lag_ms / 1000,
        )
    yield _gauge("petit_storage_waiting_writes", "Writes that have no answer yet.", state.waiting_writes)
    yield _labelled_gauge(
        "petit_healthy",
        "1 while this part is well, as /api/health tells it.",
        ("check",),
        {(each.name,): each.ok for each in checks},
    )


def _of_the_storage(figures: Figures) -> Iterator[Metric]:
    yield _counter("petit_storage_commits", "Transactions; writes share them.", figures.commits)
    yield _counter(
        "petit_storage_changes", "Changes since the database was made; they share commits.", figures.changes
    )
    if figures.size is not None:
        yield _gauge("petit_storage_size_bytes", "Database and write-ahead log.", figures.size)


def _of_the_api(seen: Seen) -> Iterator[Metric]:
    yield _counters(
        "petit_http_requests",
        "Requests answered.",
        ("method", "route", "status"),
        seen.counts.requests.items(),
    )
    yield _gauge("petit_streams", "Event streams and followed logs that are open.", seen.streams)
    yield _gauge("petit_max_streams", "How many of them may be open.", seen.max_streams)
    yield _counters(
        "petit_stream_resets",
        "Readers of events that were told to read anew what they show.",
        ("reason",),
        _by_one(seen.counts.resets),
    )


# --- making them --------------------------------------------------------------------------------------------
def _by_one(counts: Mapping[str, int]) -> Counted:
    return (((value,), count) for value, count in counts.items())


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counters(name: str, words: str, labels: tuple[str, ...], counted: Counted) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for values, count in counted:
        family.add_metric([str(value) for value in values], count)
    return family


def _labelled_gauge(
    name: str, words: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for labelled, value in values.items():
        family.add_metric(labelled, value)
    return family


def _histogram(name: str, words: str, spread: Spread) -> Metric:
    family = HistogramMetricFamily(name, words)
    bounds = [*(str(bound / 1000) for bound in spread.bounds_ms), "+Inf"]
    seen, buckets = 0, []
    for bound, count in zip(bounds, spread.counts, strict=True):
        seen += count
        buckets.append((bound, seen))
    family.add_metric([], buckets, spread.total_ms / 1000)
    return family
