import { longest } from '~/api/generated'
import { CallError, type OpName } from '~/api/wire'
import { locale } from '~/lib/locale'

/** As the daemon counts: a character outside of the basic plane is one. */
function countCharacters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}

/** Why a text is refused by its length, with the length and the limit; undefined if it is accepted. */
export function tooLong(op: OpName, field: string, text: string): string | undefined {
  const most = longest[op]?.[field]
  if (most === undefined || text.length <= most) return undefined
  const length = countCharacters(text)
  return length > most ? `The text has ${length.toLocaleString(locale)} characters; at most ${most.toLocaleString(locale)} are accepted.` : undefined
}

/** Before anything is sent: a text over its limit would be refused, and one of megabytes without a word about its own limit. */
export function checkLengths(op: OpName, input: object) {
  for (const [field, value] of Object.entries(input)) {
    const why = typeof value === 'string' ? tooLong(op, field, value) : undefined
    if (why !== undefined) throw new CallError(400, { code: 'VALIDATION_ERROR', message: why, details: { [field]: [why] } })
  }
}
