type Named = { name: string; path: string }

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '/'
const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1) || path

/** The name of a folder among others: with the folder above it where another has the same name, with its path where that does not help. */
export function distinctName(one: Named, all: readonly Named[]): string {
  const same = all.filter(({ name, path }) => name === one.name && path !== one.path)
  if (same.length === 0) return one.name
  const parent = lastOf(parentOf(one.path))
  const isEnough = same.every(({ path }) => lastOf(parentOf(path)) !== parent)
  return `${one.name} in ${isEnough ? parent : parentOf(one.path)}`
}
