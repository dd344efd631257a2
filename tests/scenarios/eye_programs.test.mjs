// Programs of others in an eye: those of Debian's weston, one of GTK and one of Qt, where they are installed; and the eye as it runs
// in a container: no root, no seat, an empty environment.
import assert from 'node:assert/strict'
import { accessSync, constants } from 'node:fs'
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { holdFrames, openEye } from '../harness/eye.mjs'
import { build } from '../harness/program.mjs'

const COMPOSED = 2
const NOBODY = 65534
const QT = '/usr/lib/x86_64-linux-gnu/qt5'

const missing = (...files) => {
  for (const file of files) {
    try {
      accessSync(file, constants.R_OK)
    } catch {
      return `${file} is not installed`
    }
  }
  return false
}

describe('programs of others in an eye', () => {
  let folder, program
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'eye-programs-'))
    program = path.join(folder, 'muster-eye')
    await copyFile(path.join(build, 'src/eye/muster-eye'), program)
  })
  after(() => rm(folder, { recursive: true }))

  const open = (t, argv, config = {}) =>
    openEye(t, program, { width: 800, height: 600, program: { argv, route: 'wayland', env: ['NO_AT_BRIDGE=1', 'LIBGL_ALWAYS_SOFTWARE=1'] }, ...config }, { env: { HOME: folder } })

  for (const { name, argv, needs = [], frames = 30, flags = 0 } of [
    { name: 'weston-simple-shm', argv: ['weston-simple-shm'] },
    { name: 'weston-simple-damage', argv: ['weston-simple-damage'] },
    { name: 'weston-subsurfaces', argv: ['weston-subsurfaces'], flags: COMPOSED },
    { name: 'weston-scaler', argv: ['weston-scaler', '-b'], frames: 1 },
    { name: 'gtk3-demo', argv: ['gtk3-demo', '--run', 'pixbufs'] },
    {
      name: "Qt's analogclock",
      argv: [`${QT}/examples/widgets/widgets/analogclock/analogclock`],
      needs: [`${QT}/plugins/platforms/libqwayland-generic.so`],
      frames: 2,
    },
  ])
    test(`${name} is shown`, { skip: missing(...needs, path.resolve('/usr/bin', argv[0])) }, async (t) => {
      const eye = await open(t, argv)
      const frame = await holdFrames(t, eye).frame(({ frame, flags: has }) => frame >= frames && (has & flags) === flags)
      assert.ok(frame.width > 0)
      assert.deepEqual(
        eye.lines.items.filter(({ type }) => type === 'error').map(({ message }) => message),
        [],
      )
    })

  test('weston-simple-shm is stepped', { skip: missing('/usr/bin/weston-simple-shm') }, async (t) => {
    const eye = await open(t, ['weston-simple-shm'], { lockstep: true })
    const stepping = holdFrames(t, eye)
    const { step } = await stepping.frame()
    await stepping.frame((now) => now.step >= step + 100)
    assert.ok(stepping.lines.items.every(({ flags }) => !(flags & 1)), 'no step ends without a new frame')
  })

  test('an eye runs without root, without a seat and with an empty environment, and serves its own user alone', async (t) => {
    const user = process.getuid() === 0 ? NOBODY : undefined
    const own = path.join(folder, 'own')
    await mkdir(own, { recursive: true })
    const files = { eye: path.join(own, 'muster-eye'), hostile: path.join(own, 'hostile'), holder: path.join(own, 'eye-holder') }
    await copyFile(program, files.eye)
    for (const [name, file] of [
      ['hostile', files.hostile],
      ['eye-holder', files.holder],
    ])
      await copyFile(path.join(build, 'tests/eye', name), file)
    if (user) await chown(own, user, user)
    // The way to it, as far as it is closed to others.
    for (let at = folder; (await stat(at)).mode % 0o10 === 0; at = path.dirname(at)) await chmod(at, 0o711)
    const env = { HOME: own, TMPDIR: own, XDG_RUNTIME_DIR: undefined, DBUS_SESSION_BUS_ADDRESS: undefined, XDG_SEAT: undefined, DISPLAY: undefined }
    const eye = await openEye(t, files.eye, { program: { argv: [files.hostile, 'draw', '0'], route: 'wayland' } }, { env, user })
    const status = await readFile(`/proc/${eye.pid}/status`, 'utf8')
    assert.match(status, /CapEff:\s+0+$/m)
    if (user) assert.match(status, new RegExp(`^Uid:\\s+${user}\\s+${user}`, 'm'))
    await holdFrames(t, eye, { file: files.holder, user }).frame(({ frame }) => frame > 10)
    if (!user) return
    const other = holdFrames(t, eye) // root, who is another user
    const [code] = await other.ended
    assert.deepEqual([code, other.lines.items.length], [1, 0])
  })
})
