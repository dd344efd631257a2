#include "net/asset.h"

#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/test_server.h"

static const Asset items[] = {
    {"/assets/app-Dk3f9x2a.js", "text/javascript", "d1", true, STR("javascript"), STR("B"), STR("GZ")},
    {"/index.html", "text/html", "d2", false, STR("<page " ASSET_NONCE ">"), {0}, STR("GZ")},
    {"/pic.png", "image/png", "d3", false, STR("pixels"), {0}, {0}},
};
static const AssetSet set = {items, COUNT_OF(items)};
static const char *const not_pages[] = {"/api/", "/ws", NULL};
static const AssetPages pages = {not_pages, {"style-src 'self'", "; img-src 'self'"}};

TEST(the_page_names_the_daemon_that_it_was_built_for) {
    static const Asset other[] = {{"/index.html",
                                   "text/html",
                                   "d",
                                   false,
                                   STR("<head>" ASSET_ORIGINS "http://a:1 ws://a:1\" /></head>"),
                                   {0},
                                   {0}}};
    static const Asset broken[] = {{"/index.html", "text/html", "d", false, STR(ASSET_ORIGINS "http://a:1"), {0}, {0}}};
    CHECK_STR(asset_page_origins(&(AssetSet){other, 1}), "http://a:1 ws://a:1");
    CHECK(!asset_page_origins(&(AssetSet){broken, 1}).n);
    CHECK(!asset_page_origins(&set).n && !asset_page_origins(&(AssetSet){items, 1}).n);
}

static void on_request(void *arg, HttpRequest *r) {
    (void)arg;
    if (!asset_answer(&set, &pages, r)) http_answer(r, &(HttpAnswer){.status = 404});
}

static const struct {
    const char *request; /* without version and Host */
    const char *headers;
    const char *want[4]; /* parts of the answer; it must end with the last one */
} cases[] = {
    {"GET /pic.png", "", {"200 OK", "Content-Type: image/png", "ETag: \"d3\"\r\n", "\r\n\r\npixels"}},
    {"GET /", "", {"200 OK", "Cache-Control: no-store\r\n", "content-security-policy: style-src 'self' 'nonce-", ">"}},
    {"GET /assets/app-Dk3f9x2a.js",
     "Accept-Encoding: gzip, br\r\n",
     {"Content-Encoding: br\r\n", "ETag: \"d1-br\"", "immutable", "\r\n\r\nB"}},
    {"GET /assets/app-Dk3f9x2a.js", "Accept-Encoding: gzip\r\n", {"Content-Encoding: gzip\r\n", "", "", "\r\n\r\nGZ"}},
    {"GET /assets/app-Dk3f9x2a.js",
     "Accept-Encoding: br;q=0, *\r\n",
     {"Content-Encoding: gzip\r\n", "", "", "\r\n\r\nGZ"}},
    {"GET /assets/app-Dk3f9x2a.js", "Accept-Encoding: *;q=0\r\n", {"ETag: \"d1\"", "", "", "\r\n\r\njavascript"}},
    {"GET /index.html", "Accept-Encoding: gzip\r\n", {"no-store", "; img-src 'self'\r\n", "\r\n\r\n<page ", "==>"}},
    {"GET /index.html", "If-None-Match: *\r\n", {"200 OK", "", "", "==>"}},
    {"HEAD /", "", {"200 OK", "Content-Length: 31\r\n", "no-store", "\r\n\r\n"}},
    {"GET /pic.png", "If-None-Match: \"x\", W/\"d3\"\r\n", {"304 Not Modified", "ETag: \"d3\"", "", "\r\n\r\n"}},
    {"GET /pic.png", "If-None-Match: *\r\n", {"304 Not Modified", "", "", "\r\n\r\n"}},
    {"GET /pic.png", "If-None-Match: \"d2\"\r\n", {"200 OK", "", "", "pixels"}},
    {"HEAD /pic.png", "", {"200 OK", "Content-Length: 6\r\n", "", "\r\n\r\n"}},
    {"GET /agents/ag_1", "Accept: text/html,*/*\r\n", {"200 OK", "text/html", "<page ", "==>"}},
    {"GET /agents/ag_1", "Accept: */*\r\n", {"404 Not Found", "", "", "\r\n\r\n"}},
    {"GET /api/agents", "Accept: text/html\r\n", {"404 Not Found", "", "", "\r\n\r\n"}},
    {"POST /pic.png", "", {"404 Not Found", "", "", "\r\n\r\n"}},
};

static Str answer_to(TestServer *t, Arena *a, const char *request, const char *headers) {
    int fd = test_connect(t, 0);
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 65536);
    Str sent = arena_fmt(a, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", request, headers);
    CHECK(test_send(fd, sent) && test_read_end(fd, &out));
    close(fd);
    return arena_str(a, buf_str(&out));
}

TEST(assets_are_served_as_the_client_asks) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    TestServer *t = test_server_start(NULL, &(HttpHandler){.on_request = on_request});
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Str out = answer_to(t, a, cases[i].request, cases[i].headers);
        size_t at;
        for (size_t k = 0; k < COUNT_OF(cases[i].want); k++) {
            Str want = str(cases[i].want[k]);
            bool is_there = k == 3 ? str_ends(out, want) : str_find(out, want, &at);
            if (!is_there) test_fail(__FILE__, __LINE__, "%s: no \"%s\" in: %s", cases[i].request, want.p, out.p);
        }
    }
    test_server_stop(t);
}

/* The 22 digits of a nonce behind `before`, without the filling. */
static Str nonce_behind(Str answer, const char *before) {
    size_t at;
    CHECK(str_find(answer, str(before), &at));
    return str_upto(str_from(answer, at + strlen(before)), 22);
}

TEST(each_page_has_a_nonce_of_its_own_which_its_policy_names) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    TestServer *t = test_server_start(NULL, &(HttpHandler){.on_request = on_request});
    Str first = answer_to(t, a, "GET /", ""), second = answer_to(t, a, "GET /", "");
    CHECK(str_eq(nonce_behind(first, "'nonce-"), nonce_behind(first, "<page ")));
    CHECK(str_eq(nonce_behind(second, "'nonce-"), nonce_behind(second, "<page ")));
    CHECK(!str_eq(nonce_behind(first, "<page "), nonce_behind(second, "<page ")));
    test_server_stop(t);
}
