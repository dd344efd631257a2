/** What a person pastes to clone: an address, or the whole command that a host shows. Whether it can be cloned, the daemon says. */
const whole = /^[a-z][a-z0-9+.-]*:\/\//i
const short = /^[^\s/:@]+@[^\s/:]+:(?!:)/

/** The address in a text that is not a path; undefined: it is one, or nothing yet. */
export function remoteOf(text: string): string | undefined {
  const url = text.trim().replace(/^git\s+clone\s+/, '')
  return whole.test(url) || short.test(url) ? url : undefined
}

/** The folder that git would make for it; '': the address does not say. */
export function folderOf(url: string): string {
  const path = whole.test(url) ? url.replace(whole, '').replace(/^[^/]*/, '') : url.slice(url.indexOf(':') + 1)
  const name = path.replace(/\/+$/, '').split('/').at(-1)?.replace(/\.git$/, '') ?? ''
  return /^[.~-]/.test(name) ? '' : name
}

/** Its host, without a user. */
export function hostOf(url: string): string {
  const place = whole.test(url) ? url.replace(whole, '').split('/')[0] : url.split(':')[0]
  return place?.split('@').at(-1) ?? ''
}
