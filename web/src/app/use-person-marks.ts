import { useEffect } from 'react'

/** What belongs to the person and not to this browser is kept on every page, once its code is here. */
export function usePersonMarks() {
  useEffect(() => {
    let end: (() => void) | undefined
    let hasLeft = false
    void import('~/api/person-marks').then(({ keepMarks }) => {
      if (!hasLeft) end = keepMarks()
    })
    return () => {
      hasLeft = true
      end?.()
    }
  }, [])
}
