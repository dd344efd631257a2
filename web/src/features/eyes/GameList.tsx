import { useId, useState } from 'react'
import type { Game } from '~/api/generated'
import { canStart, foundGames, missingText, ownText } from '~/features/eyes/start-draft'
import { visible, visibleName } from '~/lib/visible'
import { TextField } from '~/ui/Field'

type GameListProps = { games: readonly Game[]; chosen: string; onChoose: (id: string) => void }

/** What can run in an eye: one of the list, with what keeps the others from it. */
export function GameList({ games, chosen, onChoose }: GameListProps) {
  const [text, setText] = useState('')
  const name = useId()
  const found = foundGames(games, text)
  return (
    <div className="flex min-h-0 flex-col gap-2">
      <TextField label="Game" type="search" placeholder="Filter" value={text} onText={setText} />
      <fieldset className="eye-games shrink-0 overflow-y-auto rounded-md border border-line">
        <legend className="sr-only">Games</legend>
        {text === '' && <GameRow name={name} id="" title="Test pattern" hint="no program: frames that move, to try a consumer" isOn={chosen === ''} onChoose={onChoose} />}
        {found.map((game) => (
          <GameRow
            key={game.id}
            name={name}
            id={game.id}
            title={game.name}
            hint={canStart(game) ? ownText(game) : missingText(game)}
            isOff={!canStart(game)}
            isOn={chosen === game.id}
            onChoose={onChoose}
          />
        ))}
        {found.length === 0 && <p className="px-3 py-2 text-fg2">No game has these words.</p>}
      </fieldset>
    </div>
  )
}

type GameRowProps = { name: string; id: string; title: string; hint: string; isOn: boolean; isOff?: boolean; onChoose: (id: string) => void }

function GameRow({ name, id, title, hint, isOn, isOff = false, onChoose }: GameRowProps) {
  return (
    <label className="eye-game touch flex min-h-8 items-start gap-2 px-3 py-1.5">
      <input type="radio" name={name} checked={isOn} disabled={isOff} onChange={() => onChoose(id)} className="mt-[3px] size-3.5 shrink-0" />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <span className={isOff ? 'text-fg2' : 'font-medium'}>{visibleName(title)}</span>
        {hint && <span className="block text-sm text-fg2">{visible(hint)}</span>}
      </span>
    </label>
  )
}
