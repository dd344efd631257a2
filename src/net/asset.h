/* Files of the web page, compressed at build time and served from the binary's read-only data.
 *
 * tools/embed.py writes the table. Names that carry a digest are cached for ever, the others are asked for again
 * with their ETag. Loop thread; nothing is copied.
 */
#pragma once

#include "net/http.h"

typedef struct Asset {
    const char *path; /* "/assets/app-Dk3f9x2a.js" */
    const char *content_type;
    const char *digest; /* of the identity bytes, hex */
    bool is_immutable;  /* the name changes with the content */
    Str identity;
    Str brotli, gzip; /* {NULL,0} where they would not be smaller */
} Asset;

typedef struct AssetSet {
    const Asset *items; /* sorted by path (bytes) */
    size_t n;
} AssetSet;

/* What tools/embed.py wrote for the web page. */
extern const AssetSet web_assets;

/* Answers a GET or HEAD of a file; "/" is "/index.html". A path that is no file gets the page too when the client
 * wants HTML and the path does not lie under one of `not_pages` (NULL-terminated prefixes, as "/api/"), so that the
 * page's own addresses can be reloaded. False: nothing was answered. */
bool asset_answer(const AssetSet *set, const char *const *not_pages, HttpRequest *r);
