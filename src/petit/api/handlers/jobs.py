"""Jobs: all of them, one of them, the runs of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import TAG, context_of, handle_of
from petit.api.responses import encode, page, tagged
from petit.api.run_pages import list_page
from petit.api.views_job import JobDetail, JobSummary
from petit.storage.base import RunFilter


async def list_jobs(request: Request) -> Response:
    """List the jobs, sorted by id: all of them unless `limit` is given."""
    if not request.scope["query_string"]:
        return await _all(request)
    limit = query.whole(request, "limit")
    after = query.cursor_of(request, str)
    if limit is None and after is None:
        return await _all(request)
    jobs = [JobSummary.of(view) for view in await handle_of(request).jobs()]
    rest = [job for job in jobs if after is None or job.id > after]
    shown = rest[: query.MAX_LIMIT if limit is None else limit]
    is_more = 0 < len(shown) < len(rest)
    return page(request, "jobs", shown, query.write_cursor(shown[-1].id) if is_more else None)


async def _all(request: Request) -> Response:
    """Write the whole list, once for each state of the world: dashboards ask for it all the time."""
    context, tag = context_of(request), request.scope[TAG]
    if context.jobs is None or context.jobs[0] != tag:
        jobs = [JobSummary.of(view) for view in await context.handle.jobs()]
        context.jobs = (tag, tagged(request, encode({"jobs": jobs, "count": len(jobs)})))
    return context.jobs[1]


async def get_job(request: Request) -> Response:
    """Show a job with its tasks; one that was removed and has history too."""
    view = await handle_of(request).job(request.path_params["job_id"])
    return tagged(request, encode(JobDetail.of(view)))


async def list_runs(request: Request) -> Response:
    """List the runs of a job, newest first; of a removed one too."""
    return await list_page(request, RunFilter(job_id=request.path_params["job_id"]))
