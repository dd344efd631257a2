/** What can be done with a row above the words: a word that is pressed. */
export function RowAct({ label, isOff = false, run }: { label: string; isOff?: boolean; run: () => void }) {
  return (
    <button
      type="button"
      aria-disabled={isOff || undefined}
      onClick={() => !isOff && run()}
      className="touch h-6 rounded-sm px-1 whitespace-nowrap text-fg1 underline-offset-3 hover:text-fg0 hover:underline"
    >
      {label}
    </button>
  )
}
