"""The routes of the API with ids in their paths, for tests that go through them all."""

from __future__ import annotations

from petit.api.routes import ROUTES

CHANGING = [route for route in ROUTES if route.method not in {"GET", "HEAD"}]
READING = [route for route in ROUTES if route.method == "GET"]
OPEN = {
    (method, route.path)
    for route in ROUTES
    if route.is_open
    for method in ([route.method, "HEAD"] if route.method == "GET" else [route.method])
}
"""What everybody may ask who can connect."""
PATHS = sorted({route.path for route in ROUTES})


def filled(path: str, run_id: str, *, job_id: str = "hello") -> str:
    """Name a job, a run of it, its task `main` and the token `ci` in a path."""
    return path.format(job_id=job_id, run_id=run_id, task_id="main", token_name="ci")
