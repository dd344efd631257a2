/** All icons of the page, drawn on a grid of 16 with round strokes of 1.4. */
const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5M6.75 13V9.5h2.5V13',
  inbox: 'M2.5 9.5 4 3.5h8l1.5 6v3h-11zM2.5 9.5h3l1 1.75h3l1-1.75h3',
  branch: 'M5 3.5v9M5 9c4.5 0 6-1 6-3.5M11 5.5a1.25 1.25 0 1 0 0-2.5 1.25 1.25 0 0 0 0 2.5ZM5 13.5a1.25 1.25 0 1 0 0-2.5 1.25 1.25 0 0 0 0 2.5ZM5 5a1.25 1.25 0 1 0 0-2.5A1.25 1.25 0 0 0 5 5Z',
  folder: 'M2.5 4h4l1.5 1.75h5.5V12.5h-11z',
  plus: 'M8 3.5v9M3.5 8h9',
  play: 'M5 3.5v9l7-4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  close: 'm4 4 8 8m0-8-8 8',
  check: 'm3 8.5 3.25 3.25L13 5',
  chevron: 'm6 4 4 4-4 4',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  back: 'm9.5 4-4 4 4 4',
  send: 'M8 13V3.5M4 7l4-4 4 4',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5M7 7v3.5M9 7v3.5',
  diff: 'M8 3v5M5.5 5.5h5M5.5 12h5',
  file: 'M4 2.5h5L12 5.5v8H4zM9 2.5v3h3',
  edit: 'm3 13 .75-3L10.5 3.25l2.25 2.25L6 12.25z',
  terminal: 'm3.5 4.5 3.5 3.5-3.5 3.5M8.5 11.5h4',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.25 10.25 13.5 13.5',
  globe: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM2.5 8h11M8 2.5c3.5 3.5 3.5 7.5 0 11M8 2.5c-3.5 3.5-3.5 7.5 0 11',
  list: 'M6 4.5h7.5M6 8h7.5M6 11.5h7.5M3 4.5h.01M3 8h.01M3 11.5h.01',
  people: 'M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM2 13c0-2.5 1.75-3.75 4-3.75S10 10.5 10 13M10.5 3.25a2.25 2.25 0 0 1 0 4M11.5 9.5c1.5.5 2.5 1.75 2.5 3.5',
  tool: 'M10 2.75a3.25 3.25 0 0 0-3 4.5l-4.25 4.25 1.75 1.75L8.75 9a3.25 3.25 0 0 0 4.4-3.9L11 7.25 8.75 5l2.15-2.15A3 3 0 0 0 10 2.75Z',
  thought: 'M8 2.5c3 0 5.25 1.9 5.25 4.25S11 11 8 11c-.5 0-1 0-1.5-.15L3.75 12.5l.5-2.75C3.25 9 2.75 8 2.75 6.75 2.75 4.4 5 2.5 8 2.5Z',
  question: 'M5.75 5.75A2.25 2.25 0 1 1 8 8.25v1.5M8 12.5h.01',
  clock: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 5v3.25l2 1.25',
  sun: 'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 2v1.25M8 12.75V14M2 8h1.25M12.75 8H14M3.75 3.75l.9.9M11.35 11.35l.9.9M12.25 3.75l-.9.9M4.65 11.35l-.9.9',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z',
  screen: 'M2.5 3.5h11v7h-11zM6 13h4M8 10.5V13',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  info: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 7.5V11M8 5.25h.01',
  warn: 'M8 2.75 14 13H2zM8 6.5v3M8 11.25h.01',
  board: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h11M6 3.5v9',
  land: 'M4.5 2.5v5a3 3 0 0 0 3 3h4M9 8l2.5 2.5L9 13M4.5 10v3.5',
  filter: 'M3 4.5h10M5 8h6M7 11.5h2',
  restore: 'M3 8a5 5 0 1 1 1.5 3.55M3 12.5V9.5h3',
  more: 'M3.25 8h.5M7.75 8h.5M12.25 8h.5M3.5 7.75v.5M8 7.75v.5M12.5 7.75v.5',
  you: 'm5.5 4 4 4-4 4',
  clip: 'm11.5 7-4.25 4.25a2.4 2.4 0 0 1-3.4-3.4L8.6 3.1a1.6 1.6 0 0 1 2.3 2.3L6.3 10',
  split: 'M3 3.5h10v9H3zM8 3.5v9',
  comment: 'M3 3.5h10v7.5H8l-3 2.5V11H3z',
  fork: 'M8 13V8M8 8C8 5.5 4.5 6 4.5 3M8 8c0-2.5 3.5-2 3.5-5',
  pin: 'M6 2.5h4M6.5 2.5v4L4.5 9h7l-2-2.5v-4M8 9v4.5',
  link: 'M6.5 9.5 9.5 6.5M7 4.75 8.5 3.25a2.5 2.5 0 0 1 3.5 3.5L10.5 8.25M9 11.25 7.5 12.75a2.5 2.5 0 0 1-3.5-3.5L5.5 7.75',
  gear: 'M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 2.25v1.5M8 12.25v1.5M2.25 8h1.5M12.25 8h1.5M3.95 3.95 5 5M11 11l1.05 1.05M12.05 3.95 11 5M5 11l-1.05 1.05',
  eye: 'M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8ZM8 9.75a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z',
  undo: 'M5.5 3 2.75 5.75 5.5 8.5M3 5.75h6a3.5 3.5 0 0 1 0 7H6',
} as const

export type IconName = keyof typeof paths

/** Decoration beside a word; a control that shows only an icon gets its name from its own label. */
export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 16 16" className={`size-4 shrink-0 ${className}`} aria-hidden="true">
      <path d={paths[name]} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
