import { useQuery } from '@tanstack/react-query'
import type { System } from '~/api/generated'
import { systemQuery } from '~/api/queries'

/** The sample of the demo is in the data folder. */
export function isSamplePath({ home }: Pick<System, 'home'>, path: string): boolean {
  return path.startsWith(`${home.replace(/\/+$/, '')}/demo/`)
}

/** A demo daemon is a demo as a whole, whatever else is opened beside the sample. */
export function isDemoPath(system: Pick<System, 'isDemo' | 'home'>, path: string): boolean {
  return system.isDemo || isSamplePath(system, path)
}

export function useIsDemoPath(path: string | undefined): boolean {
  const system = useQuery(systemQuery()).data
  return system !== undefined && path !== undefined && isDemoPath(system, path)
}
