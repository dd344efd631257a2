const unseen = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu

/**
 * Text of a program as its characters are: what turns the direction of reading, and every other control character but
 * newline and tab, stands as its number, so that no name or command reads as another one.
 */
export function visible(text: string): string {
  return text.replace(unseen, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
}
