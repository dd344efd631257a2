import type { CliInstalls } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

const foldClis: Fold<CliInstalls> = (all, event) => {
  if (event.type !== 'system_updated') return all
  const { cli } = event.payload
  return { clis: all.clis.map((known) => (known.adapter === cli.adapter ? cli : known)) }
}

/** Where each agent CLI is, its version and its login; a version that is not known yet follows. */
export const clisQuery = () => liveQuery('list_clis', {}, ['app'], foldClis)
/** The checks run when they are asked for; up to ten seconds. */
export const doctorQuery = () => ({ ...readQuery('get_doctor', {}), staleTime: 60_000 })
export const holdsQuery = () => readQuery('list_holds', {})
export const intentsQuery = () => readQuery('list_intents', {})
