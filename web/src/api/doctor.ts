import type { CliInstall, CliInstalls } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

const foldClis: Fold<CliInstalls> = (all, event) => {
  if (event.type !== 'system_updated') return all
  const { cli } = event.payload
  return { clis: all.clis.map((known) => (known.adapter === cli.adapter ? cli : known)) }
}

/** Where each agent CLI is, its version and its login; a version that is not known yet follows. */
export const clisQuery = () => liveQuery('list_clis', {}, ['app'], foldClis)
type Found = Pick<CliInstall, 'found' | 'demoFound' | 'login'>

/** An agent of it can begin to work: it is installed and signed in; the demo brings its own along, for which nobody signs in. */
export const isReady = ({ found, demoFound = false, login }: Found, isDemo: boolean) => (found && login !== 'logged_out') || (isDemo && demoFound)
/** The checks run when they are asked for; up to ten seconds. */
export const doctorQuery = () => ({ ...readQuery('get_doctor', {}), staleTime: 60_000 })
export const holdsQuery = () => readQuery('list_holds', {})
export const intentsQuery = () => readQuery('list_intents', {})
