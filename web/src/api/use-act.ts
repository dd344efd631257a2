import { useMutation } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { call } from '~/api/client'
import { foldNow } from '~/api/fold-soon'
import { CallError, type Input, type OpName, type Output } from '~/api/wire'

declare module '@tanstack/react-query' {
  interface Register {
    /** hasPlace: the component that started the action still shows its error. canRepeat: its key makes sure that it is done once. */
    mutationMeta: { hasPlace: () => boolean; canRepeat?: boolean }
  }
}

/**
 * The idempotency key, one for each action of a person. An action whose outcome is unknown keeps its key when it is retried, so
 * that it is done once.
 */
function useKeys() {
  const unheard = useRef<{ of: string; key: string } | undefined>(undefined)
  return async function withKey<T>(input: object, run: (key: string) => Promise<T>): Promise<T> {
    const of = JSON.stringify(input)
    const { key } = unheard.current?.of === of ? unheard.current : { key: crypto.randomUUID() }
    unheard.current = undefined
    try {
      return await run(key)
    } catch (error) {
      if (error instanceof CallError && error.status === 0) unheard.current = { of, key }
      throw error
    }
  }
}

/** Whether the component that uses it is still there. */
export function useIsMounted() {
  const isMounted = useRef(false)
  useEffect(() => {
    isMounted.current = true
    return () => {
      isMounted.current = false
    }
  }, [])
  return isMounted
}

/** What follows one call: also when its component is gone by then, or has begun another call. */
type After<K extends OpName> = { onSuccess?: (output: Output<K>) => void; onError?: (error: CallError) => void }

/**
 * A person's action: one writing call, its progress and its error, which is `shown` where it started. If it is to be
 * `toasted`, or its component is gone by then, it becomes a toast; `onDone` is called either way.
 */
export function useAct<K extends OpName>(
  op: K,
  onDone?: (output: Output<K>, input: Input<K>) => void,
  errors: 'shown' | 'toasted' = 'shown',
) {
  const withKey = useKeys()
  const isMounted = useIsMounted()
  const { mutateAsync, ...act } = useMutation<Output<K>, CallError, Input<K>>({
    mutationFn: (input) => withKey(input, async (key) => (await call(op, input, key)).body),
    onSuccess: (output, input) => {
      foldNow()
      onDone?.(output, input)
    },
    meta: { hasPlace: () => errors === 'shown' && isMounted.current, canRepeat: true },
  })
  const mutate = useCallback(
    (input: Input<K>, { onSuccess, onError }: After<K> = {}) => void mutateAsync(input).then(onSuccess, (error: CallError) => onError?.(error)),
    [mutateAsync],
  )
  return { ...act, mutateAsync, mutate }
}
