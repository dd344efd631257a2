#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include <uv.h>

#include "base/str.h"
#include "model/model.h"
#include "sys/loop.h"

static const char usage[] =
    "usage: muster model SCRIPT [--port N] [--log FILE] [--cwd DIR]\n"
    "\n"
    "Serves a scripted model on 127.0.0.1 in the dialects of Anthropic (Messages), OpenAI (Chat Completions, Responses)\n"
    "and Google (Gemini). Every answer comes from SCRIPT (a file, or the word demo) and is marked by the header\n"
    "x-muster-scripted.\n";

typedef struct Server {
    Loop *loop;
    Model *model;
    uv_signal_t signals[2];
} Server;

static void on_model_done(void *arg) {
    Server *s = arg;
    loop_stop(s->loop);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    Server *s = handle->data;
    for (size_t i = 0; i < COUNT_OF(s->signals); i++) uv_close((uv_handle_t *)&s->signals[i], NULL);
    model_stop(s->model, on_model_done, s);
}

static void watch_signals(Server *s) {
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uv_signal_init(loop_uv(s->loop), &s->signals[i]);
        s->signals[i].data = s;
        uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

static int parse_args(int argc, char **argv, ModelConfig *ret) {
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"cwd", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int64_t port = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'p' && str_parse_i64(str(optarg), 0, 65535, &port))
            ret->port = (int)port;
        else if (c == 'l')
            ret->log = optarg;
        else if (c == 'c')
            ret->cwd = optarg;
        else
            return -1;
    }
    if (optind != argc - 1) return -1;
    ret->script = argv[optind];
    return 0;
}

static int serve(Server *s, const ModelConfig *c, Err *e) {
    int port;
    TRY(loop_new(&s->loop, e));
    int failed = model_start(s->loop, c, &s->model, &port, e);
    if (failed) {
        loop_stop(s->loop);
    } else {
        watch_signals(s);
        printf("muster model: scripted answers on http://127.0.0.1:%d\n", port);
        fflush(stdout);
    }
    loop_run(s->loop);
    return failed;
}

int model_main(int argc, char **argv) {
    ModelConfig config = {0};
    if (parse_args(argc, argv, &config) < 0) {
        fputs(usage, stderr);
        return 2;
    }
    Err e = {0};
    Server s = {0};
    int failed = serve(&s, &config, &e);
    loop_free(s.loop);
    if (failed) fprintf(stderr, "muster model: %s\n", e.text);
    return failed ? 1 : 0;
}
