#include "net/asset.h"

#include <unistd.h>

#include "base/test.h"
#include "net/test_server.h"

static const Asset items[] = {
    {"/assets/app-Dk3f9x2a.js", "text/javascript", "d1", true, STR("javascript"), STR("B"), STR("GZ")},
    {"/index.html", "text/html", "d2", false, STR("<page>"), {0}, STR("GZ")},
    {"/pic.png", "image/png", "d3", false, STR("pixels"), {0}, {0}},
};
static const AssetSet set = {items, COUNT_OF(items)};
static const char *const not_pages[] = {"/api/", "/ws", NULL};

static void on_request(void *arg, HttpRequest *r) {
    (void)arg;
    if (!asset_answer(&set, not_pages, r)) http_answer(r, &(HttpAnswer){.status = 404});
}

static const struct {
    const char *request; /* without version and Host */
    const char *headers;
    const char *want[4]; /* parts of the answer; it must end with the last one */
} cases[] = {
    {"GET /pic.png", "", {"200 OK", "Content-Type: image/png", "ETag: \"d3\"\r\n", "\r\n\r\npixels"}},
    {"GET /", "", {"200 OK", "Cache-Control: no-cache\r\n", "Vary: Accept-Encoding\r\n", "\r\n\r\n<page>"}},
    {"GET /assets/app-Dk3f9x2a.js",
     "Accept-Encoding: gzip, br\r\n",
     {"Content-Encoding: br\r\n", "ETag: \"d1-br\"", "immutable", "\r\n\r\nB"}},
    {"GET /assets/app-Dk3f9x2a.js", "Accept-Encoding: gzip\r\n", {"Content-Encoding: gzip\r\n", "", "", "\r\n\r\nGZ"}},
    {"GET /assets/app-Dk3f9x2a.js",
     "Accept-Encoding: br;q=0, *\r\n",
     {"Content-Encoding: gzip\r\n", "", "", "\r\n\r\nGZ"}},
    {"GET /assets/app-Dk3f9x2a.js", "Accept-Encoding: *;q=0\r\n", {"ETag: \"d1\"", "", "", "\r\n\r\njavascript"}},
    {"GET /index.html", "Accept-Encoding: br\r\n", {"ETag: \"d2\"", "", "", "\r\n\r\n<page>"}},
    {"GET /pic.png", "If-None-Match: \"x\", W/\"d3\"\r\n", {"304 Not Modified", "ETag: \"d3\"", "", "\r\n\r\n"}},
    {"GET /pic.png", "If-None-Match: *\r\n", {"304 Not Modified", "", "", "\r\n\r\n"}},
    {"GET /pic.png", "If-None-Match: \"d2\"\r\n", {"200 OK", "", "", "pixels"}},
    {"HEAD /pic.png", "", {"200 OK", "Content-Length: 6\r\n", "", "\r\n\r\n"}},
    {"GET /agents/ag_1", "Accept: text/html,*/*\r\n", {"200 OK", "text/html", "", "<page>"}},
    {"GET /agents/ag_1", "Accept: */*\r\n", {"404 Not Found", "", "", "\r\n\r\n"}},
    {"GET /api/agents", "Accept: text/html\r\n", {"404 Not Found", "", "", "\r\n\r\n"}},
    {"POST /pic.png", "", {"404 Not Found", "", "", "\r\n\r\n"}},
};

TEST(assets_are_served_as_the_client_asks) {
    TestServer *t = test_server_start(NULL, &(HttpHandler){.on_request = on_request});
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = test_connect(t, 0);
        CLEANUP(buf_done) Buf out;
        char request[512];
        size_t at;
        buf_init(&out, 65536);
        int n = snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n",
                         cases[i].request, cases[i].headers);
        CHECK(test_send(fd, str_n(request, (size_t)n)) && test_read_end(fd, &out));
        for (size_t k = 0; k < COUNT_OF(cases[i].want); k++) {
            Str want = str(cases[i].want[k]);
            bool is_there = k == 3 ? str_ends(buf_str(&out), want) : str_find(buf_str(&out), want, &at);
            if (!is_there) test_fail(__FILE__, __LINE__, "%s: no \"%s\" in: %s", request, want.p, out.p);
        }
        close(fd);
    }
    test_server_stop(t);
}
