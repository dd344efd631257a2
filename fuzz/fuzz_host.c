/* Addresses of remotes, and text of a host. The first byte selects which. What is taken from an address is safe in another one
 * and is read again as itself; cleaned text has no control character, and a quotation no line outside it. */
#include "base/mem.h"
#include "fuzz.h"
#include "host/answer.h"
#include "host/quote.h"
#include "host/remote_url.h"

static bool is_safe(Str s, const char *more) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (!c || !strchr(more, c))) return false;
    }
    return s.n && s.p[0] != '/' && s.p[s.n - 1] != '/';
}

static void check_url(Arena *a, Str url) {
    RemoteUrl one, again;
    if (!remote_url_parse(a, url, &one)) return;
    MUST(is_safe(one.host, "-._:") && one.host.p[0] != '-' && one.host.p[0] != '.');
    MUST(is_safe(one.project, "-._/") && memchr(one.project.p, '/', one.project.n));
    (void)remote_host_kind(one.host);
    if (str_ends(one.project, STR(".git"))) return; /* of one that ended in .git.git */
    Str written = arena_fmt(a, "https://" STR_FMT "/" STR_FMT, STR_ARG(one.host), STR_ARG(one.project));
    MUST(remote_url_parse(a, written, &again));
    MUST(str_eq(one.project, again.project));
    MUST(str_eq(one.host, again.host) || memchr(one.host.p, ':', one.host.n)); /* :443 is the usual one */
}

static void check_text(Arena *a, Str text) {
    CLEANUP(buf_done) Buf b;
    Str clean = answer_clean(a, text, text.n), rest, line;
    MUST(str_is_utf8(clean) && clean.n <= text.n);
    for (size_t i = 0; i < clean.n; i++)
        MUST(((unsigned char)clean.p[i] >= ' ' && clean.p[i] != 0x7f) || clean.p[i] == '\n' || clean.p[i] == '\t');
    buf_init(&b, 3 * text.n + 16);
    (void)quote_put(&b, clean, 2 * text.n);
    for (rest = buf_str(&b); rest.n && str_split(&rest, '\n', &line);) MUST(str_starts(line, STR(">")));
    Str branch = quote_branch(a, 7, text);
    MUST(is_safe(branch, "-") && branch.n < 60 && branch.p[branch.n - 1] != '-');
}

static void check_answer(Arena *a, Str text) {
    Json *j;
    Answer x = {.arena = a, .program = "gh"};
    bool is_cut;
    if (json_parse(a, text, 64, &j, NULL) < 0) return;
    (void)answer_line(&x, j, "a.b", 16);
    (void)answer_text(&x, j, "a", 16, &is_cut);
    (void)answer_find_url(&x, j, "url");
    (void)answer_number(&x, j, "n");
    (void)answer_time(&x, j, "t");
    const Json *list = answer_array(&x, j, "l");
    for (size_t i = 0; list && i < list->n; i++) MUST(answer_line(&x, &list->items[i], "", 8).n <= 8);
    (void)answer_end(&x, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 8192) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str text = str_n(data + 1, size - 1);
    if (data[0] % 3 == 0) check_url(a, text);
    if (data[0] % 3 == 1) check_text(a, text);
    if (data[0] % 3 == 2) check_answer(a, text);
    return 0;
}
