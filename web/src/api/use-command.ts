import { useQuery } from '@tanstack/react-query'
import { systemQuery } from '~/api/queries'
import { visibleName } from '~/lib/visible'

/** A command of Muster as it works in a terminal: with the path of the program and the data folder where it needs them. */
export function useCommand(words: string): string | undefined {
  const command = useQuery(systemQuery()).data?.command
  return command === undefined ? undefined : visibleName(`${command} ${words}`)
}
