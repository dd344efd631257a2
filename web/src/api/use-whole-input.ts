import { useQuery } from '@tanstack/react-query'
import { askQuery } from '~/api/queries'

type Shown = { askId: string | undefined; input?: unknown; truncated?: boolean | undefined }
/** isCut: the rest of it is still to come, or could not be read. */
type Whole = { input: unknown; isCut: boolean; cutError: Error | null; readAgain: () => void }

/** Lists and events tell only the beginning of large arguments: whoever decides on them sees them whole. */
export function useWholeInput({ askId, input, truncated = false }: Shown): Whole {
  const { data, error, refetch } = useQuery({ ...askQuery(askId ?? ''), enabled: truncated && askId !== undefined })
  return { ...(data ? { input: data.input, isCut: false } : { input, isCut: truncated }), cutError: error, readAgain: () => void refetch() }
}
