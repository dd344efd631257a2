/* eye-step SOCKET: steps a program in a Synthetic Eye, with random keys, and says how fast that was.
 *
 *   --steps N       that many steps (1,000)
 *   --frames N      frames drawn for each (1)
 *   --keys A,B,…    keys that are pressed and released at random; none otherwise
 *   --seed N        of the random keys (1): the same seed, the same keys
 *   --script FILE   instead: lines "STEP KEY 1" (pressed) and "STEP KEY 0" (released), in the order of the steps
 *   --hash FILE     a line for each step: its number, XXH3-64 of its pixels without alpha, and its flags
 *   --ppm FILE      the last picture
 *   --timeout MS    of each step in the eye
 */
#define XXH_INLINE_ALL
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "muster-eye.h"

enum { KEYS_MAX = 32, SCRIPT_LINES_MAX = 100000 };

typedef struct Scripted {
    uint64_t step;
    EyeInput input;
} Scripted;

static struct {
    const char *socket, *hash, *ppm, *script;
    long steps, frames, timeout_ms;
    uint64_t random;
    int keys[KEYS_MAX], n_keys;
    bool is_down[KEYS_MAX];
    Scripted *lines;
    size_t n_lines, at_line;
} o = {.steps = 1000, .frames = 1, .random = 1};

static _Noreturn void die(const char *what, const char *why) {
    fprintf(stderr, "eye-step: %s%s%s\n", what, why ? ": " : "", why ? why : "");
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- Arguments ---- */

static long number(const char *text) {
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || *end || n < 0) die("not a number", text);
    return n;
}

static int key(const char *name) {
    int code = muster_eye_key_code(name);
    if (code < 0) die("there is no key of this name", name);
    return code;
}

static void take_keys(char *list) {
    for (char *rest = list, *name; (name = strsep(&rest, ","));) {
        if (o.n_keys == KEYS_MAX) die("too many keys", NULL);
        o.keys[o.n_keys++] = key(name);
    }
}

static void read_script(const char *path) {
    FILE *f = fopen(path, "r");
    char name[64];
    unsigned long step;
    int pressed;
    if (!f) die(path, strerror(errno));
    o.lines = calloc(SCRIPT_LINES_MAX, sizeof *o.lines);
    while (o.lines && o.n_lines < SCRIPT_LINES_MAX && fscanf(f, "%lu %63s %d", &step, name, &pressed) == 3)
        o.lines[o.n_lines++] = (Scripted){step, muster_eye_key((uint16_t)key(name), pressed)};
    if (!feof(f)) die(path, "a line is not: STEP KEY 0 or 1");
    fclose(f);
}

