import { routes as firstRoutes } from 'virtual:first-routes'
import type { ApiError } from '~/api/generated'
import { apiUrl } from '~/api/place'
import { CallError, parseCursors, unheard, type Answer, type Input, type OpName, type Output } from '~/api/wire'

type Request = { method: string; url: string; body: string | undefined }

async function routeOf(op: OpName): Promise<string> {
  return firstRoutes[op] ?? (await import('virtual:routes')).routes[op] ?? ''
}

/** Puts each field of the input where the operation's row says: path, query or body. */
export async function buildRequest(op: OpName, input: object): Promise<Request> {
  const [method = '', path = '', ...names] = (await routeOf(op)).split(' ')
  const search = new URLSearchParams()
  const body: Record<string, unknown> = {}
  let url = path
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    if (url.includes(`{${name}}`)) url = url.replace(`{${name}}`, encodeURIComponent(String(value)))
    else if (names.includes(name)) search.append(name, String(value))
    else body[name] = value
  }
  const tail = search.size > 0 ? `?${search}` : ''
  return { method, url: url + tail, body: Object.keys(body).length > 0 ? JSON.stringify(body) : undefined }
}

async function readError(response: Response): Promise<CallError> {
  const fallback: ApiError = { code: 'HTTP_ERROR', message: `The daemon answered ${response.status}.` }
  try {
    const body: { error?: ApiError } = await response.json()
    return new CallError(response.status, body.error ?? fallback)
  } catch {
    return new CallError(response.status, fallback)
  }
}

/** A daemon that hangs must not hold a dialog for ever; over HTTP one that works looks the same. */
const mostMs = 60_000

/** What the API has at an address, once it is known to be there. */
export async function fetchAnswer(url: string, token: string, abort: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: abort ?? null }).catch((error: unknown) => {
    throw abort?.aborted ? error : unheard()
  })
  if (!response.ok) throw await readError(response)
  return response
}

/** One call over HTTP: for the first load, before the socket is open, and while it is down. A few require no token. */
export async function callRest<K extends OpName>(
  op: K,
  input: Input<K>,
  token?: string,
  key?: string,
  abort?: AbortSignal,
): Promise<Answer<Output<K>>> {
  const notHeard = () => {
    throw unheard(key)
  }
  // A daemon that is away has no routes either.
  const { method, url, body } = await buildRequest(op, input).catch(notHeard)
  const headers = new Headers()
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (key !== undefined) headers.set('idempotency-key', key)
  const signal = AbortSignal.any([AbortSignal.timeout(mostMs), ...(abort ? [abort] : [])])
  const response = await fetch(apiUrl(url), { method, headers, body: body ?? null, signal }).catch(notHeard)
  if (!response.ok) throw await readError(response)
  const cursors = parseCursors(response.headers.get('muster-cursor'))
  return { body: response.status === 204 ? undefined : await response.json().catch(notHeard), cursors }
}

/** Exchanges the one-use code of a start URL for the token. */
export async function redeemCode(code: string): Promise<string> {
  const { body } = await callRest('redeem_start_code', { code })
  return body.token
}
