import { formatNumber } from '~/lib/format'

type PlusMinusProps = {
  added?: number | undefined
  removed?: number | undefined
  /** More are added than are counted. */
  isLeast?: boolean
  /** Only where a diff is read. */
  isColoured?: boolean
}

/** Lines added and removed: `+148 −37`; `+148+` where more are added than are counted. Nothing where they are not known. */
export function PlusMinus({ added, removed, isLeast = false, isColoured = false }: PlusMinusProps) {
  if (added === undefined && removed === undefined) return null
  if (!added && !removed) return null
  return (
    <span className="inline-flex justify-end gap-1.5 text-sm whitespace-nowrap">
      {!!added && (
        <span className={isColoured ? 'text-ok' : 'text-fg1'}>
          +{formatNumber(added)}
          {isLeast && '+'}
          <span className="sr-only">{isLeast ? ' or more lines added' : ' lines added'}</span>
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
