/** Of a renderer that draws on the processor: with it WebGL is several times slower than the DOM. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i
const clears = 20
const mostMs = 10

let known: boolean | undefined

/** Whether WebGL is worth having here: a real GPU, by its name and, where the name is hidden, by its speed. Asked once a page. */
export function hasFastGpu(): boolean {
  known ??= probe()
  return known
}

function probe(): boolean {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 256
  const gl = canvas.getContext('webgl2', { failIfMajorPerformanceCaveat: true })
  if (!gl) return false
  try {
    const info = gl.getExtension('WEBGL_debug_renderer_info')
    if (info && software.test(String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)))) return false
    const pixel = new Uint8Array(4)
    const begin = performance.now()
    for (let i = 0; i < clears; i++) {
      gl.clearColor(i / clears, 0, 0, 1)
      gl.clear(gl.COLOR_BUFFER_BIT)
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel)
    }
    return performance.now() - begin < mostMs
  } finally {
    gl.getExtension('WEBGL_lose_context')?.loseContext()
  }
}
