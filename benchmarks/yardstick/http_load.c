/* Asks one thing over HTTP/1.1, again and again on many connections, and says how fast answers came.
 *
 *   http_load PORT CONNECTIONS SECONDS PATH [HEADER...]
 *
 * It prints: answers, seconds, the latencies in microseconds that 50 and 99 per cent did not exceed, other
 * statuses than 200 and 304. One thread, one request in flight on each connection, nothing but counting: it
 * takes a tenth of the processor that a server in Python takes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8 * 1024 * 1024, BUFFER = 256 * 1024 };

struct connection {
    int fd;
    size_t kept;      /* bytes of an answer's head that are here */
    size_t missing;   /* bytes of its body that are still to come */
    double asked;
    char head[16384];
};

static char request[8192];
static size_t request_length;
static unsigned *latencies;
static size_t answers, wrong;
static char buffer[BUFFER];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void ask(struct connection *c)
{
    c->asked = now();
    c->kept = 0;
    if (write(c->fd, request, request_length) != (ssize_t)request_length)
        die("write");
}

static void answered(struct connection *c)
{
    latencies[answers < MOST ? answers : MOST - 1] = (unsigned)((now() - c->asked) * 1e6);
    answers++;
    ask(c);
}

/* Take in bytes of an answer: its head is kept until it is whole, its body is only counted. */
static void take(struct connection *c, const char *data, size_t length)
{
    while (length) {
        if (c->missing) {
            size_t part = length < c->missing ? length : c->missing;
            c->missing -= part, data += part, length -= part;
        } else {
            size_t part = sizeof c->head - 1 - c->kept;
            char *end, *field;
            part = length < part ? length : part;
            memcpy(c->head + c->kept, data, part);
            c->head[c->kept + part] = 0;
            end = strstr(c->head, "\r\n\r\n");
            if (!end) {
                c->kept += part, data += part, length -= part;
                if (c->kept == sizeof c->head - 1)
                    die("an endless head");
                continue;
            }
            part = end + 4 - c->head - c->kept;
            data += part, length -= part;
            *end = 0;
            wrong += strncmp(c->head + 9, "200", 3) && strncmp(c->head + 9, "304", 3);
            field = strcasestr(c->head, "content-length:");
            c->missing = field ? strtoul(field + 15, NULL, 10) : 0;
        }
        if (!c->missing)
            answered(c);
    }
}

static int compare(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int port, count, poll, one = 1;
    double seconds, begun, end;
    struct connection *connections;
    struct sockaddr_in address = {.sin_family = AF_INET};

    if (argc < 5) {
        fprintf(stderr, "http_load PORT CONNECTIONS SECONDS PATH [HEADER...]\n");
        return 2;
    }
    port = atoi(argv[1]), count = atoi(argv[2]), seconds = atof(argv[3]);
    request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", argv[4], port);
    for (int at = 5; at < argc; at++)
        request_length += snprintf(request + request_length, sizeof request - request_length, "%s\r\n", argv[at]);
    request_length += snprintf(request + request_length, sizeof request - request_length, "\r\n");
    latencies = malloc(sizeof *latencies * MOST);
    connections = calloc(count, sizeof *connections);
    poll = epoll_create1(0);
    if (!latencies || !connections || poll < 0)
        die("set-up");
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int at = 0; at < count; at++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[at]};
        connections[at].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connections[at].fd, (struct sockaddr *)&address, sizeof address))
            die("connect");
        setsockopt(connections[at].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(poll, EPOLL_CTL_ADD, connections[at].fd, &event);
    }
    begun = now(), end = begun + seconds;
    for (int at = 0; at < count; at++)
        ask(&connections[at]);
    while (now() < end) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 100);
        for (int at = 0; at < ready; at++) {
            struct connection *c = events[at].data.ptr;
            ssize_t length = read(c->fd, buffer, sizeof buffer);
            if (length <= 0)
                die("read");
            take(c, buffer, length);
        }
    }
    seconds = now() - begun;
    size_t known = answers < MOST ? answers : MOST;
    qsort(latencies, known, sizeof *latencies, compare);
    printf("%zu %.6f %u %u %zu\n", answers, seconds, known ? latencies[known / 2] : 0,
           known ? latencies[known * 99 / 100] : 0, wrong);
    return 0;
}
