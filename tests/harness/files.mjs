// Waiting for files.
import { watch } from 'node:fs'
import { Feed } from './wait.mjs'

/** Waits until `holds()` is true; calls it again whenever something in the folder changed. */
export async function untilFolder(folder, holds) {
  const news = new Feed()
  const watcher = watch(folder, (_, name) => news.push(name))
  try {
    for (;;) {
      const from = news.items.length
      if (await holds()) return
      await news.waitFor(() => true, { what: `a change in ${folder} that makes ${holds} true`, from })
    }
  } finally {
    watcher.close()
  }
}
