import type { Eye } from '~/api/generated'
import { inTerminal, type Row } from '~/features/palette/rows'
import { eyeStatus } from '~/lib/eye-status'

/** Eyes, newest first: loaded where there are some. */
export function rowsOfEyes(eyes: readonly Eye[], go: (address: string) => void): readonly Row[] {
  return eyes.map((eye) => {
    const { id, name, gameId } = eye
    const { word, reason } = eyeStatus(eye)
    return {
      id,
      label: name,
      hint: ['eye', word.toLowerCase(), reason].filter(Boolean).join(', '),
      words: gameId,
      glyph: { icon: 'eye' },
      command: inTerminal('eye', 'show', id),
      run: () => go(`/eyes/${id}`),
    }
  })
}
