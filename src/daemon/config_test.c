/* Start-up options: which source wins, what is refused and where, and the default folders. */
#include "daemon/config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/file.h"

static const char *const variables[] = {"MUSTER_HOME",        "MUSTER_CACHE",     "MUSTER_ADDRESS",
                                        "MUSTER_LISTEN_PORT", "MUSTER_LOG",       "MUSTER_LOG_FORMAT",
                                        "MUSTER_LOG_FILE",    "MUSTER_MODEL_URL", "MUSTER_ALLOWED_ORIGINS",
                                        "MUSTER_DEMO",        "XDG_DATA_HOME",    "XDG_CACHE_HOME"};

/* Only HOME and the folder of config.yaml are set; the file contains `yaml`. */
static void set_sources(const char *yaml) {
    char folder[400];
    Err e = {0};
    for (size_t i = 0; i < COUNT_OF(variables); i++) unsetenv(variables[i]);
    setenv("HOME", "/home/somebody", 1);
    setenv("XDG_CONFIG_HOME", test_dir(), 1);
    snprintf(folder, sizeof folder, "%s/muster", test_dir());
    CHECK_OK(file_mkdirs(folder, 0700, &e), e);
    snprintf(folder, sizeof folder, "%s/muster/config.yaml", test_dir());
    unlink(folder);
    if (yaml) CHECK_OK(file_write_atomic(AT_FDCWD, folder, str(yaml), 0600, &e), e);
}

enum { WORDS_MAX = 16 };

/* The command line as one text, split at spaces. */
static int load(const char *line, Arena *a, Config *ret, Err *e) {
    char *argv[WORDS_MAX] = {"muster"};
    int argc = 1;
    Str rest = str(line), word;
    while (str_split(&rest, ' ', &word))
        if (word.n) argv[argc++] = arena_cstr(a, word);
    return config_load(argc, argv, a, ret, e);
}

TEST(flags_win_over_variables_over_the_file_over_defaults) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Config c;
    Err e = {0};
    set_sources(NULL);
    CHECK_OK(load("", a, &c, &e), e);
    CHECK_I64(c.port, 3001);
    CHECK_STR(str(c.address), "127.0.0.1");
    CHECK_STR(str(c.log), "info");
    CHECK(!c.demo);
    set_sources("# a comment\nport: 4000\nlog: debug\ndemo: true\n");
    CHECK_OK(load("", a, &c, &e), e);
    CHECK_I64(c.port, 4000);
    CHECK_STR(str(c.log), "debug");
    CHECK(c.demo);
    setenv("MUSTER_LISTEN_PORT", "5000", 1);
    setenv("MUSTER_DEMO", "0", 1);
    setenv("MUSTER_LOG", "", 1); /* empty counts as not set */
    CHECK_OK(load("", a, &c, &e), e);
    CHECK_I64(c.port, 5000);
    CHECK_STR(str(c.log), "debug");
    CHECK(!c.demo);
    CHECK_OK(load("--port 6000 --log=warn", a, &c, &e), e);
    CHECK_I64(c.port, 6000);
    CHECK_STR(str(c.log), "warn");
}

TEST(words_that_are_no_options_are_kept_in_order) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Config c;
    Err e = {0};
    set_sources(NULL);
    CHECK_OK(load("--demo serve --port 0 more", a, &c, &e), e);
    CHECK_I64(c.n_words, 2);
    CHECK_STR(str(c.words[0]), "serve");
    CHECK_STR(str(c.words[1]), "more");
    CHECK(c.demo);
    CHECK_I64(c.port, 0);
}

TEST(a_bad_option_is_named) {
    static const char *const lines[] = {"--port x", "--port 65536", "--port -1", "--port", "--port=", "--demo=maybe"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Config c;
    set_sources(NULL);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        Err e = {0};
        CHECK_ERR(load(lines[i], a, &c, &e), e, ERR_INVALID);
        if (!str_find(str(e.text), str_upto(str(lines[i] + 2), 4), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "%s: %s", lines[i], e.text);
    }
    Err e = {0};
    CHECK_ERR(load("--nosuch 1", a, &c, &e), e, ERR_INVALID);
    CHECK(str_find(str(e.text), STR("--nosuch"), &(size_t){0}));
    setenv("MUSTER_LISTEN_PORT", "many", 1);
    CHECK_ERR(load("", a, &c, &e), e, ERR_INVALID);
    CHECK(str_find(str(e.text), STR("MUSTER_LISTEN_PORT"), &(size_t){0}));
}

TEST(an_empty_value_is_refused_where_it_means_nothing) {
    static const char *const refused[] = {"--home=", "--cache=", "--address=", "--log=", "--log-format=", "--demo="};
    static const char *const taken[] = {"--log-file=", "--allowed-origins=", "--model-url="};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Config c;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        Str name = str_n(refused[i], strlen(refused[i]) - 1);
        Err e = {0};
        set_sources(NULL);
        CHECK_ERR(load(refused[i], a, &c, &e), e, ERR_INVALID);
        CHECK_STR(str(e.text), arena_fmt(a, STR_FMT " requires a value", STR_ARG(name)).p);
        set_sources(arena_fmt(a, STR_FMT ": ''\n", STR_ARG(str_from(name, 2))).p);
        CHECK_ERR(load("", a, &c, &e), e, ERR_INVALID);
        CHECK(str_ends(str(e.text), STR("requires a value")));
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        Err e = {0};
        set_sources(NULL);
        CHECK_OK(load(taken[i], a, &c, &e), e);
    }
    char *argv[] = {"muster", "--home", ""};
    Err e = {0};
    CHECK_ERR(config_load(3, argv, a, &c, &e), e, ERR_INVALID);
    CHECK_STR(str(e.text), "--home requires a value");
}

