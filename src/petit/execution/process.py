"""Starting a program for an attempt: found on its own PATH, in a new session, with its output in log files.

Standard library only: the keeper runs this, and so does an agent on another machine.
"""

from __future__ import annotations

import errno
import os

from petit.execution import tree
from petit.execution.lean import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The kernel refuses 32 and 33 to everyone but glibc, and KILL and STOP have no handler to reset.
ALL_SIGNALS = tuple(
    sorted({int(s) for s in signal.valid_signals()} - {int(signal.SIGKILL), int(signal.SIGSTOP)})
)
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

_OUTPUT = os.O_WRONLY | os.O_CREAT | os.O_APPEND  # not O_CLOEXEC: the program is to have them
_NULL = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)


class StartError(Exception):
    """No process came to be.

    Attributes:
        error: A sentence for people.
        errno: The kernel's number, 0 if it was not the kernel that refused.
    """

    def __init__(self, error: str, number: int) -> None:
        super().__init__(error)
        self.error = error
        self.errno = number


def spawn(
    argv: Sequence[str], env: Mapping[str, str], cwd: str, log_dir: str, *, tag: int, home_fd: int
) -> int:
    """Start a program and return its pid.

    It leads a session and a group of its own, has every signal at its default, /dev/null as standard input,
    and `stdout` and `stderr` in `log_dir` (made if missing) for output. It inherits no other descriptor.

    Args:
        argv: Program and arguments. A name without a slash is looked up on `env`'s PATH.
        env: The whole environment.
        cwd: Working directory; relative programs and PATH entries are taken from there.
        log_dir: Absolute directory of the two log files.
        tag: Number that this process and all its descendants carry, see `tree.tag_next`.
        home_fd: Directory to return to: the working directory belongs to the process, not to the call.

    Raises:
        StartError: No process came to be, and why.
    """
    try:
        _make_directory(log_dir)
    except OSError as e:
        raise StartError(f"cannot make the log directory {log_dir!r}: {_reason(e)}", e.errno or 0) from None
    try:
        os.chdir(cwd)
    except (OSError, ValueError) as e:
        raise _bad_directory(cwd, e) from None
    try:
        tree.tag_next(tag)
        return _spawn_here(argv, env, log_dir)
    finally:
        os.fchdir(home_fd)


def _spawn_here(argv: Sequence[str], env: Mapping[str, str], log_dir: str) -> int:
    program = find_program(argv, env.get("PATH", DEFAULT_PATH))
    try:
        return os.posix_spawn(
            program,
            list(argv),
            env,
            file_actions=(
                _NULL,
                (os.POSIX_SPAWN_OPEN, 1, log_dir + "/stdout", _OUTPUT, 0o600),
                (os.POSIX_SPAWN_OPEN, 2, log_dir + "/stderr", _OUTPUT, 0o600),
            ),
            setsid=True,
            setsigmask=(),
            setsigdef=ALL_SIGNALS,
        )
    except OSError as e:
        raise StartError(_why_not(program, argv, env, log_dir, e), e.errno or 0) from None
    except ValueError as e:
        raise StartError(f"argument or environment cannot be passed to a program: {e}", 0) from None


def find_program(argv: Sequence[str], path: str) -> str:
    """Return the file to execute for `argv[0]`, searching `path` as a shell does.

    Raises:
        StartError: Nothing there, or nothing that may be executed.
    """
    if not argv or not argv[0]:
        raise StartError("no program given", 0)
    name = argv[0]
    if "/" in name:
        return name
    forbidden = None
    for directory in path.split(":"):
        candidate = f"{directory}/{name}" if directory else f"./{name}"
        try:
            is_executable = os.access(candidate, os.X_OK)
        except ValueError:
            break  # a NUL character in the name
        if is_executable and not os.path.isdir(candidate):
            return candidate
        if forbidden is None and not is_executable and os.path.isfile(candidate):
            forbidden = candidate
    if forbidden is not None:
        raise StartError(f"permission denied: {forbidden!r} may not be executed", errno.EACCES)
    raise StartError(f"program not found: {name!r} (looked on PATH {path})", errno.ENOENT)


def _make_directory(path: str) -> None:
    """Make a directory and its parents, all of them the owner's only."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        _make_directory(os.path.dirname(path))
        os.mkdir(path, 0o700)


def _bad_directory(cwd: str, error: Exception) -> StartError:
    if isinstance(error, FileNotFoundError):
        return StartError(f"working directory does not exist: {cwd!r}", errno.ENOENT)
    if isinstance(error, NotADirectoryError):
        return StartError(f"working directory is not a directory: {cwd!r}", errno.ENOTDIR)
    if isinstance(error, PermissionError):
        return StartError(f"permission denied: working directory {cwd!r}", errno.EACCES)
    number = error.errno or 0 if isinstance(error, OSError) else 0
    return StartError(f"cannot enter the working directory {cwd!r}: {_reason(error)}", number)


def _why_not(program: str, argv: Sequence[str], env: Mapping[str, str], log_dir: str, error: OSError) -> str:
    """Say in a sentence why the kernel would not start a program."""
    number = error.errno
    if number == errno.E2BIG:
        size = sum(len(os.fsencode(a)) + 1 for a in argv)
        size += sum(len(os.fsencode(k)) + len(os.fsencode(v)) + 2 for k, v in env.items())
        return f"argument list too long ({size} bytes)"
    if number == errno.ENOENT:
        return _what_is_missing(program, log_dir)
    sentences = {
        errno.EACCES: f"permission denied: {program!r} may not be executed",
        errno.EMFILE: "too many open files",
        errno.ENFILE: "too many open files on this machine",
        errno.EAGAIN: "no further process can be made (limit of processes reached)",
        errno.ENOMEM: "not enough memory to start a process",
        errno.ENOEXEC: f"not a program that can be run: {program!r} (no '#!' line?)",
        errno.ENOSPC: f"no space left for the log files in {log_dir!r}",
        errno.ETXTBSY: f"program is being written: {program!r}",
    }
    return sentences.get(number or 0, f"cannot start {program!r}: {_reason(error)}")


def _what_is_missing(program: str, log_dir: str) -> str:
    if not os.path.isdir(log_dir):
        return f"log directory has vanished: {log_dir!r}"
    if not os.path.exists(program):
        return f"program not found: {program!r}"
    try:
        with open(program, "rb") as file:
            first = file.readline(256)
    except OSError:
        first = b""
    if first.startswith(b"#!"):
        interpreter = os.fsdecode(first[2:].strip())
        return f"interpreter not found: {interpreter!r} named by {program!r}"
    return f"a library or loader is missing for {program!r}"


def _reason(error: Exception) -> str:
    return os.strerror(error.errno or 0).lower() if isinstance(error, OSError) else str(error)
