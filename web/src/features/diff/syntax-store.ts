import type { Parser } from '@lezer/common'
import type { GitDiffHunk } from '~/api/generated'
import { languageOf, loadLanguage } from '~/lib/languages'
import { createStore } from '~/lib/store'
import type { Token } from '~/lib/syntax'

type HunkTokens = readonly (readonly Token[])[]

/** Of one hunk at most: what follows has no colours until it is looked at on its own. */
const mostLines = 4000

const known = new WeakMap<GitDiffHunk, HunkTokens>()
const asked = new WeakSet<GitDiffHunk>()
const queue: { path: string; hunk: GitDiffHunk }[] = []
/** Counts up when hunks have got their colours. */
export const syntaxSeen = createStore(0)

let isRunning = false

function soon(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => resolve(), { timeout: 200 })
    else setTimeout(resolve, 16)
  })
}

/** Each side is read as one text of its own: a removed line belongs to the old program, an added one to the new. */
function tokensOfHunk(tokensOf: (parser: Parser, lines: readonly string[]) => Token[][], parser: Parser, hunk: GitDiffHunk): HunkTokens {
  const lines = hunk.lines.slice(0, mostLines)
  const of = (left: string) => {
    const rows = lines.flatMap(({ type }, at) => (type === left ? [] : [at]))
    return { rows, tokens: tokensOf(parser, rows.map((at) => lines[at]?.text ?? '')) }
  }
  const tokens: (readonly Token[])[] = []
  for (const { rows, tokens: found } of [of('added'), of('removed')]) rows.forEach((at, n) => (tokens[at] = found[n] ?? []))
  return tokens
}

async function run() {
  const { tokensOf } = await import('~/lib/syntax')
  for (let next = queue.pop(); next; next = queue.pop()) {
    const name = languageOf(next.path)
    const language = name && (await loadLanguage(name).catch(() => undefined))
    await soon()
    known.set(next.hunk, language ? tokensOfHunk(tokensOf, language.parser, next.hunk) : [])
    syntaxSeen.set((n) => n + 1)
  }
}

/** The tokens of a hunk, once they are known; asking for them has them made when the page has nothing better to do. */
export function tokensOfLine(path: string, hunk: GitDiffHunk, line: number): readonly Token[] {
  const tokens = known.get(hunk)
  if (tokens) return tokens[line] ?? []
  if (!asked.has(hunk) && languageOf(path)) {
    asked.add(hunk)
    queue.push({ path, hunk })
    if (!isRunning) {
      isRunning = true
      void run().finally(() => {
        isRunning = false
      })
    }
  }
  return []
}
