/**
 * A name as a branch, by the rules of git-check-ref-format(1): what a branch cannot hold becomes a dash. Nothing for a
 * name of which nothing can stay.
 */
export function branchOf(name: string): string {
  return name
    .replace(/\p{Cc}|[\s~^:?*[\\]|@(?=\{)/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/-{2,}/g, '-')
    .split('/')
    .map((part) => part.replace(/^[-.]+|[-.]+$/g, '').replace(/(\.lock)+$/, ''))
    .filter((part) => part !== '' && part !== '@')
    .join('/')
}
