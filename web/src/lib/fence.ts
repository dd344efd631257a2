/** Text as a block of code in Markdown, whatever it holds: the fence is longer than any in it. */
export function fenced(text: string): string {
  const fence = longerThan(text, 2)
  return `${fence}\n${text.trimEnd()}\n${fence}`
}

/** The same within a line. */
export function inlineCode(text: string): string {
  const mark = longerThan(text, 0)
  const room = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${mark}${room}${text}${room}${mark}`
}

function longerThan(text: string, least: number): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), least)
  return '`'.repeat(longest + 1)
}
