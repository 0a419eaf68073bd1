"""Job files that are good, each with what it shows."""

from __future__ import annotations

TASKS = "tasks:\n  - id: a\n    command: echo\n"
MINIMAL = "id: j\n" + TASKS

GOOD: dict[str, str] = {
    "as little as there can be": MINIMAL,
    "a program called true": "id: j\ntasks: [{id: a, command: true}]\n",
    "flow style and quotes": '{"id": "j", \'tasks\': [{"id": "a", "command": "echo", "args": ["x"]}]}\n',
    "windows line ends": MINIMAL.replace("\n", "\r\n"),
    "a byte-order mark": "\ufeff" + MINIMAL,
    "a document start and end": f"---\n{MINIMAL}...\n",
    "aliases within bounds": "id: j\nenvironment: &e {A: x}\ntasks: [{id: a, run: b, environment: *e}]\n",
    "everything a job can say": """\
id: full.job-1
name: Größe ✓
description: |
  Two
  lines
tags: [etl, nightly]
enabled: false
schedule:
  - "0 2 * * *"
  - {cron: "0 30 2 * * mon-fri", timezone: Europe/Berlin}
  - "@every 1h30m"
catchup: all
catchup_window: 2d
overlap: queue
max_concurrency: 3
max_tasks: 2
timeout: 2h
depends_on:
  - up
  - {job: other, condition: last_complete}
  - {job_id: third, condition: {within_window: {seconds: 3600}}}
  - {job: fourth, condition: {within_window: 1h}}
config: {batch_size: 1000, deep: {list: [1, 2.5, null, true, text]}}
environment: {STAGE: prod, N: 1.10, B: true, E: "", V: "${HOME}/x $${y}"}
env_file: .env
grace: 0
on_interrupt: retry
log_limit: 10MiB
defaults: {retry: {max_attempts: 1, delay: 5s}, timeout: 10m, shell: [bash, -eu], python: python3.11}
tasks:
  - id: extract
    name: Extract it
    type: command
    command: python
    args: ["a b", 45, 1.10, 0o17, true, no, 12:30, "${DAY}"]
    working_dir: /srv
    timeout_secs: 300
    grace: 1s
    retry: {max_attempts: 3, delay_secs: 10, backoff: exponential, max_delay: 5m, jitter: 0.5,
            condition: transient_only, transient_exit_codes: [75, 111], exit_codes: 75}
  - id: script
    run: |
      echo "${HOME}" > "$PETIT_OUTPUT"
    shell: bash -c 'x y'
    depends_on: extract
    condition: always
    allow_failure: true
    on_interrupt: fail
  - id: code
    type: python
    script: print(f"${1}")
    inline: true
    python: [uv, run, python]
    depends_on: [extract, script]
    condition: none_failed
  - id: file
    type: python
    script: load.py
    args: [--fast]
    condition: on_failure
    depends_on: [code]
""",
}
