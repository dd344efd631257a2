import { useMutation } from '@tanstack/react-query'
import { act } from '~/api/client'
import { CallError, type Input, type OpName, type Output } from '~/api/wire'

/** A person's act: one writing call, its progress and its error. */
export function useAct<K extends OpName>(op: K, onDone?: (output: Output<K>) => void) {
  return useMutation<Output<K>, CallError, Input<K>>({
    mutationFn: (input) => act(op, input),
    onSuccess: (output) => onDone?.(output),
  })
}
