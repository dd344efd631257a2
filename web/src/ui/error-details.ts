import { CallError } from '~/api/wire'

/** What the daemon adds to its words, field by field, unless they say it already: the files that would be lost. */
export function addedBy(error: Error): string[] {
  if (!(error instanceof CallError)) return []
  return Object.values(error.details)
    .flat()
    .filter((text) => !error.message.includes(text))
}

/** What is pasted into a report. */
export function detailsOf(title: string, error: Error): string {
  const code = 'code' in error ? `${String(error.code)}: ` : ''
  return `${[...new Set([title, `${code}${error.message}`, ...addedBy(error)])].join('\n')}\n${window.location.pathname}\n${new Date().toISOString()}`
}
