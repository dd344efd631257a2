import { formatNumber } from '~/lib/format'

type PlusMinusProps = {
  added: number | undefined
  removed: number | undefined
  /** Only where a diff is read. */
  isColoured?: boolean
}

/** Lines added and removed: `+148 −37`. Nothing where they are not known. */
export function PlusMinus({ added, removed, isColoured = false }: PlusMinusProps) {
  if (added === undefined && removed === undefined) return null
  if (!added && !removed) return null
  return (
    <span className="inline-flex justify-end gap-1.5 text-sm whitespace-nowrap">
      {!!added && (
        <span className={isColoured ? 'text-ok' : 'text-fg1'}>
          +{formatNumber(added)}
          <span className="sr-only"> lines added</span>
        </span>
      )}
      {!!removed && (
        <span className={isColoured ? 'text-err' : 'text-fg2'}>
          −{formatNumber(removed)}
          <span className="sr-only"> lines removed</span>
        </span>
      )}
    </span>
  )
}
