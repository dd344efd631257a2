import { useQuery } from '@tanstack/react-query'
import type { System } from '~/api/generated'
import { systemQuery } from '~/api/queries'

/** The demo's folder lies in the data folder, whatever else is opened beside it. */
export function isDemoPath({ isDemo, home }: Pick<System, 'isDemo' | 'home'>, path: string): boolean {
  return isDemo || path.startsWith(`${home.replace(/\/+$/, '')}/demo/`)
}

export function useIsDemoPath(path: string | undefined): boolean {
  const system = useQuery(systemQuery()).data
  return system !== undefined && path !== undefined && isDemoPath(system, path)
}