static void take_options(int argc, char **argv) {
    enum { STEPS, FRAMES, KEYS, SEED, SCRIPT, HASH, PPM, TIMEOUT };
    static const struct option options[] = {
        {"steps", 1, NULL, STEPS}, {"frames", 1, NULL, FRAMES},   {"keys", 1, NULL, KEYS},
        {"seed", 1, NULL, SEED},   {"script", 1, NULL, SCRIPT},   {"hash", 1, NULL, HASH},
        {"ppm", 1, NULL, PPM},     {"timeout", 1, NULL, TIMEOUT}, {0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        switch (c) {
        case STEPS: o.steps = number(optarg); break;
        case FRAMES: o.frames = number(optarg); break;
        case KEYS: take_keys(optarg); break;
        case SEED: o.random = (uint64_t)number(optarg) + 1; break;
        case SCRIPT: read_script(optarg); break;
        case HASH: o.hash = optarg; break;
        case PPM: o.ppm = optarg; break;
        case TIMEOUT: o.timeout_ms = number(optarg); break;
        default: exit(2);
        }
    }
    if (optind != argc - 1) die("usage: eye-step SOCKET [OPTIONS]; the head of the source says which", NULL);
    o.socket = argv[optind];
}

/* ---- Inputs ---- */

/* xorshift64*: the same on every machine. */
static uint64_t next_random(void) {
    o.random ^= o.random >> 12;
    o.random ^= o.random << 25;
    o.random ^= o.random >> 27;
    return o.random * 2685821657736338717u;
}

/* Every eighth step or so, one key goes the other way. */
static uint32_t make_inputs(uint64_t step, EyeInput *inputs, uint32_t max) {
    uint32_t n = 0;
    while (n < max && o.at_line < o.n_lines && o.lines[o.at_line].step <= step)
        inputs[n++] = o.lines[o.at_line++].input;
    if (o.n_keys && n < max && next_random() % 8 == 0) {
        uint64_t i = next_random() % (uint64_t)o.n_keys;
        o.is_down[i] = !o.is_down[i];
        inputs[n++] = muster_eye_key((uint16_t)o.keys[i], o.is_down[i]);
    }
    return n;
}

/* ---- Pictures ---- */

/* Alpha is what differs between two ways to the same picture: it is hashed as zero. */
static uint64_t hash_picture(const MusterEyeFrame *f) {
    static uint32_t row[16384];
    XXH3_state_t *state = XXH3_createState();
    if (!state) die("out of memory", NULL);
    XXH3_64bits_reset(state);
    for (uint32_t y = 0; y < f->height; y++) {
        memcpy(row, f->plane[0].pixels + (size_t)y * f->plane[0].stride, f->width * sizeof *row);
        for (uint32_t x = 0; x < f->width; x++) row[x] &= 0x00ffffff;
        XXH3_64bits_update(state, row, f->width * sizeof *row);
    }
    uint64_t hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return hash;
}

static void write_ppm(const MusterEyeFrame *f, const char *path) {
    FILE *out = fopen(path, "wb");
    bool is_bgr = (f->fourcc >> 8 & 0xff) == 'R'; /* XR24, AR24: blue comes first */
    if (!out) die(path, strerror(errno));
    fprintf(out, "P6\n%u %u\n255\n", f->width, f->height);
    for (uint32_t y = 0; y < f->height; y++) {
        const uint8_t *p = f->plane[0].pixels + (size_t)y * f->plane[0].stride;
        for (uint32_t x = 0; x < f->width; x++, p += 4) {
            uint8_t rgb[] = {p[is_bgr ? 2 : 0], p[1], p[is_bgr ? 0 : 2]};
            fwrite(rgb, 1, sizeof rgb, out);
        }
    }
    if (fclose(out) != 0) die(path, strerror(errno));
}

static bool is_readable(const MusterEyeFrame *f) {
    return f->plane[0].pixels && f->n_planes == 1 && (f->fourcc >> 16 & 0xffff) == ('2' | '4' << 8) &&
           f->plane[0].stride >= f->width * 4;
}

/* ---- The run ---- */

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void report(uint64_t *took, long n, uint64_t total_ns, long n_stale) {
    qsort(took, (size_t)n, sizeof *took, compare);
    printf("{\"steps\": %ld, \"steps_per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"stale\": %ld}\n", n,
           total_ns ? (double)n * 1e9 / (double)total_ns : 0, n ? (double)took[n / 2] / 1e3 : 0,
           n ? (double)took[n * 99 / 100] / 1e3 : 0, n_stale);
}

/* One step; resets are said and stepped past. */
static void step(MusterEye *eye, uint64_t number, MusterEyeEvent *ev) {
    EyeInput inputs[64];
    MusterEyeError error;
    MusterEyeStep s = {.inputs = inputs,
                       .n_inputs = make_inputs(number, inputs, 64),
                       .frames = (uint32_t)o.frames,
                       .timeout_ms = (uint32_t)o.timeout_ms};
    for (;;) {
        int r = muster_eye_step(eye, &s, ev, &error);
        if (r < 0) die("step", error.text);
        if (ev->kind == MUSTER_EYE_FRAME) return;
        if (ev->kind == MUSTER_EYE_BYE || ev->reason == EYE_RESET_DOWN || ev->reason == EYE_RESET_LEASE)
            die("the eye has ended the steps", NULL);
        fprintf(stderr, "eye-step: reset, reason %u, generation %llu\n", ev->reason,
                (unsigned long long)ev->generation);
        s.n_inputs = 0;
    }
}

int main(int argc, char **argv) {
    MusterEye *eye;
    MusterEyeError error;
    MusterEyeEvent ev = {0};
    take_options(argc, argv);
    if (muster_eye_open(o.socket, &(MusterEyeOptions){.name = "eye-step", .role = EYE_ROLE_STEP}, &eye, &error) < 0)
        die(error.text, NULL);
    if (muster_eye_info(eye)->role != EYE_ROLE_STEP) die("another consumer steps this eye", NULL);
    FILE *hashes = o.hash ? fopen(o.hash, "w") : NULL;
    if (o.hash && !hashes) die(o.hash, strerror(errno));
    uint64_t *took = calloc((size_t)o.steps + 1, sizeof *took), begin = now_ns();
    long n_stale = 0;
    if (!took) die("out of memory", NULL);
    for (long i = 0; i < o.steps; i++) {
        uint64_t before = now_ns();
        step(eye, (uint64_t)i, &ev);
        took[i] = now_ns() - before;
        n_stale += (ev.frame.flags & EYE_FRAME_STALE) != 0;
        if (hashes && is_readable(&ev.frame))
            fprintf(hashes, "%ld %016llx %u\n", i, (unsigned long long)hash_picture(&ev.frame),
                    ev.frame.flags & EYE_FRAME_STALE);
    }
    report(took, o.steps, now_ns() - begin, n_stale);
    if (o.ppm && o.steps && is_readable(&ev.frame)) write_ppm(&ev.frame, o.ppm);
    if (hashes && fclose(hashes) != 0) die(o.hash, strerror(errno));
    muster_eye_close(eye);
    free(took);
    free(o.lines);
    return 0;
}