/* As another user than root, since root reads everything: the child's id is changed. */
TEST(a_file_in_a_folder_that_cannot_be_entered_names_the_folder) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *folder = arena_fmt(a, "%s/muster", test_dir()).p;
    set_sources("port: 1\n");
    CHECK(chmod(test_dir(), 0755) == 0 && chmod(folder, 0) == 0);
    pid_t child = fork();
    if (child == 0) {
        Config c;
        Err e = {0};
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0) _exit(2);
        int r = config_load(1, (char *[]){"muster"}, a, &c, &e);
        bool is_named = str_find(str(e.text), arena_fmt(a, "(the folder %s cannot be entered)", folder), &(size_t){0});
        _exit(r < 0 && is_named && str_find(str(e.text), STR("XDG_CONFIG_HOME"), &(size_t){0}) ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(chmod(folder, 0700) == 0);
}

TEST(an_error_in_the_file_is_reported_with_its_line) {
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {"port: 1\nport 2\n", "line "},
        {"port\n", "line 1: `port` has no value"},
        {"log: info\nnosuch: 2\n", "line 2: unknown option `nosuch`"},
        {"log: info\n\nport: x\n", "line 3: `port` must be a whole number"},
        {"log: info\nport:\n  a: 1\n", "line 3: only"},
        {"log: [a, b]\n", "line 1: only"},
        {"- a\n- b\n", "line 1: only"},
        {"log: &x info\naddress: *x\n", "line 2: only"},
        {"log: \"open\n", "line "},
        {"\tport: 1\n", "line 1"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Config c;
        Err e = {0};
        set_sources(rows[i].yaml);
        CHECK_ERR(load("", a, &c, &e), e, ERR_INVALID);
        if (!str_find(str(e.text), str(rows[i].says), &(size_t){0}) ||
            !str_find(str(e.text), STR("config.yaml"), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "%s: %s", rows[i].yaml, e.text);
    }
    Config c;
    Err e = {0};
    set_sources("");
    CHECK_OK(load("", a, &c, &e), e);
}

TEST(a_home_of_ones_own_holds_everything) {
    static const struct {
        const char *line, *data, *cache_home, *home, *cache;
    } rows[] = {
        {"", NULL, NULL, "/home/somebody/.local/share/muster", "/home/somebody/.cache/muster"},
        {"", "/d", "/c", "/d/muster", "/c/muster"},
        {"", "relative", NULL, "/home/somebody/.local/share/muster", "/home/somebody/.cache/muster"},
        {"--home /h", "/d", "/c", "/h", "/h/cache"},
        {"--home /h --cache /k", NULL, NULL, "/h", "/k"},
        {"--cache /k", NULL, NULL, "/home/somebody/.local/share/muster", "/k"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Config c;
        Err e = {0};
        set_sources(NULL);
        if (rows[i].data) setenv("XDG_DATA_HOME", rows[i].data, 1);
        if (rows[i].cache_home) setenv("XDG_CACHE_HOME", rows[i].cache_home, 1);
        CHECK_OK(load(rows[i].line, a, &c, &e), e);
        CHECK_STR(str(c.home), rows[i].home);
        CHECK_STR(str(c.cache), rows[i].cache);
    }
    Config c;
    Err e = {0};
    CHECK(chdir("/tmp") == 0);
    CHECK_OK(load("--home rel/x", a, &c, &e), e);
    CHECK_STR(str(c.home), "/tmp/rel/x");
}

/* The printed example is a valid file: each option once, with its default. */
TEST(the_example_is_a_file_that_changes_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf example, all;
    Config plain, c;
    Err e = {0};
    buf_init(&example, 65536);
    buf_init(&all, 65536);
    config_print_example(&example);
    Str rest = buf_str(&example), line;
    while (str_split(&rest, '\n', &line)) /* options are written as "#name: value", text as "# text" */
        if (line.n > 1 && line.p[0] == '#' && line.p[1] != ' ')
            buf_add_fmt(&all, STR_FMT "\n", STR_ARG(str_from(line, 1)));
    CHECK(str_find(buf_str(&all), STR("port: 3001\n"), &(size_t){0}));
    set_sources(NULL);
    CHECK_OK(load("", a, &plain, &e), e);
    set_sources(all.p);
    CHECK_OK(load("", a, &c, &e), e);
    CHECK_I64(c.port, plain.port);
    CHECK_STR(str(c.address), plain.address);
    CHECK_STR(str(c.home), plain.home);
    CHECK_STR(str(c.cache), plain.cache);
    CHECK_STR(str(c.log_format), plain.log_format);
    CHECK_I64(c.demo, plain.demo);
}
