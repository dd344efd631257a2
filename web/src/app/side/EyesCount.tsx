import { useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import { eyesQuery, isAlive } from '~/api/eye-queries'
import { useStored } from '~/app/layout'
import { eyeStatus } from '~/lib/eye-status'

/**
 * How many eyes live and, in red, how many have failed. The bar has a row for them from the first one on; it is remembered, so that
 * the row is there at once when the page is opened again.
 */
export function EyesCount() {
  const eyes = useQuery(eyesQuery()).data?.eyes
  const [, setShown] = useStored('side.eyes', false)
  const has = eyes === undefined ? undefined : eyes.length > 0
  const keep = useEffectEvent((isShown: boolean) => setShown(isShown))
  useEffect(() => {
    if (has !== undefined) keep(has)
  }, [has])
  if (!eyes) return null
  const alive = eyes.filter(isAlive)
  const failed = alive.filter((eye) => eyeStatus(eye).look === 'error').length
  return (
    <>
      {failed > 0 && <span className="mr-1.5 font-medium text-err">{failed} failed</span>}
      {alive.length > 0 && alive.length}
    </>
  )
}
