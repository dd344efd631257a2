#include "attachment/sniff.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/test.h"

#define BYTES(s) s, sizeof(s) - 1

static const struct {
    const char *what;
    const char *head;
    size_t n;
    int64_t size; /* 0: all of it */
    const char *media, *suffix;
    int64_t width, height;
} cases[] = {
    {"png", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0"), 0, "image/png", "png", 640,
     480},
    {"png that ends in its header", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"), 0, "image/png", "png", 0, 0},
    {"png without IHDR", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rjunk\0\0\x02\x80\0\0\x01\xe0"), 0, "image/png", "png", 0, 0},
    {"png of impossible size", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\x01\xe0"), 0, "image/png",
     "png", 0, 0},
    {"gif", BYTES("GIF89a\x40\x01\xf0\x00\0\0\0"), 0, "image/gif", "gif", 320, 240},
    {"old gif", BYTES("GIF87a\x01\x00\x02\x00"), 0, "image/gif", "gif", 1, 2},
    {"gif that ends", BYTES("GIF89a\x40"), 0, "image/gif", "gif", 0, 0},
    {"jpeg", BYTES("\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03"), 0, "image/jpeg", "jpg", 640, 480},
    {"progressive jpeg with fill bytes", BYTES("\xff\xd8\xff\xff\xff\xc2\0\x11\x08\0\x02\0\x03\x03\0"), 0, "image/jpeg",
     "jpg", 3, 2},
    {"jpeg whose table comes first", BYTES("\xff\xd8\xff\xc4\0\x05xyz\xff\xc1\0\x11\x08\0\x02\0\x03\x03"), 0,
     "image/jpeg", "jpg", 3, 2},
    {"jpeg whose scan comes first", BYTES("\xff\xd8\xff\xda\0\x04xx\xff\xc0\0\x11\x08\0\x02\0\x03\x03"), 0,
     "image/jpeg", "jpg", 0, 0},
    {"jpeg with a segment of no length", BYTES("\xff\xd8\xff\xe0\0\0\xff\xc0\0\x11\x08\0\x02\0\x03\x03"), 0,
     "image/jpeg", "jpg", 0, 0},
    {"jpeg with a segment beyond its end", BYTES("\xff\xd8\xff\xe0\xff\xffxxxxxxxxxxxx"), 0, "image/jpeg", "jpg", 0, 0},
    {"lossy webp", BYTES("RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x40\x01\xf0\x00\0\0"), 0, "image/webp",
     "webp", 320, 240},
    {"lossless webp", BYTES("RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f\x3f\xc1\x3b\0\0\0\0\0\0"), 0, "image/webp", "webp",
     320, 240},
    {"extended webp", BYTES("RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\x01\0\xef\0\0"), 0, "image/webp", "webp", 320,
     240},
    {"webp that ends", BYTES("RIFF\x24\0\0\0WEBPVP8X\x0a"), 0, "image/webp", "webp", 0, 0},
    {"another RIFF", BYTES("RIFF\x24\0\0\0WAVEfmt \x10"), 0, "application/octet-stream", "bin", 0, 0},
    {"pdf", BYTES("%PDF-1.7\n\xe2\xe3"), 0, "application/pdf", "pdf", 0, 0},
    {"text", BYTES("int main(void) { return 0; }\n\tx\r\n"), 0, "text/plain", "txt", 0, 0},
    {"text in UTF-8", BYTES("na\xc3\xafve \xe2\x82\xac"), 0, "text/plain", "txt", 0, 0},
    {"text that is cut inside a character", BYTES("na\xc3\xafve \xe2\x82"), 100, "text/plain", "txt", 0, 0},
    {"text that ends inside a character", BYTES("na\xc3\xafve \xe2\x82"), 0, "application/octet-stream", "bin", 0, 0},
    {"svg is text and no image", BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), 0, "text/plain", "txt", 0, 0},
    {"html is text", BYTES("<!doctype html><script>alert(1)</script>"), 0, "text/plain", "txt", 0, 0},
    {"a NUL", BYTES("abc\0def"), 0, "application/octet-stream", "bin", 0, 0},
    {"a control character", BYTES("abc\x01"), 0, "application/octet-stream", "bin", 0, 0},
    {"ELF",
     BYTES("\x7f"
           "ELF\x02\x01\x01"),
     0, "application/octet-stream", "bin", 0, 0},
    {"one byte of a PNG", BYTES("\x89"), 0, "application/octet-stream", "bin", 0, 0},
};

TEST(a_file_is_what_its_bytes_say) {
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Sniffed s = sniff(str_n(cases[i].head, cases[i].n), cases[i].size ? cases[i].size : (int64_t)cases[i].n);
        if (strcmp(s.media, cases[i].media) != 0 || strcmp(s.suffix, cases[i].suffix) != 0 ||
            s.width != cases[i].width || s.height != cases[i].height)
            test_fail(__FILE__, __LINE__, "%s: %s .%s %lldx%lld", cases[i].what, s.media, s.suffix, (long long)s.width,
                      (long long)s.height);
    }
}

/* Whatever is cut off, nothing is read beyond it (the address sanitizer sees that) and the type stays or is unknown. */
TEST(no_beginning_of_a_file_is_read_beyond_its_end) {
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t n = 0; n < cases[i].n; n++) {
            char *part = mu_alloc(n + 1);
            memcpy(part, cases[i].head, n);
            Sniffed s = sniff(str_n(part, n), (int64_t)n);
            CHECK(s.media && s.suffix && s.width >= 0 && s.height >= 0);
            free(part);
        }
}
