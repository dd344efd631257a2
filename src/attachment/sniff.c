/* See sniff.h. */
#include "attachment/sniff.h"

#include "base/mem.h"

enum { SIDE_MAX = 1 << 30 };

static uint32_t be(const char *p, int n) {
    uint32_t v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | (unsigned char)p[i];
    return v;
}

static uint32_t le(const char *p, int n) {
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--) v = v << 8 | (unsigned char)p[i];
    return v;
}

static void set_size(Sniffed *s, uint32_t width, uint32_t height) {
    if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX) return;
    s->width = width;
    s->height = height;
}

/* PNG (ISO 15948) 5.6: IHDR is the first chunk. */
static void measure_png(Str h, Sniffed *s) {
    if (h.n >= 24 && memcmp(h.p + 12, "IHDR", 4) == 0) set_size(s, be(h.p + 16, 4), be(h.p + 20, 4));
}

/* GIF89a 18: the logical screen. */
static void measure_gif(Str h, Sniffed *s) {
    if (h.n >= 10) set_size(s, le(h.p + 6, 2), le(h.p + 8, 2));
}

/* JPEG (T.81) B.1.1.3: a frame header is one of SOF0 to SOF15, without DHT, JPG and DAC. */
static bool is_frame(unsigned marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* B.1.1.4: each segment before the scan has its length behind its marker. */
static void measure_jpeg(Str h, Sniffed *s) {
    size_t at = 2;
    while (at + 9 <= h.n && (unsigned char)h.p[at] == 0xff) {
        unsigned marker = (unsigned char)h.p[at + 1];
        if (marker == 0xff) { /* fill bytes */
            at++;
            continue;
        }
        if (is_frame(marker)) {
            set_size(s, be(h.p + at + 7, 2), be(h.p + at + 5, 2));
            return;
        }
        uint32_t n = be(h.p + at + 2, 2);
        if (n < 2 || marker == 0xda) return;
        at += 2 + n;
    }
}

/* RFC 9649 2.5 to 2.7: lossy, lossless, extended. */
static void measure_webp(Str h, Sniffed *s) {
    if (h.n < 30) return;
    if (memcmp(h.p + 12, "VP8 ", 4) == 0 && memcmp(h.p + 23, "\x9d\x01\x2a", 3) == 0)
        set_size(s, le(h.p + 26, 2) & 0x3fff, le(h.p + 28, 2) & 0x3fff);
    if (memcmp(h.p + 12, "VP8L", 4) == 0 && h.p[20] == 0x2f) {
        uint32_t bits = le(h.p + 21, 4);
        set_size(s, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
    }
    if (memcmp(h.p + 12, "VP8X", 4) == 0) set_size(s, le(h.p + 24, 3) + 1, le(h.p + 27, 3) + 1);
}

static bool is_png(Str h) { return str_starts(h, STR("\x89PNG\r\n\x1a\n")); }
static bool is_jpeg(Str h) { return str_starts(h, STR("\xff\xd8\xff")); }
static bool is_gif(Str h) { return str_starts(h, STR("GIF87a")) || str_starts(h, STR("GIF89a")); }
static bool is_webp(Str h) { return h.n >= 16 && str_starts(h, STR("RIFF")) && memcmp(h.p + 8, "WEBPVP8", 7) == 0; }
static bool is_pdf(Str h) { return str_starts(h, STR("%PDF-")); }

static const struct {
    bool (*is)(Str head);
    const char *media, *suffix;
    void (*measure)(Str head, Sniffed *s);
} kinds[] = {
    {is_png, "image/png", "png", measure_png}, {is_jpeg, "image/jpeg", "jpg", measure_jpeg},
    {is_gif, "image/gif", "gif", measure_gif}, {is_webp, "image/webp", "webp", measure_webp},
    {is_pdf, "application/pdf", "pdf", NULL},
};

/* UTF-8 without the control characters that no text has; its last character may be cut. */
static bool is_text(Str h, bool is_all) {
    size_t at = 0;
    while (at < h.n) {
        unsigned char c = (unsigned char)h.p[at];
        size_t n = utf8_step(h.p + at, h.n - at);
        if (n == 0) return !is_all && h.n - at < 4;
        if (c == 0x7f || (c < ' ' && !strchr("\t\n\r\f\x1b", c)) || c == 0) return false;
        at += n;
    }
    return h.n > 0;
}

Sniffed sniff(Str head, int64_t size) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!kinds[i].is(head)) continue;
        Sniffed s = {.media = kinds[i].media, .suffix = kinds[i].suffix};
        if (kinds[i].measure) kinds[i].measure(head, &s);
        return s;
    }
    bool is_all = (int64_t)head.n >= size;
    if (is_text(head, is_all)) return (Sniffed){.media = "text/plain", .suffix = "txt"};
    return (Sniffed){.media = "application/octet-stream", .suffix = "bin"};
}
