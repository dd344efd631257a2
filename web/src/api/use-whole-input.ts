import { useQuery } from '@tanstack/react-query'
import type { CallError } from '~/api/wire'
import { askQuery } from '~/api/workspace-queries'

type Shown = { askId: string | undefined; input?: unknown; digest?: string | undefined; truncated?: boolean | undefined }
/** isCut: the rest has not been read yet, or could not be read. digest: what an answer is bound to. */
type Whole = { input: unknown; digest: string | undefined; isCut: boolean; cutError: Error | null; readAgain: () => void }

/**
 * Lists and events show only the beginning of large arguments; a person who decides on them sees all of them. The same holds for an
 * ask whose answer was refused, since it may have changed since it was shown, and for one that carries no digest.
 */
export function useWholeInput({ askId, input, digest, truncated = false }: Shown, refusal: CallError | null): Whole {
  const isNeeded = truncated || digest === undefined || refusal?.code === 'CONFLICT'
  const { data, error, refetch } = useQuery({ ...askQuery(askId ?? ''), enabled: isNeeded && askId !== undefined })
  const readAgain = () => void refetch()
  if (isNeeded && data) return { input: data.input, digest: data.digest, isCut: false, cutError: error, readAgain }
  return { input, digest, isCut: truncated, cutError: isNeeded ? error : null, readAgain }
}
