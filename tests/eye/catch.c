/* catch: a small game for what learns through an eye. A block falls; the paddle at the bottom catches it (one point) or
 * misses it. Three actions: Left, Right and neither. The score is drawn in a strip at the top as 16 blocks, white for 1 and
 * black for 0, highest bit first, so that it can be read from the pixels; a caught block adds 1 and a missed one takes 1.
 *
 * It moves by SDL_GetTicks and draws its own random numbers, so that the same seed, keys and times give the same pictures.
 * It makes no sound.
 */
#include <SDL.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 12, /* of the field; the paddle covers PADDLE of them */
    ROWS = 16,
    PADDLE = 3,
    BLOCKS_MAX = 2, /* in the air at once */
    SCORE_BITS = 16,
    STRIP_PARTS = 12, /* the strip is this part of the height */
    STEP_MS = 16,     /* of the game's own time */
    FALL_STEPS = 6,   /* steps per row */
    MOVE_STEPS = 2,   /* steps per column of the paddle */
    SPAWN_ROWS = 8,   /* rows between two blocks */
    STEPS_PER_FRAME_MAX = 120
};

typedef struct Block {
    int column, row; /* row < 0: none */
} Block;

typedef struct Game {
    uint64_t random;
    Block blocks[BLOCKS_MAX];
    int paddle; /* its leftmost column */
    int16_t score;
    uint32_t steps;
} Game;

typedef struct Options {
    uint64_t seed;
    int width, height, frames;
    const char *renderer;
} Options;

/* xorshift64* of Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016). */
static uint32_t draw(Game *g) {
    g->random ^= g->random >> 12;
    g->random ^= g->random << 25;
    g->random ^= g->random >> 27;
    return (uint32_t)((g->random * UINT64_C(2685821657736338717)) >> 32);
}

static void game_init(Game *g, uint64_t seed) {
    *g = (Game){.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1, .paddle = (COLUMNS - PADDLE) / 2};
    for (int i = 0; i < BLOCKS_MAX; i++) g->blocks[i].row = -1;
}

static void spawn(Game *g) {
    for (int i = 0; i < BLOCKS_MAX; i++) {
        if (g->blocks[i].row >= 0) continue;
        g->blocks[i] = (Block){.column = (int)(draw(g) % COLUMNS), .row = 0};
        return;
    }
}

static void fall(Game *g) {
    for (int i = 0; i < BLOCKS_MAX; i++) {
        Block *b = &g->blocks[i];
        if (b->row < 0 || ++b->row < ROWS - 1) continue;
        g->score += b->column >= g->paddle && b->column < g->paddle + PADDLE ? 1 : -1;
        b->row = -1;
    }
}

/* `move`: -1, 0 or 1 */
static void game_step(Game *g, int move) {
    if (g->steps % (FALL_STEPS * SPAWN_ROWS) == 0) spawn(g);
    if (g->steps % FALL_STEPS == FALL_STEPS - 1) fall(g);
    if (g->steps % MOVE_STEPS == 0) g->paddle += move;
    if (g->paddle < 0) g->paddle = 0;
    if (g->paddle > COLUMNS - PADDLE) g->paddle = COLUMNS - PADDLE;
    g->steps++;
}

/* --- drawing --- */

/* The cells of a grid cover the area without gaps, whatever its size. */
static void fill_cell(SDL_Renderer *to, SDL_Rect area, int columns, int rows, SDL_Rect cells) {
    SDL_Rect r = {.x = area.x + area.w * cells.x / columns, .y = area.y + area.h * cells.y / rows};
    r.w = area.x + area.w * (cells.x + cells.w) / columns - r.x;
    r.h = area.y + area.h * (cells.y + cells.h) / rows - r.y;
    SDL_RenderFillRect(to, &r);
}

static void draw_score(SDL_Renderer *to, SDL_Rect strip, uint16_t score) {
    for (int i = 0; i < SCORE_BITS; i++) {
        Uint8 level = score >> (SCORE_BITS - 1 - i) & 1 ? 255 : 0;
        SDL_SetRenderDrawColor(to, level, level, level, 255);
        fill_cell(to, strip, SCORE_BITS, 1, (SDL_Rect){i, 0, 1, 1});
    }
}

