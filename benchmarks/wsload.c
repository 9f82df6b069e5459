/*
 * wsload - WebSocket fan-out load generator: 1 sender -> N receivers, one thread, epoll.
 * build: gcc -O2 -Wall -o wsload wsload.c
 *
 * Opens N receiver connections plus one separate sender connection to ws://HOST:PORT/PATH.
 * The sender sends messages that carry "TS:" + 16 hex digits (CLOCK_MONOTONIC ns, the time at
 * which the message was DUE, so a late generator or a blocked socket counts as latency: no
 * coordinated omission).  Every "TS:" marker found in any data frame a receiver gets is one
 * delivery (so a server may batch several messages per frame or several frames per write).
 * Prints one JSON object on stdout.
 *
 *   wsload --port 9000 --path /ws -n 300 --rate 60 --secs 3 --bytes 60 --pid SERVERPID
 *   wsload --port 9000 --path /ws -n 300 --max --pid SERVERPID
 *   wsload --port 9000 --path '/socket.io/?EIO=4&transport=websocket' --sio \
 *          --open-text '42["join","r"]' --prefix '42["stroke","' --suffix '"]' -n 30 ...
 *
 * Options (S = string; "{i}" in paths, headers and open messages becomes the connection number,
 * receivers are 0..N-1 and the sender is N):
 *   --host S --port P --path S   where (IPv4 only); --sender-path S: another path for the sender
 *   --header 'K: V'              extra request header (repeatable; e.g. Authorization, Origin)
 *   --open-text S / --open-hex H first message(s) each connection sends (repeatable, in order)
 *   --sender-open-text S / --sender-open-hex H   ditto, sender only (after the common ones)
 *   --open-file F                one binary first message per connection, in order (u32 LE length + bytes)
 *   -n N                         receivers            --bytes B  payload size (default 60)
 *   --rate R --secs T            open-loop load       --binary   send binary frames
 *   --prefix S --suffix S        put round the stamp and padding
 *   --msg-file F                 payloads from F instead (u32 LE length + bytes, each with "TS:" +
 *                                16 bytes to overwrite); used in order, once (e.g. Yjs updates)
 *   --sio                        engine.io/socket.io v4: "0{"->"40", "40"->ready, "2"->"3"
 *   --max                        find the highest sustained rate: closed-loop probe (--window W
 *                                messages outstanding), then open-loop trials of --trial seconds;
 *                                a trial passes if delivered >= 99% and p99 <= --p99-ms (100)
 *   --closed                     only the closed-loop probe, for --secs (robust on a noisy machine: read
 *                                cpu_s_per_M, the server's CPU seconds per million deliveries)
 *   --stall K --rcvbuf BYTES     the first K receivers never read (slow consumers; not counted
 *                                as expected), with that SO_RCVBUF
 *   --pid P                      report the CPU seconds and RSS of process P (the server); srv_wait_s and
 *                                gen_wait_s: time server / generator were kept off the CPU by others
 *   --cpu C                      pin to core C (default 1; -1 = don't)
 *   --spin                       busy-poll instead of blocking in epoll_wait
 *   --settle-ms M                wait after all are open (default 300)
 *   --hold SECS                  stay idle that long after opening (for memory measurements)
 *   --hard-secs S                give up after S seconds in all (default 120)
 * Client frames are masked with the legal key 00000000 so that they can be stamped in place.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t u64;
#define MAXLIST 32
enum { CONNECTING, HANDSHAKE, SIO_WAIT, READY, DEAD };

typedef struct {
    int fd, id, state;
    int stalled;
    unsigned char *in;          /* unparsed bytes carried over between reads */
    size_t inlen, incap;
    unsigned char *out;         /* bytes the socket would not take yet */
    size_t outlen, outcap;
} Conn;

/* ---- options ---- */
static const char *host = "127.0.0.1", *path = "/ws", *sender_path, *prefix = "", *suffix = "";
static const char *openfile;
static unsigned char **ofile; static uint32_t *ofile_len;
static const char *headers[MAXLIST], *opens[MAXLIST], *sopens[MAXLIST], *msgfile;
static int openhex[MAXLIST], sopenhex[MAXLIST], nheaders, nopens, nsopens;
static int port = 9000, N = 30, B = 60, binary, sio, maxmode, closed, stall, rcvbuf, spid, cpu = 1, spin;
static double rate = 60, secs = 3, trial_s = 0.8, p99_ms = 100, settle_ms = 300, hard_s = 120, hold_s;
static int window_w = 16;

