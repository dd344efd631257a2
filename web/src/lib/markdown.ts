import { Lexer, type MarkedToken, type Token } from 'marked'

/** A longer text is shown as lines, of which only the visible ones are drawn. */
export const mostMarkdown = 100_000

const options = { gfm: true, breaks: false }

/** Without extensions the lexer makes its own kinds of token only. */
function isMarked(token: Token): token is MarkedToken {
  return typeof token.raw === 'string'
}

export function markedTokens(tokens: readonly Token[] | undefined): MarkedToken[] {
  return tokens?.filter(isMarked) ?? []
}

const lex = (text: string) => markedTokens(new Lexer(options).lex(text))

/** What is between blocks, and addresses of links, are no blocks. */
export const isShown = ({ type }: MarkedToken) => type !== 'space' && type !== 'def'

/** Line ends as the lexer reads them: places in this text agree with the lengths of its tokens. */
export const markdownText = (source: string) => source.replace(/\r\n?/g, '\n')

/** The blocks of a text that is finished. */
export const blocksOf = (text: string): readonly MarkedToken[] => lex(text).filter(isShown)

/** A link at the end of a text, up to some place in its address. */
const openLink = /!?\[([^[\]\n]*)\]\([^()\s]*$/

/**
 * Tokens of a growing text. All but the last two top-level tokens are final and keep their identity, so that only
 * the tail is lexed and drawn again when more text arrives.
 */
export class GrowingMarkdown {
  #final: MarkedToken[] = []
  #finalLength = 0
  #text = ''

  /**
   * The tokens of `text`. A text that does not continue the last one is lexed from its start. While more is to come, a link
   * without its end is its words alone: its address would be seen and go again.
   */
  update(source: string, isOpen = false): readonly MarkedToken[] {
    const text = markdownText(source)
    if (!text.startsWith(this.#text.slice(0, this.#finalLength))) this.#restart()
    this.#text = text
    const rest = text.slice(this.#finalLength)
    const asWritten = lex(rest)
    const isLinkOpen = isOpen && asWritten.at(-1)?.type !== 'code' && openLink.test(rest)
    const tail = isLinkOpen ? lex(rest.replace(openLink, '$1')) : asWritten
    this.#keep(tail)
    return [...this.#final, ...tail]
  }

  #restart() {
    this.#final = []
    this.#finalLength = 0
  }

  /** Two tokens stay open: a list or a paragraph may still absorb what follows the blank line after it. */
  #keep(tail: MarkedToken[]) {
    while (tail.length > 2) {
      const [first] = tail
      if (!first) return
      tail.shift()
      this.#final.push(first)
      this.#finalLength += first.raw.length
    }
  }
}

const schemes = /^(https?|mailto):/i

/**
 * The target of a link, or nothing if it could run something or does not lead where it seems to. A target that begins with a
 * slash is one of ours only if the browser reads it so: it takes `/\host` for `//host`, and drops tabs and newlines.
 */
export function linkTarget(href: string): string | undefined {
  if (schemes.test(href) || href.startsWith('#')) return href
  const ours = 'https://muster.invalid'
  return href.startsWith('/') && URL.canParse(href, ours) && new URL(href, ours).origin === ours ? href : undefined
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }

/** Entities that the lexer leaves for HTML; React takes characters. */
export function plainText(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => entities[name] ?? whole)
}
