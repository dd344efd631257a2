import { useUiState } from '~/api/ui-state'
import { filesKey, parseFiles, uploadsOf } from '~/features/composer/uploads'
import { useStore } from '~/lib/store'

/** The files that go with the next prompt: those that are there, and those on their way. */
export function useAttachments(agentId: string) {
  const [files] = useUiState(filesKey(agentId), parseFiles)
  const { store, add, retry, cancel, remove, take } = uploadsOf(agentId)
  const uploads = useStore(store)
  const isUploading = uploads.some(({ fault }) => fault === undefined)
  return { files, uploads, isUploading, add, retry, cancel, remove, take }
}

export type Attaching = ReturnType<typeof useAttachments>
