// A small disk that can be full: a tmpfs, mounted in the namespace of muster-reap.
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { build, runToEnd } from './program.mjs'

const MOUNTER = path.join(build, 'tests/harness/muster-disk')
const BLOCKS = [2 ** 20, 4096].map((size) => Buffer.alloc(size)) // the second is a page, tmpfs(5)

export class SmallDisk {
  /** Over that folder, which exists. `why` is set where this cannot be done. */
  static async mount(folder, mib) {
    const disk = new SmallDisk()
    const { code, err } = await runToEnd(MOUNTER, [folder, String(mib)], { code: null })
    disk.folder = folder
    disk.filling = path.join(folder, 'filling')
    if (code !== 0) disk.why = `cannot mount a small disk: ${err}`
    return disk
  }

  /** Takes all that is free, but for `leave` bytes. */
  async fill({ leave = 0 } = {}) {
    const file = await open(this.filling, 'a')
    let size = 0
    for (const bytes of BLOCKS)
      while ((await file.write(bytes).catch(() => ({ bytesWritten: 0 }))).bytesWritten === bytes.length) size += bytes.length
    if (leave) await file.truncate(size - leave)
    await file.close()
  }

  free() {
    return rm(this.filling, { force: true })
  }

  unmount() {
    return runToEnd(MOUNTER, [this.folder])
  }
}

/**
 * Takes all that is free where the store is, so that not even the smallest write finds room. The journal is emptied first: it may take
 * more in room that it has already, and once it is full somebody else may empty it.
 */
export async function fillWithStore(disk, daemon) {
  let status
  do {
    await disk.free()
    await runToEnd('sqlite3', [path.join(daemon.home, 'muster.db'), '.timeout 10000', 'PRAGMA wal_checkpoint(TRUNCATE)'])
    await disk.fill()
    ;({ status } = await daemon.api('PUT', '/api/settings/max_context_warning', { value: '50' }))
  } while (status !== 507)
}
