import { Icon } from '~/ui/Icon'

type SelectBoxProps = { label: string; isOn: boolean; /** isRange: with Shift, all from the last one to this. */ onSelect: (isRange: boolean) => void }

/** Over the glyph of a row, which is also the box with which it is selected; to be put into what is `relative` and above the row's link. */
export function SelectBox({ label, isOn, onSelect }: SelectBoxProps) {
  return (
    <>
      <input
        type="checkbox"
        aria-label={label}
        tabIndex={-1}
        checked={isOn}
        onClick={(event) => onSelect(event.shiftKey)}
        onChange={() => undefined}
        className="peer absolute -top-[5px] -left-[5px] size-6 opacity-0"
      />
      <span
        aria-hidden="true"
        className="pointer-events-none absolute inset-0 hidden size-3.5 place-items-center rounded-[3px] bg-bg0 border border-ctl text-on-solid peer-checked:grid peer-checked:border-0 peer-checked:bg-solid peer-hover:grid peer-focus-visible:grid"
      >
        {isOn && <Icon name="check" className="size-3" />}
      </span>
    </>
  )
}
