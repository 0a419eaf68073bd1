/* The yardstick: start a program COUNT times with posix_spawn, at most FLIGHT at once, and print the seconds it took.
 *
 *   spawn_loop COUNT FLIGHT [DIRECTORY]
 *
 * With DIRECTORY, each process gets a session of its own and two new log files in a new directory there: what a
 * scheduler cannot do without. The program is /bin/true.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static pid_t start(const char *directory, long number)
{
    char *argv[] = {"/bin/true", NULL};
    char path[4096];
    pid_t pid;
    int error;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    if (!directory) {
        error = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
    } else {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
        snprintf(path, sizeof path, "%s/%ld", directory, number);
        mkdir(path, 0700);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        snprintf(path, sizeof path, "%s/%ld/stdout", directory, number);
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        snprintf(path, sizeof path, "%s/%ld/stderr", directory, number);
        posix_spawn_file_actions_addopen(&actions, 2, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        error = posix_spawn(&pid, argv[0], &actions, &attributes, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    if (error) {
        fprintf(stderr, "posix_spawn: error %d\n", error);
        exit(1);
    }
    return pid;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 1000;
    long flight = argc > 2 ? atol(argv[2]) : 4;
    const char *directory = argc > 3 ? argv[3] : NULL;
    long started = 0, running = 0;
    struct timespec begin, end;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (started < count || running > 0) {
        while (started < count && running < flight) {
            start(directory, started++);
            running++;
        }
        if (waitpid(-1, NULL, 0) > 0)
            running--;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
