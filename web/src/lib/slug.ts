/** Words that say nothing about what is to be done. */
const filler = new Set('a an the to of in on at for and or is are it this that please make let with from so we i my our'.split(' '))
const mostWords = 3
const mostChars = 40

/** A short name for a folder and its branch, from the first telling words of a prompt. Empty if it has none. */
export function slugOf(prompt: string): string {
  const plain = prompt
    .slice(0, 500)
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[@/#]\S+/g, ' ')
  const words = plain.match(/[a-z0-9]+/g) ?? []
  const telling = words.filter((word) => !filler.has(word))
  return telling.slice(0, mostWords).join('-').slice(0, mostChars).replace(/-$/, '')
}

/** The name, or with the first number behind it that nothing else has. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let n = 2; ; n++) if (!taken.has(`${name}-${n}`)) return `${name}-${n}`
}
