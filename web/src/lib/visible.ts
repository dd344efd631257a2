/**
 * What a reader cannot see: control characters but newline and tab, what turns the direction of reading, separators
 * that break a line only here and there, halves of a character, and everything that is drawn as nothing.
 */
const unseen =
  /(?![\n\t])\p{Cc}|[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\uFFF9-\uFFFB\u2800]/gu
/** In one line these two look like a space. */
const lineBreaking = /[\n\t]/g

const numbered = (c: string) => `⟨U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`

/** Where characters that are drawn as nothing do their work: emoji, and scripts whose letters join (RFC 5892, A.1 and A.2). */
const joiningScripts = ['Arabic', 'Syriac', 'Mongolian', 'Nko', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer']
const joining = joiningScripts.map((script) => `\\p{Script=${script}}`).join('')
const inEmoji = /[\p{Emoji}\p{Emoji_Modifier}]\uFE0F?$/u
const inWord = new RegExp(`[${joining}]$`, 'u')
const beforeEmoji = /^\p{Emoji}/u
const beforeWord = new RegExp(`^[${joining}]`, 'u')

function isAtWork(c: string, before: string, after: string): boolean {
  if (c === '\uFE0E' || c === '\uFE0F') return inEmoji.test(before)
  if (c !== '\u200C' && c !== '\u200D') return false
  return (c === '\u200D' && inEmoji.test(before) && beforeEmoji.test(after)) || (inWord.test(before) && beforeWord.test(after))
}

/**
 * Text of a program or a person, character by character: invisible ones are shown as their number, so that no name, command
 * or answer reads as another one.
 */
export function visible(text: string): string {
  return text.replace(unseen, (c, place: number) => {
    if (isAtWork(c, text.slice(Math.max(0, place - 4), place), text.slice(place + c.length, place + c.length + 2))) return c
    return numbered(c)
  })
}

const seen = (text: string) => text.replace(unseen, '').replace(/\s+/gu, ' ').trim().normalize()

/** Did somebody type this name? What nobody can see need not be typed; a name of nothing else is typed as it is shown. */
export function isTypedName(typed: string, name: string): boolean {
  return typed.trim() === visibleName(name) || (seen(name) !== '' && seen(typed) === seen(name))
}

/** As `visible`, for what is one line by its nature: a name, a path, a branch, a title. Newlines and tabs are marked too. */
export function visibleName(name: string): string {
  return visible(name).replace(lineBreaking, numbered)
}

/** Of a path: also a space at the end of a name in it, which would not be seen. */
export function visiblePath(path: string): string {
  return visibleName(path).replace(/(?<=^|\/) | (?=\/|$)/g, numbered)
}
