import { formatNumber } from '~/lib/format'

/** From here on a pasted text is offered as a file. */
const longLines = 20
const longBytes = 8 * 1024
/** No field is made for so much; a prompt takes 50,000 characters. */
const fileCharacters = 200_000

export function countLines(text: string): number {
  return text.split('\n').length
}

export function sizeOfPaste(text: string): 'short' | 'long' | 'file' {
  if (text.length > fileCharacters) return 'file'
  const isLong = text.length > longBytes || countLines(text) > longLines || new TextEncoder().encode(text).length > longBytes
  return isLong ? 'long' : 'short'
}

/** As a field has it. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

export function asFile(text: string): File {
  return new File([text], 'pasted.txt', { type: 'text/plain' })
}

/** Browsers call every pasted picture image.png. */
export function namedPicture(file: File, now: Date): File {
  if (file.name !== 'image.png') return file
  const time = now.toTimeString().slice(0, 8).replaceAll(':', '')
  return new File([file], `pasted-${time}.png`, { type: file.type })
}

export function pastedText(text: string): string {
  return `${formatNumber(text.length)} characters are more than a prompt takes, so they are attached as a file`
}
