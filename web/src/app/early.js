// Runs before the first paint, so that a chosen theme never flashes. The page itself is in app/theme.ts.
try {
  const theme = localStorage.getItem('muster.theme.shown') ?? localStorage.getItem('muster.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; the system's theme holds then.
}
