/** A place in a file, as compilers and test runners print it. */
export type FilePlace = { path: string; line: number; column?: number }
export type FileLink = FilePlace & { begin: number; end: number }

const words = /[^\s"'`<>|[\]{}]{3,400}/g
/** `src/a.ts:12:5`, `./b.rs:3`, `d.ts(12,5)`: a name needs a folder or an extension, so that a time of day is none. */
const place = /^\(?(?<path>[^:()]*(?:\/[^:()/.]+|\.[A-Za-z]\w{0,9}))(?::(?<line>\d{1,7})(?::(?<column>\d{1,5}))?|\((?<line2>\d{1,7}),(?<column2>\d{1,5})\))/
/** Python's tracebacks. */
const quoted = /"(?<path>[^"\n]{1,400})", line (?<line>\d{1,7})/g
const mostLinks = 50

type Groups = Partial<Record<string, string>> | undefined

function placeOf(groups: Groups): FilePlace | undefined {
  const line = Number(groups?.['line'] ?? groups?.['line2'])
  const column = groups?.['column'] ?? groups?.['column2']
  const path = groups?.['path']
  if (path === undefined || !(line >= 1)) return undefined
  return { path, line, ...(column !== undefined && { column: Number(column) }) }
}

function linkOf(text: string, begin: number): FileLink | undefined {
  const match = text.includes('://') ? null : place.exec(text)
  const found = match && placeOf(match.groups)
  if (!found) return undefined
  const skipped = match[0].startsWith('(') ? 1 : 0
  return { ...found, begin: begin + skipped, end: begin + match[0].length }
}

export function fileLinks(text: string): FileLink[] {
  const links: FileLink[] = []
  for (const match of text.matchAll(quoted)) {
    const found = placeOf(match.groups)
    if (found) links.push({ ...found, begin: match.index, end: match.index + match[0].length })
  }
  for (const match of text.matchAll(words)) {
    const link = linkOf(match[0], match.index)
    if (link) links.push(link)
    if (links.length >= mostLinks) break
  }
  return links
}
