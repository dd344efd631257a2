/** What is looked for, without regard to case; an error is why a pattern is none. */
export function patternOf(text: string, isRegex: boolean): RegExp | Error | undefined {
  if (text === '') return undefined
  try {
    return new RegExp(isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
