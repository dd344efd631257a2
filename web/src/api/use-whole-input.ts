import { useQuery } from '@tanstack/react-query'
import { askQuery } from '~/api/queries'

type Shown = { askId: string | undefined; input?: unknown; truncated?: boolean | undefined }
type Whole = { input: unknown; isCut: boolean }

/** Lists and events tell only the beginning of large arguments: whoever decides on them sees them whole. */
export function useWholeInput({ askId, input, truncated = false }: Shown): Whole {
  const whole = useQuery({ ...askQuery(askId ?? ''), enabled: truncated && askId !== undefined })
  return whole.data ? { input: whole.data.input, isCut: false } : { input, isCut: truncated }
}
