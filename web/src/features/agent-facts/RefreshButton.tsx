import { IconButton } from '~/ui/Button'

export function RefreshButton({ isBusy, onRefresh }: { isBusy: boolean; onRefresh: () => void }) {
  return <IconButton icon="restore" isSmall label={isBusy ? 'Looking' : 'Look again'} aria-disabled={isBusy || undefined} onClick={() => !isBusy && onRefresh()} />
}
