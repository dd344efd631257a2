// Debian's Chromium with playwright-core, offline and with a new profile.
import { chromium } from 'playwright-core'

const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

export function launchBrowser({ args = [], ...options } = {}) {
  // Chromium's own sandbox refuses to run as root.
  const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, ...asRoot, ...args], ...options })
}
