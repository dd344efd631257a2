import type { EyeSetupIn, SettingView } from '~/api/generated'

/** The setup of a new eye as the settings have it. `hasSocket`: only one eye can have the path that they name. */
export function setupOf(settings: readonly SettingView[], hasSocket: boolean): EyeSetupIn {
  const valueOf = (name: string) => settings.find((setting) => setting.name === name)?.value
  const size = /^(\d+)x(\d+)$/.exec(String(valueOf('eye.size') ?? ''))
  const [lockstep, buffers, socketPath] = ['eye.lockstep', 'eye.buffers', 'eye.socket_path'].map(valueOf)
  return {
    ...(size && { width: Number(size[1]), height: Number(size[2]) }),
    ...(lockstep !== undefined && { lockstep: String(lockstep) === 'true' }),
    ...(buffers !== undefined && { buffers: Number(buffers) }),
    ...(hasSocket && socketPath !== undefined && String(socketPath) !== '' && { socketPath: String(socketPath) }),
  }
}
