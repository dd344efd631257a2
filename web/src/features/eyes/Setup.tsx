import { useState, type ReactNode } from 'react'
import type { Eye, Game } from '~/api/generated'
import { ChangeEye } from '~/features/eyes/ChangeEye'
import { keySign } from '~/features/eyes/key-codes'
import { said, setupText, sizeText } from '~/features/eyes/words'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { CopyButton } from '~/ui/CopyButton'
import { Section } from '~/ui/Section'

/** How the eye was started, where it can be reached, and what its game's manifest says. */
export function Setup({ eye, game }: { eye: Eye; game: Game | undefined }) {
  const [isOpen, setOpen] = useState(false)
  const { config, sockets } = eye
  const manifest = game?.manifest
  return (
    <div className="flex flex-col gap-5">
      <Section
        title="How it runs"
        more={
          <Button isSmall onClick={() => setOpen(true)}>
            Change…
          </Button>
        }
      >
        <dl>
          <Fact name="Size">{sizeText(eye.status ?? config)}</Fact>
          <Fact name="Steps">{setupText(config)}</Fact>
          <Fact name="Step time-out">{`${config.stepTimeoutMs} ms`}</Fact>
          <Fact name="Buffers">{config.buffers}</Fact>
          <Fact name="Window">{config.route === 'auto' ? 'Wayland, or Xwayland if that fails' : config.route === 'x11' ? 'through Xwayland' : 'Wayland'}</Fact>
          {config.clock !== 'real' && <Fact name="Seed">{config.seed}</Fact>}
          <Fact name="Cursor">{config.drawsCursor ? 'in the frames' : 'not in the frames'}</Fact>
          <Fact name="At the game’s end">{config.isRestarted ? 'it is started again' : 'the eye stays, without a game'}</Fact>
          <Fact name="Keys denied">{config.deniedKeys && config.deniedKeys.length > 0 ? config.deniedKeys.map(visibleName).join(', ') : 'those that no game gets'}</Fact>
        </dl>
      </Section>
      {sockets && (
        <Section title="Where consumers reach it">
          <dl>
            <Fact name="Version 2"><Path text={sockets.socket} /></Fact>
            <Fact name="Version 1"><Path text={sockets.frameSocket} /></Fact>
            <Fact name="Wayland"><Path text={sockets.wayland} /></Fact>
            {sockets.display !== undefined && <Fact name="DISPLAY">{visibleName(sockets.display)}</Fact>}
          </dl>
        </Section>
      )}
      {game && manifest && (
        <Section title="The game’s manifest" count={game.source === 'builtin' ? 'comes with Muster' : game.source === 'own' ? 'yours' : 'from its desktop entry'}>
          <dl>
            <Fact name="File"><Path text={game.path} /></Fact>
            <Fact name="Command"><Path text={manifest.command.join(' ')} /></Fact>
            {manifest.package !== undefined && <Fact name="Package">{visibleName(manifest.package)}</Fact>}
            {manifest.keys?.map(({ does, keys }) => (
              <Fact key={does} name={visibleName(does)}>{keys.map((key) => visibleName(keySign(key))).join(', ')}</Fact>
            ))}
            {manifest.notes !== undefined && <Fact name="Notes">{visible(said(manifest.notes))}</Fact>}
          </dl>
        </Section>
      )}
      {isOpen && <ChangeEye eye={eye} onClose={() => setOpen(false)} />}
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="eye-fact min-h-7 items-baseline border-t border-line py-1">
      <dt className="text-sm text-fg2">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere] text-fg1">{children}</dd>
    </div>
  )
}

function Path({ text }: { text: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">{visibleName(text)}</span>
      <CopyButton text={text} label="Copy" />
    </span>
  )
}
