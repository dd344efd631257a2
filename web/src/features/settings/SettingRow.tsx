import { useId, useState, type ReactNode } from 'react'
import type { SettingView } from '~/api/generated'
import { useKeepSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { valueText } from '~/features/settings/amount'
import { Control } from '~/features/settings/controls'
import { isChanged } from '~/features/settings/sections'
import { sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'

/** What was stored last, with what it replaced. */
export type Saved = { setting: SettingView; at: string }

type RowFrameProps = {
  title: ReactNode
  text: ReactNode
  /** A dot before it: somebody changed it. */
  isMarked?: boolean
  error?: ReactNode
  /** Its control takes the whole width of a phone. */
  isWide?: boolean
  children?: ReactNode
}

/** A title, one sentence, a control. */
export function RowFrame({ title, text, isMarked = false, isWide = false, error, children }: RowFrameProps) {
  return (
    <div
      className={`relative grid min-h-14 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-2 border-t border-line py-2 ${isWide ? 'max-sm:grid-cols-1' : 'max-sm:gap-x-3'}`}
    >
      {isMarked && <span aria-hidden="true" className="absolute top-1/2 -left-3.5 -mt-[3px] size-[5px] rounded-full bg-accent max-sm:-left-2.5" />}
      <div className="min-w-0">
        <div>{title}</div>
        <div className="mt-0.5 text-sm text-fg2">{text}</div>
        {error}
      </div>
      {children}
    </div>
  )
}

type SettingRowProps = {
  setting: SettingView
  /** What is known about it beyond its sentence. */
  more?: ReactNode
  onSaved: (saved: Saved) => void
}

export function SettingRow({ setting, more, onSaved }: SettingRowProps) {
  const id = useId()
  const [fault, setFault] = useState<string>()
  const keep = useKeepSetting()
  const onDone = (changed: SettingView) => {
    keep(changed)
    onSaved({ setting, at: new Date().toISOString() })
  }
  const update = useAct('update_setting', onDone)
  const reset = useAct('reset_setting', onDone)
  const refusal = update.error ?? reset.error
  const error = fault ?? (refusal ? sentence(refusal.details[setting.name]?.[0] ?? refusal.details['value']?.[0] ?? refusal.message) : undefined)
  const value = update.isPending ? update.variables.value : reset.isPending ? setting.defaultValue : setting.value
  return (
    <RowFrame
      isMarked={isChanged(setting)}
      isWide={setting.kind === 'text' || setting.kind === 'lines'}
      title={
        <>
          <span id={`${id}-name`} className="font-medium">
            {visibleName(setting.label)}
          </span>
          {isChanged(setting) && (
            <span className="ml-2 text-sm text-fg2">
              was {visibleName(valueText(setting, setting.defaultValue))}
              <button
                type="button"
                onClick={() => {
                  setFault(undefined)
                  update.reset()
                  reset.mutate({ name: setting.name })
                }}
                className="touch ml-2 h-6 rounded-sm text-fg1 hover:text-fg0 hover:underline"
              >
                Reset<span className="sr-only"> {visibleName(setting.label)}</span>
              </button>
            </span>
          )}
        </>
      }
      text={
        <span id={`${id}-text`}>
          {visible(setting.doc)}.{more}
        </span>
      }
      error={
        error !== undefined && (
          <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-err">
            {visible(error)}
          </p>
        )
      }
    >
      <Control
        setting={setting}
        value={value}
        labelledBy={`${id}-name`}
        describedBy={error === undefined ? `${id}-text` : `${id}-text ${id}-error`}
        isInvalid={error !== undefined}
        onFault={(text) => {
          setFault(text)
          update.reset()
        }}
        onValue={(next) => {
          setFault(undefined)
          update.mutate({ name: setting.name, value: next })
        }}
      />
    </RowFrame>
  )
}
