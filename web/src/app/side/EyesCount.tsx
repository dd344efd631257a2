import { useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import { eyesQuery, isAlive } from '~/api/eye-list'
import { useStored } from '~/app/layout'

/**
 * How many eyes live. The bar has a row for them from the first one on; it is remembered, so that the row is there at once when the
 * page is opened again.
 */
export function EyesCount() {
  const eyes = useQuery(eyesQuery()).data?.eyes
  const [, setShown] = useStored('side.eyes', false)
  const has = eyes && eyes.length > 0
  const keep = useEffectEvent((isShown: boolean) => setShown(isShown))
  useEffect(() => {
    if (has !== undefined) keep(has)
  }, [has])
  return eyes?.filter(isAlive).length || null
}
