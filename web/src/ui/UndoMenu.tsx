import { formatMinute } from '~/lib/format'
import { useStore } from '~/lib/store'
import { acts, undoable, undoAct } from '~/lib/undo'
import { Menu } from '~/ui/Menu'

/** The last acts that can be taken back, as a menu; nothing while there are none. */
export function UndoMenu() {
  const open = undoable(useStore(acts))
  if (open.length === 0) return null
  const items = open.map(({ id, text, at }) => ({ label: text, hint: formatMinute(at), run: () => undoAct(id) }))
  return <Menu label="Undo" icon="undo" isSmall items={[{ heading: 'Undo' }, ...items]} />
}
