// Where the daemon is: it serves this page, or the page is developed for another one, named by VITE_API_URL and VITE_WS_URL,
// which must list the page's origin in `allowed-origins`.

const api: string | undefined = import.meta.env['VITE_API_URL']
const socket: string | undefined = import.meta.env['VITE_WS_URL']

export function apiUrl(path: string): string {
  return api ? new URL(path, api).href : path
}

export function socketUrl(): string {
  const url = new URL(socket ?? '/ws', api ?? window.location.href)
  url.protocol = url.protocol.replace(/^http/, 'ws')
  return url.href
}
