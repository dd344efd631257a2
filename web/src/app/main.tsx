import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { obtainToken } from '~/api/auth'
import { openSession } from '~/api/client'
import { App } from '~/app/App'
import '~/app/styles.css'

async function start() {
  const token = await obtainToken()
  if (token !== undefined) openSession(token)
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}

void start()
