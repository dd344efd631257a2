// What the frame and Home read: part of the first load.
import { foldOpenAsks } from '~/api/asks'
import { foldSettings, foldSystem } from '~/api/frame-folds'
import { liveQuery, readQuery } from '~/api/live'
import { callRest } from '~/api/rest'

/** For a page without a token. */
export const signInQuery = () => ({ queryKey: ['get_sign_in'], queryFn: async () => (await callRest('get_sign_in', {})).body })
/** A different daemon may answer after a disconnect. */
export const systemQuery = () => {
  const query = liveQuery('get_system', {}, ['app'], foldSystem)
  return { ...query, meta: { ...query.meta, isOfDaemon: true } }
}
/** Measured when it is read. */
export const storageQuery = () => readQuery('get_storage', {})
export const settingsQuery = () => liveQuery('list_settings', {}, ['app'], foldSettings)
/** As many as the daemon returns at once, newest first. */
export const mostAsks = 200
export const openAsksQuery = () => liveQuery('list_asks', { state: 'open', limit: mostAsks }, ['inbox/'], foldOpenAsks)
/** Many agents at work use something many times a second. */
export const usageEveryMs = 2_000
export const usageQuery = () => liveQuery('get_usage', {}, ['usage/'], () => 'refetch', usageEveryMs)