/* ---- state ---- */
static Conn *conns;
static int ep, nready, ndead, nlive;            /* nlive: receivers that count */
static u64 t_hard, trial_start, last_delivery, delivered, stale, bytes_in, frames_in;
static u64 max_slip;
static unsigned char rbuf[1 << 18];
static unsigned char *tmpl; static size_t tmpl_len, tmpl_ts;   /* framed template + stamp offset */
static unsigned char *mf; static size_t mf_len, mf_pos;        /* --msg-file */
static const char HEX[] = "0123456789abcdef";

static u64 now_ns(void) {
    struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static void die(const char *m) { fprintf(stderr, "wsload: %s (%s)\n", m, strerror(errno)); exit(2); }

/* ---- log-linear histogram: 128 sub-buckets per power of two (<1% error), values in ns ---- */
#define SUB 128
static u64 hist[64 * SUB], hmax, hcount;
static int hidx(u64 v) {
    if (v < SUB) return (int)v;
    int e = 63 - __builtin_clzll(v) - 7;                       /* v >> e is in [128, 255] */
    return (e + 1) * SUB + (int)((v >> e) - SUB);
}
static double hval(int i) {                                    /* middle of bucket i */
    if (i < SUB) return i;
    int e = i / SUB - 1;
    return ((double)(i % SUB + SUB) + 0.5) * (double)(1ull << e);
}
static void hadd(u64 v) { hist[hidx(v)]++; hcount++; if (v > hmax) hmax = v; }
static void hreset(void) { memset(hist, 0, sizeof hist); hmax = hcount = 0; }
static double hpct(double p) {                                 /* percentile in microseconds */
    u64 want = (u64)(p / 100 * hcount + 0.999999), c = 0;
    if (!hcount) return -1;
    if (want < 1) want = 1;
    for (int i = 0; i < 64 * SUB; i++)
        if ((c += hist[i]) >= want) { double v = hval(i); return (v > hmax ? hmax : v) / 1e3; }
    return hmax / 1e3;
}

/* ---- the server process: CPU seconds (ns resolution, all threads) and RSS ---- */
static double srv_cpu(void) {
    clockid_t c; struct timespec t;
    if (!spid || clock_getcpuclockid(spid, &c) || clock_gettime(c, &t)) return 0;
    return t.tv_sec + t.tv_nsec / 1e9;
}
/* seconds process p's main thread has spent runnable but waiting for a CPU: contention by others */
static double run_wait(int p) {
    char n[64]; unsigned long long a, w = 0; FILE *f;
    snprintf(n, sizeof n, "/proc/%d/schedstat", p);
    if (!p || !(f = fopen(n, "r"))) return 0;
    if (fscanf(f, "%llu %llu", &a, &w) != 2) w = 0;
    fclose(f); return w / 1e9;
}
static long srv_rss_kb(void) {
    char p[64], l[256]; long kb = 0; FILE *f;
    snprintf(p, sizeof p, "/proc/%d/status", spid);
    if (!spid || !(f = fopen(p, "r"))) return 0;
    while (fgets(l, sizeof l, f)) if (sscanf(l, "VmRSS: %ld", &kb) == 1) break;
    fclose(f); return kb;
}

/* ---- writing ---- */
static void epmod(Conn *c, unsigned ev) {
    struct epoll_event e = { .events = ev, .data.ptr = c };
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void conn_dead(Conn *c) {
    if (c->state == DEAD) return;
    if (c->state == READY) nready--;
    c->state = DEAD; ndead++;
    close(c->fd);
}
static void flush_out(Conn *c) {
    while (c->outlen) {
        ssize_t k = send(c->fd, c->out, c->outlen, MSG_NOSIGNAL);
        if (k < 0) { if (errno != EAGAIN) conn_dead(c); return; }
        memmove(c->out, c->out + k, c->outlen - k); c->outlen -= k;
    }
    if (c->state != DEAD) epmod(c, EPOLLIN);
}
static void conn_send(Conn *c, const void *d, size_t n) {
    ssize_t k = 0;
    if (c->state == DEAD) return;
    if (!c->outlen) {
        k = send(c->fd, d, n, MSG_NOSIGNAL);
        if (k < 0) { if (errno != EAGAIN) { conn_dead(c); return; } k = 0; }
    }
    if ((size_t)k < n) {
        size_t r = n - k;
        if (c->outlen + r > c->outcap) c->out = realloc(c->out, c->outcap = (c->outlen + r) * 2);
        memcpy(c->out + c->outlen, (const char *)d + k, r); c->outlen += r;
        epmod(c, EPOLLIN | EPOLLOUT);
    }
}
/* builds a masked (key 0) client frame; returns its length; *off = where the payload starts */
static size_t mkframe(unsigned char *o, int op, const void *d, size_t n, size_t *off) {
    size_t h = 0;
    o[h++] = 0x80 | op;
    if (n < 126) o[h++] = 0x80 | n;
    else if (n < 65536) { o[h++] = 0xFE; o[h++] = n >> 8; o[h++] = n & 255; }
    else { o[h++] = 0xFF; for (int i = 7; i >= 0; i--) o[h++] = (u64)n >> (8 * i); }
    memset(o + h, 0, 4); h += 4;
    memcpy(o + h, d, n);
    if (off) *off = h;
    return h + n;
}
static void send_frame(Conn *c, int op, const void *d, size_t n) {
    unsigned char *o = malloc(n + 16);
    conn_send(c, o, mkframe(o, op, d, n, NULL));
    free(o);
}
/* copies s, replacing each "{i}" by the connection number */
static char *subst(const char *s, int id) {
    char *o = malloc(strlen(s) * 4 + 32), *p = o;
    while (*s) if (!strncmp(s, "{i}", 3)) { p += sprintf(p, "%d", id); s += 3; } else *p++ = *s++;
    *p = 0; return o;
}
static void send_open(Conn *c, const char *m, int hex) {
    char *s = subst(m, c->id); size_t n = strlen(s);
    if (hex) {
        for (size_t i = 0; i < n / 2; i++) { unsigned v; sscanf(s + 2 * i, "%2x", &v); s[i] = v; }
        n /= 2;
    }
    send_frame(c, hex ? 2 : 1, s, n); free(s);
}
static void become_ready(Conn *c) {
    if (ofile) send_frame(c, 2, ofile[c->id], ofile_len[c->id]);
    for (int i = 0; i < nopens; i++) send_open(c, opens[i], openhex[i]);
    if (c->id == N) for (int i = 0; i < nsopens; i++) send_open(c, sopens[i], sopenhex[i]);
    if (c->state == DEAD) return;
    c->state = READY; nready++;
    if (c->stalled) epmod(c, 0);                               /* a slow consumer: never read again */
}

/* ---- reading ---- */
static void on_data(Conn *c, int op, const unsigned char *p, size_t n, u64 t) {
    frames_in++;
    if (op == 9) { send_frame(c, 10, p, n); return; }
    if (op == 8) { conn_dead(c); return; }
    if (op > 2) return;
    if (sio) {
        if (n == 1 && p[0] == '2') { send_frame(c, 1, "3", 1); return; }
        if (c->state == SIO_WAIT) {
            if (n && p[0] == '0') send_frame(c, 1, "40", 2);
            else if (n > 1 && p[0] == '4' && p[1] == '0') become_ready(c);
            return;
        }
    }
    if (c->id == N || c->state != READY) return;               /* the sender's own echo */
    const unsigned char *e = p + n;
    while ((size_t)(e - p) >= 19 && (p = memmem(p, e - p, "TS:", 3)) && e - p >= 19) {
        u64 ts = 0; int i;
        for (i = 3; i < 19; i++) {
            int x = p[i];
            if (x >= '0' && x <= '9') x -= '0'; else if (x >= 'a' && x <= 'f') x -= 'a' - 10; else break;
            ts = ts << 4 | x;
        }
        p += i;
        if (i < 19) continue;
        if (ts < trial_start || !trial_start) { stale++; continue; }
        delivered++; last_delivery = t; hadd(t > ts ? t - ts : 0);
    }
}
/* parses what it can of d[0..n); returns the bytes consumed */
static size_t parse(Conn *c, const unsigned char *d, size_t n, u64 t) {
    size_t u = 0;
    if (c->state == HANDSHAKE) {
        const unsigned char *e = memmem(d, n, "\r\n\r\n", 4);
        if (!e) return 0;
        if (n < 12 || memcmp(d + 8, " 101", 4)) {
            static int shown;
            if (!shown++) fprintf(stderr, "wsload: refused: %.*s\n", 200, (const char *)d);
            conn_dead(c); return n;
        }
        u = e + 4 - d;
        if (sio) c->state = SIO_WAIT; else become_ready(c);
    }
    while (c->state != DEAD && n - u >= 2) {
        const unsigned char *p = d + u; size_t h = 2; u64 len = p[1] & 127;
        if (len == 126) { if (n - u < 4) break; len = p[2] << 8 | p[3]; h = 4; }
        else if (len == 127) {
            if (n - u < 10) break;
            len = 0; for (int i = 2; i < 10; i++) len = len << 8 | p[i];
            h = 10;
        }
        if (p[1] & 128) h += 4;                                /* servers don't mask; skip a key */
        if (n - u < h + len) break;
        on_data(c, p[0] & 15, p + h, len, t);
        u += h + len;
    }
    return u;
}
static void on_readable(Conn *c) {
    for (int round = 0; round < 4; round++) {
        ssize_t k;
        if (c->inlen) {                                        /* append after the carried-over part */
            if (c->incap - c->inlen < 65536) c->in = realloc(c->in, c->incap = c->inlen * 2 + 65536);
            k = recv(c->fd, c->in + c->inlen, c->incap - c->inlen, 0);
        } else k = recv(c->fd, rbuf, sizeof rbuf, 0);
        if (k <= 0) { if (k == 0 || errno != EAGAIN) conn_dead(c); return; }
        u64 t = now_ns();
        bytes_in += k;
        if (c->inlen) {
            c->inlen += k;
            size_t u = parse(c, c->in, c->inlen, t);
            memmove(c->in, c->in + u, c->inlen - u); c->inlen -= u;
            if ((size_t)k < 65536) return;
        } else {
            size_t u = parse(c, rbuf, k, t), r = k - u;
            if (r && c->state != DEAD) {
                if (r > c->incap) c->in = realloc(c->in, c->incap = r + 4096);
                memcpy(c->in, rbuf + u, r); c->inlen = r;
            }
            if ((size_t)k < sizeof rbuf) return;
        }
        if (c->state == DEAD) return;
    }
}
static void on_connected(Conn *c) {
    int err = 0; socklen_t l = sizeof err;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
    if (err) { errno = err; perror("wsload: connect"); conn_dead(c); return; }
    char req[16384]; int n;
    char *p = subst(c->id == N && sender_path ? sender_path : path, c->id);
    n = snprintf(req, sizeof req, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n", p, host, port);
    free(p);
    for (int i = 0; i < nheaders; i++) {
        char *h = subst(headers[i], c->id);
        n += snprintf(req + n, sizeof req - n, "%s\r\n", h); free(h);
    }
    n += snprintf(req + n, sizeof req - n, "\r\n");
    c->state = HANDSHAKE;
    epmod(c, EPOLLIN);
    conn_send(c, req, n);
}
/* waits for events until at most `until` (absolute ns) and handles one batch of them */
static void pump(u64 until) {
    struct epoll_event ev[256]; struct timespec ts = { 0, 0 };
    u64 t = now_ns();
    if (t > t_hard) { fprintf(stderr, "wsload: --hard-secs reached\n"); exit(3); }
    if (!spin && until > t) { ts.tv_sec = (until - t) / 1000000000; ts.tv_nsec = (until - t) % 1000000000; }
    int k = epoll_pwait2(ep, ev, 256, &ts, NULL);
    for (int i = 0; i < k; i++) {
        Conn *c = ev[i].data.ptr;
        if (c->state == DEAD) continue;
        if (c->state == CONNECTING) { on_connected(c); continue; }
        if (ev[i].events & EPOLLOUT) flush_out(c);
        if (c->state != DEAD && !(c->stalled && c->state == READY) &&
            (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) on_readable(c);
        else if (c->stalled && (ev[i].events & (EPOLLHUP | EPOLLERR))) conn_dead(c);
    }
}
static void pump_for(double s) { u64 e = now_ns() + (u64)(s * 1e9); while (now_ns() < e) pump(e); }

static void open_conn(int id) {
    Conn *c = &conns[id]; int one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, host, &a.sin_addr);
    c->id = id; c->state = CONNECTING; c->stalled = id < stall;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket (ulimit -n?)");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c->stalled && rcvbuf) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
    if (connect(c->fd, (void *)&a, sizeof a) < 0 && errno != EINPROGRESS) die("connect");
    struct epoll_event e = { .events = EPOLLOUT, .data.ptr = c };
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}

/* ---- sending ---- */
static void stamp(unsigned char *p, u64 t) { for (int i = 15; i >= 0; i--) { p[i] = HEX[t & 15]; t >>= 4; } }
static int send_msg(u64 due) {                                 /* 0: the message file has run out */
    Conn *s = &conns[N];
    if (mf) {
        if (mf_pos + 4 > mf_len) return 0;
        uint32_t n; memcpy(&n, mf + mf_pos, 4);
        unsigned char *p = mf + mf_pos + 4, *m = memmem(p, n, "TS:", 3);
        if (m) stamp(m + 3, due);
        send_frame(s, binary ? 2 : 1, p, n);
        mf_pos += 4 + n;
    } else { stamp(tmpl + tmpl_ts, due); conn_send(s, tmpl, tmpl_len); }
    return 1;
}

typedef struct {
    u64 sent, delivered, expected; double wall, dps, cpu, swait, gwait; double p50, p90, p99, p999, max, slip_us; int ok, blocked;
} Res;
/* One open-loop run at r msg/s for s seconds (or, with r == 0, closed loop with window_w outstanding). */
static Res run(double r, double s) {
    Res x = { 0 };
    hreset(); delivered = 0; max_slip = 0;
    double cpu0 = srv_cpu(), sw0 = run_wait(spid), gw0 = run_wait(getpid());
    u64 t0 = now_ns(), end = t0 + (u64)(s * 1e9), t = t0, prog = t0, seen = 0;
    trial_start = t0; last_delivery = t0;
    while ((t = now_ns()) < end && conns[N].state == READY) {
        u64 due;
        if (r > 0) {
            due = t0 + (u64)(x.sent * (1e9 / r));
            if (due >= end) break;
            if (t >= due) {
                int burst = 0;
                do {
                    if (conns[N].outlen > (4u << 20)) { x.blocked = 1; break; }
                    if (t - due > max_slip) max_slip = t - due;
                    if (!send_msg(due)) goto done;
                    x.sent++; due = t0 + (u64)(x.sent * (1e9 / r));
                } while (due <= t && due < end && ++burst < 64);
                if (x.blocked) break;
            }
        } else {
            if (delivered != seen) { seen = delivered; prog = t; }
            while ((x.sent < window_w || delivered >= (x.sent - window_w) * nlive || t - prog > 100000000ull)) {
                if (!send_msg(t)) goto done;
                x.sent++; if (t - prog > 100000000ull) prog = t;
            }
            due = t + 1000000;
        }
        pump(due);
    }
done:
    x.expected = x.sent * nlive;
    end = now_ns() + 500000000ull;                             /* grace for the tail */
    while (now_ns() < end && delivered < x.expected) pump(end);
    x.delivered = delivered;
    x.wall = (last_delivery - t0) / 1e9;
    x.cpu = srv_cpu() - cpu0; x.swait = run_wait(spid) - sw0; x.gwait = run_wait(getpid()) - gw0;
    x.dps = x.wall > 0 ? delivered / x.wall : 0;
    x.p50 = hpct(50); x.p90 = hpct(90); x.p99 = hpct(99); x.p999 = hpct(99.9); x.max = hmax / 1e3;
    x.slip_us = max_slip / 1e3;
    x.ok = x.expected && !x.blocked && x.delivered >= 0.99 * x.expected && x.p99 <= p99_ms * 1e3;
    /* drain what is still under way so that it cannot disturb the next trial */
    u64 lim = now_ns() + 5000000000ull, q = now_ns(), f = frames_in;
    while (delivered < x.expected && now_ns() < lim && now_ns() - q < 300000000ull) {
        pump(now_ns() + 10000000);
        if (frames_in != f) { f = frames_in; q = now_ns(); }
    }
    trial_start = 0;
    return x;
}
static void print_res(const char *name, double r, Res x) {
    printf("\"%s\":{\"rate\":%.1f,\"sent\":%llu,\"delivered\":%llu,\"expected\":%llu,\"lost\":%lld,\"wall_s\":%.3f,"
        "\"deliveries_per_s\":%.0f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p99_9_us\":%.1f,\"max_us\":%.1f,"
        "\"slip_us\":%.1f,\"srv_cpu_s\":%.4f,\"srv_wait_s\":%.4f,\"gen_wait_s\":%.4f,\"cpu_s_per_M\":%.3f,\"pass\":%s}", name, r,
        (unsigned long long)x.sent, (unsigned long long)x.delivered, (unsigned long long)x.expected,
        (long long)(x.expected - x.delivered), x.wall, x.dps, x.p50, x.p90, x.p99, x.p999, x.max, x.slip_us,
        x.cpu, x.swait, x.gwait, x.delivered ? x.cpu / x.delivered * 1e6 : 0, x.ok ? "true" : "false");
}
/* Highest sustained load: closed-loop estimate, then open-loop trials up or down from it. */
static Res find_max(double *best_rate, Res *closed, int *trials) {
    Res best = { 0 }, x;
    *closed = run(0, trial_s);
    double r = closed->sent / (closed->wall > 0 ? closed->wall : 1), lo = 0, hi = 0;
    *trials = 0; *best_rate = 0;
    if (r < 1) return best;
    while (*trials < 16) {
        double rr = hi == 0 ? r : lo == 0 ? r : (lo + hi) / 2;
        if (conns[N].state != READY) break;
        x = run(rr, trial_s); ++*trials;
        fprintf(stderr, "  trial %.0f msg/s: %.0f/s delivered %.2f%% p99 %.1f ms %s\n", rr, x.dps,
            x.expected ? 100.0 * x.delivered / x.expected : 0, x.p99 / 1e3, x.ok ? "ok" : "FAIL");
        if (x.ok) {
            lo = rr; if (x.dps > best.dps) { best = x; *best_rate = rr; }
            if (hi == 0) r = rr * 1.3;
        } else { hi = rr; if (lo == 0) r = rr * 0.8; }
        if (hi && lo && hi / lo < 1.08) break;
        if (mf && mf_pos + 4 > mf_len) break;
    }
    return best;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;
#define FLAG(s, x) if (!strcmp(a, s)) { x = 1; continue; }
#define OPT(s, stmt) if (!strcmp(a, s) && v) { i++; stmt; continue; }
        FLAG("--binary", binary) FLAG("--sio", sio) FLAG("--max", maxmode) FLAG("--closed", closed) FLAG("--spin", spin)
        OPT("--host", host = v) OPT("--port", port = atoi(v)) OPT("--path", path = v)
        OPT("--sender-path", sender_path = v) OPT("--header", headers[nheaders++] = v)
        OPT("--open-text", opens[nopens++] = v) OPT("--open-hex", (openhex[nopens] = 1, opens[nopens++] = v))
        OPT("--sender-open-text", sopens[nsopens++] = v)
        OPT("--open-file", openfile = v)
        OPT("--sender-open-hex", (sopenhex[nsopens] = 1, sopens[nsopens++] = v))
        OPT("-n", N = atoi(v)) OPT("--bytes", B = atoi(v)) OPT("--rate", rate = atof(v))
        OPT("--secs", secs = atof(v)) OPT("--prefix", prefix = v) OPT("--suffix", suffix = v)
        OPT("--msg-file", msgfile = v) OPT("--window", window_w = atoi(v)) OPT("--trial", trial_s = atof(v))
        OPT("--p99-ms", p99_ms = atof(v)) OPT("--stall", stall = atoi(v)) OPT("--rcvbuf", rcvbuf = atoi(v))
        OPT("--pid", spid = atoi(v)) OPT("--cpu", cpu = atoi(v)) OPT("--settle-ms", settle_ms = atof(v))
        OPT("--hold", hold_s = atof(v)) OPT("--hard-secs", hard_s = atof(v))
        fprintf(stderr, "wsload: bad option %s (see the head of wsload.c)\n", a); return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000);
    struct rlimit rl; getrlimit(RLIMIT_NOFILE, &rl); rl.rlim_cur = rl.rlim_max; setrlimit(RLIMIT_NOFILE, &rl);
    if (cpu >= 0) { cpu_set_t s; CPU_ZERO(&s); CPU_SET(cpu, &s); sched_setaffinity(0, sizeof s, &s); }
    t_hard = now_ns() + (u64)(hard_s * 1e9);
    nlive = N - stall;

    /* message template: prefix TS:<16 hex>, padding suffix */
    if (openfile) {
        FILE *f = fopen(openfile, "rb"); if (!f) die(openfile);
        ofile = calloc(N + 1, sizeof *ofile); ofile_len = calloc(N + 1, sizeof *ofile_len);
        for (int i = 0; i <= N; i++) {
            if (fread(&ofile_len[i], 4, 1, f) != 1) die("open-file is too short");
            ofile[i] = malloc(ofile_len[i]); if (fread(ofile[i], 1, ofile_len[i], f) != ofile_len[i]) die("open-file");
        }
        fclose(f);
    }
    if (msgfile) {
        FILE *f = fopen(msgfile, "rb"); if (!f) die(msgfile);
        fseek(f, 0, SEEK_END); mf_len = ftell(f); rewind(f);
        mf = malloc(mf_len + 1); if (fread(mf, 1, mf_len, f) != mf_len) die("read");
        fclose(f);
    } else {
        size_t pl = strlen(prefix), sl = strlen(suffix), n = pl + 20 + sl, off;
        if (n < (size_t)B) n = B;
        unsigned char *p = malloc(n); tmpl = malloc(n + 16);
        memset(p, 'x', n); memcpy(p, prefix, pl); memcpy(p + pl, "TS:0000000000000000,", 20);
        memcpy(p + n - sl, suffix, sl);
        tmpl_len = mkframe(tmpl, binary ? 2 : 1, p, n, &off); tmpl_ts = off + pl + 3; B = n; free(p);
    }

    ep = epoll_create1(EPOLL_CLOEXEC);
    conns = calloc(N + 1, sizeof *conns);
    long rss0 = srv_rss_kb(); u64 c0 = now_ns(); double cpu0 = srv_cpu();
    for (int i = 0; i <= N; i++) {                             /* at most 64 handshakes under way */
        open_conn(i);
        while (i + 1 - nready - ndead >= 64 && now_ns() - c0 < 15000000000ull) pump(now_ns() + 1000000);
    }
    while (nready + ndead <= N && now_ns() - c0 < 15000000000ull) pump(now_ns() + 1000000);
    double conn_s = (now_ns() - c0) / 1e9, conn_cpu = srv_cpu() - cpu0;
    if (conns[N].state != READY) { fprintf(stderr, "wsload: the sender could not connect\n"); return 2; }
    pump_for(settle_ms / 1e3);
    long rss1 = srv_rss_kb();
    if (hold_s > 0) pump_for(hold_s);
    int connected = nready;

    printf("{\"n\":%d,\"bytes\":%d,\"connected\":%d,\"connect_s\":%.3f,\"connect_cpu_ms_each\":%.3f,\"rss_idle_kb\":%ld,"
        "\"rss_conn_kb\":%ld,\"rss_kb_per_conn\":%.2f,", N, B, connected, conn_s, conn_cpu / (N + 1) * 1e3, rss0, rss1,
        (double)(rss1 - rss0) / (N + 1));
    if (maxmode) {
        double r; int k; Res cl, b = find_max(&r, &cl, &k);
        print_res("closed", 0, cl); printf(",\"trials\":%d,", k); print_res("best", r, b);
    } else if (closed) print_res("closed", 0, run(0, secs));
    else print_res("load", rate, run(rate, secs));
    printf(",\"dead\":%d,\"stale\":%llu,\"rss_end_kb\":%ld}\n", ndead, (unsigned long long)stale, srv_rss_kb());
    return 0;
}
