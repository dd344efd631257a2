import type { GitFileStatus } from '~/api/generated'

/** What happened to a file: the letter as git writes it, and the word behind it. */
export const fileStatuses: Record<GitFileStatus, { letter: string; word: string }> = {
  added: { letter: 'A', word: 'added' },
  untracked: { letter: 'U', word: 'untracked' },
  modified: { letter: 'M', word: 'modified' },
  renamed: { letter: 'R', word: 'renamed' },
  deleted: { letter: 'D', word: 'deleted' },
  copied: { letter: 'C', word: 'copied' },
  typeChanged: { letter: 'T', word: 'type changed' },
  conflicted: { letter: '!', word: 'in conflict' },
}
