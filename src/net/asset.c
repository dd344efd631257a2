#include "net/asset.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sys/digest.h"

enum { ETAG_MAX = 96, NONCE_BYTES = 16, NONCE_MAX = 32 };
static const char page_path[] = "/index.html";

typedef struct Coding {
    const char *name; /* in Accept-Encoding and Content-Encoding; NULL: identity */
    size_t bytes_at;  /* of a Str in Asset */
} Coding;

/* Best first. */
static const Coding codings[] = {
    {"br", offsetof(Asset, brotli)},
    {"gzip", offsetof(Asset, gzip)},
    {NULL, offsetof(Asset, identity)},
};

static Str bytes_of(const Asset *a, const Coding *c) { return *(const Str *)((const char *)a + c->bytes_at); }

/* Is the weight of "gzip;q=0.5" above zero? RFC 9110 12.4.2; without a weight it is 1. */
static bool has_weight(Str params) {
    Str param;
    while (str_split(&params, ';', &param)) {
        param = str_trim(param);
        double weight;
        if (!str_starts(param, STR("q=")) && !str_starts(param, STR("Q="))) continue;
        return str_parse_f64(str_from(param, 2), &weight) && weight > 0;
    }
    return true;
}

/* RFC 9110 12.5.3. "*" matches every coding that is not named. */
static bool is_accepted(Str accepted, const char *coding) {
    bool by_star = false;
    Str part, name;
    while (str_split(&accepted, ',', &part)) {
        if (!str_split(&part, ';', &name)) continue;
        name = str_trim(name);
        if (str_ieq(name, str(coding))) return has_weight(part);
        if (str_is(name, "*")) by_star = has_weight(part);
    }
    return by_star;
}

static const Coding *choose(const Asset *a, Str accepted) {
    const Coding *c = codings;
    while (c->name && (!bytes_of(a, c).p || !is_accepted(accepted, c->name))) c++;
    return c;
}

/* RFC 9110 13.1.2, by weak comparison. */
static bool is_known(Str if_none_match, Str etag) {
    Str part;
    while (str_split(&if_none_match, ',', &part)) {
        part = str_trim(part);
        if (str_starts(part, STR("W/"))) part = str_from(part, 2);
        if (str_is(part, "*") || str_eq(part, etag)) return true;
    }
    return false;
}

static int compare_path(const void *path, const void *asset) {
    return str_cmp(*(const Str *)path, str(((const Asset *)asset)->path));
}

static const Asset *find(const AssetSet *set, Str path) {
    return bsearch(&path, set->items, set->n, sizeof *set->items, compare_path);
}

static bool is_page(const HttpRequest *r, const char *const *not_pages) {
    for (; *not_pages; not_pages++) {
        if (str_starts(r->path, str(*not_pages))) return false;
    }
    Str accept = http_header(r, "accept");
    size_t at;
    return str_find(accept, STR("text/html"), &at);
}

static void send(HttpRequest *r, const Asset *a) {
    const Coding *c = choose(a, http_header(r, "accept-encoding"));
    char etag[ETAG_MAX];
    int n = snprintf(etag, sizeof etag, "\"%s%s%s\"", a->digest, c->name ? "-" : "", c->name ? c->name : "");
    HttpHeader headers[4] = {
        {STR("ETag"), str_n(etag, (size_t)n)},
        {STR("Cache-Control"), str(a->is_immutable ? "public, max-age=31536000, immutable" : "no-cache")},
        {STR("Vary"), STR("Accept-Encoding")},
        {STR("Content-Encoding"), str(c->name)},
    };
    HttpAnswer answer = {.status = 200,
                         .content_type = a->content_type,
                         .body = bytes_of(a, c),
                         .body_static = true,
                         .headers = headers,
                         .n_headers = c->name ? 4 : 3};
    if (is_known(http_header(r, "if-none-match"), str_n(etag, (size_t)n))) {
        answer = (HttpAnswer){.status = 304, .headers = headers, .n_headers = 3};
    }
    http_answer(r, &answer);
}

/* W3C CSP 3, 2.3.1: a nonce is used once, and has at least 128 random bits. */
static void send_page(HttpRequest *r, const Asset *page, const AssetPages *pages) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    uint8_t bytes[NONCE_BYTES];
    char nonce[NONCE_MAX];
    size_t at;
    random_bytes(bytes, sizeof bytes);
    base64_print(bytes, sizeof bytes, nonce, false);
    Str text = page->identity;
    if (str_find(text, STR(ASSET_NONCE), &at)) {
        Str rest = str_from(text, at + sizeof ASSET_NONCE - 1);
        text = arena_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(str_upto(text, at)), nonce, STR_ARG(rest));
    }
    HttpHeader headers[] = {
        {STR("Cache-Control"), STR("no-store")},
        {STR("content-security-policy"), arena_fmt(a, "%s 'nonce-%s'%s", pages->policy[0], nonce, pages->policy[1])},
    };
    http_answer(r, &(HttpAnswer){.status = 200,
                                 .content_type = page->content_type,
                                 .body = text,
                                 .headers = headers,
                                 .n_headers = COUNT_OF(headers)});
}

Str asset_page_origins(const AssetSet *set) {
    const Asset *page = find(set, str(page_path));
    size_t at;
    if (!page || !str_find(page->identity, STR(ASSET_ORIGINS), &at)) return (Str){0};
    Str rest = str_from(page->identity, at + sizeof ASSET_ORIGINS - 1);
    return str_find(rest, STR("\""), &at) ? str_upto(rest, at) : (Str){0};
}

bool asset_answer(const AssetSet *set, const AssetPages *pages, HttpRequest *r) {
    if (!str_is(r->method, "GET") && !str_is(r->method, "HEAD")) return false;
    const Asset *a = find(set, str_is(r->path, "/") ? str(page_path) : r->path);
    if (!a && is_page(r, pages->not_pages)) a = find(set, str(page_path));
    if (!a) return false;
    if (str_is(str(a->path), page_path))
        send_page(r, a, pages);
    else
        send(r, a);
    return true;
}
