#include "base/path_text.h"

#include "base/mem.h"

static const char letters[] = "abtnvfr"; /* of the bytes from 7 on */

bool path_is_text(Str path) { return !(path.n && path.p[0] == '"') && str_is_utf8(path); }

static void escape(Buf *b, unsigned char c) {
    if (c == '"' || c == '\\')
        buf_add_fmt(b, "\\%c", c);
    else if (c >= '\a' && c <= '\r')
        buf_add_fmt(b, "\\%c", letters[c - '\a']);
    else
        buf_add_fmt(b, "\\%03o", c);
}

bool path_escape(Buf *b, Str path, bool with_bytes) {
    bool has_some = false;
    for (size_t i = 0, n; i < path.n; i += n) {
        unsigned char c = (unsigned char)path.p[i];
        bool is_byte = c >= 0x80 && (n = utf8_step(path.p + i, path.n - i)) == 0;
        if (c < 0x80 || is_byte) n = 1;
        if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || (is_byte && with_bytes)) {
            escape(b, c);
            has_some = true;
        } else {
            buf_add(b, path.p + i, n);
        }
    }
    return has_some;
}

void path_put_text(Buf *b, Str path) {
    if (path_is_text(path)) {
        buf_add_str(b, path);
        return;
    }
    buf_add_c(b, '"');
    path_escape(b, path, true);
    buf_add_c(b, '"');
}

/* The byte of the escape that follows a backslash, -1 if there is none; takes it off the rest. */
static int unescape(Str *rest) {
    if (!rest->n) return -1;
    const char *p = rest->p;
    const char *letter = *p ? strchr(letters, *p) : NULL;
    bool is_octal = rest->n >= 3 && *p >= '0' && *p <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
    int c = letter ? '\a' + (int)(letter - letters) : *p == '"' || *p == '\\' ? *p : -1;
    if (is_octal) c = (p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0');
    *rest = str_from(*rest, is_octal ? 3 : 1);
    return c;
}

bool path_of_text(Arena *a, Str text, Str *ret) {
    if (!text.n || text.p[0] != '"') {
        *ret = arena_str(a, text);
        return true;
    }
    char *out = arena_alloc(a, text.n + 1);
    size_t n = 0;
    Str rest = str_from(text, 1);
    while (rest.n && rest.p[0] != '"') {
        int c = (unsigned char)rest.p[0];
        rest = str_from(rest, 1);
        if (c == '\\') c = unescape(&rest);
        if (c <= 0) return false;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    *ret = str_n(out, n);
    return rest.n == 1;
}
