import type { Checkpoint } from '~/api/generated'

/** The newest checkpoint at or before a time whose files can be shown. */
export function checkpointAt(checkpoints: readonly Checkpoint[], at: number): Checkpoint | undefined {
  return checkpoints
    .filter(({ state, at: when }) => state === 'taken' && Date.parse(when) <= at)
    .reduce<Checkpoint | undefined>((newest, one) => (newest && newest.at >= one.at ? newest : one), undefined)
}
