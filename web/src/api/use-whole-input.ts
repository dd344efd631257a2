import { useQuery } from '@tanstack/react-query'
import type { CallError } from '~/api/wire'
import { askQuery } from '~/api/queries'

type Shown = { askId: string | undefined; input?: unknown; digest?: string | undefined; truncated?: boolean | undefined }
/** isCut: the rest of it is still to come, or could not be read. digest: what an answer to it is bound to. */
type Whole = { input: unknown; digest: string | undefined; isCut: boolean; cutError: Error | null; readAgain: () => void }

/**
 * Lists and events show only the beginning of large arguments: whoever decides on them sees them whole. So it is with an
 * ask whose answer was refused, since it may no longer be what was shown, and with one that names no digest.
 */
export function useWholeInput({ askId, input, digest, truncated = false }: Shown, refusal: CallError | null): Whole {
  const isNeeded = truncated || digest === undefined || refusal?.code === 'CONFLICT'
  const { data, error, refetch } = useQuery({ ...askQuery(askId ?? ''), enabled: isNeeded && askId !== undefined })
  const readAgain = () => void refetch()
  if (isNeeded && data) return { input: data.input, digest: data.digest, isCut: false, cutError: error, readAgain }
  return { input, digest, isCut: truncated, cutError: isNeeded ? error : null, readAgain }
}