static void game_draw(const Game *g, SDL_Renderer *to) {
    int width, height;
    SDL_GetRendererOutputSize(to, &width, &height);
    SDL_Rect strip = {0, 0, width, height / STRIP_PARTS}, field = {0, strip.h, width, height - strip.h};
    SDL_SetRenderDrawColor(to, 16, 24, 48, 255);
    SDL_RenderClear(to);
    SDL_SetRenderDrawColor(to, 240, 160, 32, 255);
    for (int i = 0; i < BLOCKS_MAX; i++)
        if (g->blocks[i].row >= 0)
            fill_cell(to, field, COLUMNS, ROWS, (SDL_Rect){g->blocks[i].column, g->blocks[i].row, 1, 1});
    SDL_SetRenderDrawColor(to, 64, 192, 255, 255);
    fill_cell(to, field, COLUMNS, ROWS, (SDL_Rect){g->paddle, ROWS - 1, PADDLE, 1});
    draw_score(to, strip, (uint16_t)g->score);
}

/* --- running --- */

/* Which way the paddle goes, from the keys that are down; false: the game was closed. */
static int read_keys(int *ret_move) {
    static int is_left, is_right;
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
        if (event.type == SDL_QUIT) return 0;
        if (event.type != SDL_KEYDOWN && event.type != SDL_KEYUP) continue;
        if (event.key.keysym.sym == SDLK_LEFT) is_left = event.type == SDL_KEYDOWN;
        if (event.key.keysym.sym == SDLK_RIGHT) is_right = event.type == SDL_KEYDOWN;
        if (event.key.keysym.sym == SDLK_ESCAPE && event.type == SDL_KEYDOWN) return 0;
    }
    *ret_move = is_right - is_left;
    return 1;
}

static void play(Game *g, SDL_Renderer *renderer, int frames) {
    Uint32 start = SDL_GetTicks();
    for (int n = 0, move = 0; (frames == 0 || n < frames) && read_keys(&move); n++) {
        Uint32 due = (SDL_GetTicks() - start) / STEP_MS;
        /* Longer pauses of the whole machine are left out. */
        if (due > g->steps + STEPS_PER_FRAME_MAX) start += (due - g->steps - STEPS_PER_FRAME_MAX) * STEP_MS;
        due = (SDL_GetTicks() - start) / STEP_MS;
        while (g->steps < due) game_step(g, move);
        game_draw(g, renderer);
        SDL_RenderPresent(renderer);
    }
}

static int fail(const char *what) {
    fprintf(stderr, "catch: %s: %s\n", what, SDL_GetError());
    return 1;
}

static int run(const Options *o) {
    Game game;
    int is_software = strcmp(o->renderer, "software") == 0;
    SDL_SetHint(SDL_HINT_RENDER_DRIVER, o->renderer);
    if (SDL_Init(SDL_INIT_VIDEO) < 0) return fail("could not start SDL");
    SDL_Window *window = SDL_CreateWindow("catch", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, o->width, o->height,
                                          SDL_WINDOW_RESIZABLE);
    if (!window) return fail("could not open a window");
    SDL_Renderer *renderer = SDL_CreateRenderer(
        window, -1, is_software ? SDL_RENDERER_SOFTWARE : SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC);
    if (!renderer) return fail("could not make the renderer");
    game_init(&game, o->seed);
    play(&game, renderer, o->frames);
    printf("catch: score %d after %u steps\n", game.score, (unsigned)game.steps);
    SDL_DestroyRenderer(renderer);
    SDL_DestroyWindow(window);
    SDL_Quit();
    return 0;
}

static int usage(void) {
    fprintf(stderr, "usage: catch [--seed N] [--size WIDTHxHEIGHT] [--renderer software|opengl] [--frames N]\n");
    return 2;
}

static int parse_size(const char *text, Options *o) {
    char *end;
    o->width = (int)strtol(text, &end, 10);
    if (*end != 'x') return 0;
    o->height = (int)strtol(end + 1, &end, 10);
    return *end == 0 && o->width >= SCORE_BITS && o->width <= 16384 && o->height >= ROWS && o->height <= 16384;
}

int main(int argc, char **argv) {
    Options o = {.seed = 1, .width = 320, .height = 240, .renderer = "opengl"};
    for (int i = 1; i < argc; i += 2) {
        const char *value = argv[i + 1];
        if (!value) return usage();
        if (strcmp(argv[i], "--seed") == 0)
            o.seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--frames") == 0)
            o.frames = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--renderer") == 0)
            o.renderer = value;
        else if (strcmp(argv[i], "--size") != 0 || !parse_size(value, &o))
            return usage();
    }
    if (strcmp(o.renderer, "software") != 0 && strcmp(o.renderer, "opengl") != 0) return usage();
    return run(&o);
}
