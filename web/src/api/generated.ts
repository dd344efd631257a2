// Written by muster-gen from the operation, shape and event tables of the daemon. Do not edit.

export type AgentStatusWord = 'running' | 'waiting' | 'finished' | 'error'
export type AgentReason =
  | 'not_started'
  | 'starting'
  | 'working'
  | 'retrying'
  | 'paused'
  | 'held'
  | 'permission'
  | 'question'
  | 'plan'
  | 'turn_done'
  | 'stopped'
  | 'exited'
  | 'interrupted'
  | 'api'
  | 'exit'
  | 'hold_lost'
  | 'disk_full'
  | 'missing_cli'
  | 'limit'
export type StatusSource = 'protocol' | 'event' | 'process' | 'user' | 'supervisor'
export type AgentMode = 'regular' | 'plan' | 'auto'
export type AgentPermission = 'read' | 'write' | 'execute'
export type ToolKind = 'other' | 'read' | 'edit' | 'execute' | 'search' | 'fetch' | 'plan' | 'ask' | 'agent'
export type AskKind = 'permission' | 'question' | 'plan'
export type AskDecision = 'allow' | 'allow_always' | 'deny' | 'answer'
export type AskState = 'open' | 'answered' | 'cancelled' | 'void'
export type AnswerDecision = 'allow' | 'allow_always' | 'deny' | 'answer'
export type GitLineType = 'context' | 'added' | 'removed'
export type GitFileStatus =
  | 'added'
  | 'modified'
  | 'deleted'
  | 'renamed'
  | 'copied'
  | 'typeChanged'
  | 'conflicted'
  | 'untracked'
export type CancelWhy = 'cancelled' | 'turn_end' | 'exit'
export type TurnOutcome = 'ok' | 'error' | 'interrupted'
export type NoticeLevel = 'info' | 'warning' | 'error'
export type MessageState = 'queued' | 'sent' | 'delivery_unknown'

export type Cursor = { topic: string; generation: number; seq: number }
export type ApiError = { code: string; message: string; details?: Record<string, string[]> }

export type AgentLimits = { wallMinutes?: number; memoryMib?: number; processes?: number }
export type Agent = {
  id: string
  worktreeId: string
  workspaceId: string
  name: string
  status: AgentStatusWord
  statusReason: AgentReason
  statusSource: StatusSource
  statusSince?: string
  statusDetail?: string
  contextLevel: number
  mode: AgentMode
  permissions: string[]
  displayOrder: number
  createdAt: string
  updatedAt: string
  adapter: string
  command?: string[]
  model?: string
  isDemo?: boolean
  launchId?: string
  limits?: AgentLimits
  pid?: number
  sessionId?: string
  startedAt?: string
  stoppedAt?: string
  deletedAt?: string
  parentAgentId?: string
}
export type WorktreeSort = 'free' | 'status' | 'name'
export type Worktree = {
  id: string
  workspaceId: string
  name: string
  branch: string
  path: string
  sortMode: WorktreeSort
  displayOrder: number
  isMain: boolean
  createdAt: string
  updatedAt: string
  isDetached: boolean
  note?: string
}
export type GitStatus = {
  isClean: boolean
  ahead: number
  behind: number
  modified: string[]
  staged: string[]
  untracked: string[]
  conflicted: string[]
  unverified: string[]
  branch: string
  isDetached: boolean
  head?: string
  upstream?: string
  truncated: boolean
}
export type WorktreeDetail = {
  id: string
  workspaceId: string
  name: string
  branch: string
  path: string
  sortMode: WorktreeSort
  displayOrder: number
  isMain: boolean
  createdAt: string
  updatedAt: string
  isDetached: boolean
  note?: string
  agents: unknown
  previousAgents: unknown
}
export type Workspace = {
  id: string
  name: string
  path: string
  worktreeCount: number
  agentCount: number
  createdAt: string
  updatedAt: string
}
export type WorkspaceDetail = {
  id: string
  name: string
  path: string
  worktreeCount: number
  agentCount: number
  createdAt: string
  updatedAt: string
  worktrees: WorktreeDetail[]
  notes?: string[]
}
export type WorkspaceChange = { workspaceId: string; change: string; data: unknown }
export type WorkspaceNews = { workspaceId: string; name: string; path: string }
export type WorktreeStatus = { worktreeId: string; status?: GitStatus; source: string; error?: string }
export type TrashEntry = {
  id: string
  worktreeId: string
  workspaceId: string
  name: string
  bytes: number
  removedAt: string
  keepUntil?: string
}
export type Trash = { entries: TrashEntry[]; totalBytes: number; isOverCap: boolean }
export type GitBranches = { local: string[]; remote: string[]; current: string }
export type GitDiffLine = {
  type: GitLineType
  oldLine?: number
  newLine?: number
  text: string
  noNewline?: boolean
}
export type GitDiffHunk = {
  oldStart: number
  oldLines: number
  newStart: number
  newLines: number
  section: string
  lines: GitDiffLine[]
}
export type GitDiffFile = {
  path: string
  oldPath?: string
  status: GitFileStatus
  oldMode?: string
  newMode?: string
  added: number
  removed: number
  isBinary: boolean
  truncated: boolean
  hunks: GitDiffHunk[]
}
export type GitDiff = {
  files: GitDiffFile[]
  totalFiles: number
  totalAdded: number
  totalRemoved: number
  head?: string
  truncated: boolean
}
export type FolderEntry = { name: string; path: string; isRepository: boolean }
export type Folders = { path: string; parent?: string; entries: FolderEntry[]; truncated: boolean }
export type Ask = {
  id: string
  agentId: string
  worktreeId: string
  workspaceId: string
  kind: string
  tool: string
  title?: string
  reason?: string
  toolId?: string
  plan?: string
  input?: unknown
  suggestions?: unknown
  digest: string
  state: AskState
  decision?: string
  message?: string
  answeredBy?: string
  createdAt: string
  answeredAt?: string
}
export type MessageAccepted = { messageId: string; status: MessageState; running: boolean }
export type UsageWindow = { used: number; limit: number; resetTime: string }
export type UsageTotals = {
  tokensUsed: number
  requestCount: number
  inputTokens: number
  outputTokens: number
  costMicros: number
}
export type Usage = {
  daily: UsageWindow
  weekly: UsageWindow
  sonnetOnly: UsageWindow
  today: UsageTotals
  thisWeek: UsageTotals
  thisMonth: UsageTotals
}
export type CliInstall = {
  found: boolean
  path?: string
  version?: string
  loginFound: boolean
  installCommand: string
}
export type System = { version: string; isDemo: boolean; home: string; claude: CliInstall }
export type DemoStarted = { workspace: Workspace; modelUrl: string }

export type EvSession = { sessionId: string; model?: string; mode?: string; version?: string; resumable?: boolean }
export type AgentStatus = {
  status: AgentStatusWord
  reason: AgentReason
  source: StatusSource
  since?: string
  detail?: string
}
export type EvText = {
  block: string
  text: string
  parent?: string
  isError?: boolean
  truncated?: boolean
  size?: number
}
export type EvTextDelta = { block: string; text: string; parent?: string }
export type EvToolStart = {
  toolId: string
  name: string
  kind: ToolKind
  title?: string
  input?: unknown
  parent?: string
  truncated?: boolean
  size?: number
}
export type EvToolProgress = { toolId: string; state?: string; text?: string; tokens?: number }
export type EvToolEnd = {
  toolId: string
  isError: boolean
  output: string
  path?: string
  parent?: string
  truncated?: boolean
  size?: number
}
export type EvAsk = {
  askId?: string
  requestId: string
  kind: AskKind
  tool: string
  title?: string
  reason?: string
  toolId?: string
  parent?: string
  input?: unknown
  suggestions?: unknown
  truncated?: boolean
  size?: number
}
export type EvAskCancel = { askId?: string; requestId: string; why: CancelWhy }
export type EvAskAnswered = {
  askId: string
  requestId: string
  decision: AskDecision
  message?: string
  by?: string
  isEdited?: boolean
}
export type EvContext = { used: number; window: number; level: number; isAssumed?: boolean }
export type EvUsage = {
  model: string
  input: number
  output: number
  cacheRead: number
  cacheCreation: number
  costMicros: number
  requests: number
}
export type EvPlanEntry = { text: string; state: string }
export type EvPlan = { entries: EvPlanEntry[] }
export type EvTurnEnd = {
  outcome: TurnOutcome
  code?: string
  text?: string
  httpStatus?: number
  durationMs?: number
  steps?: number
}
export type EvNotice = { level: NoticeLevel; code: string; text: string }
export type EvMessage = {
  messageId: string
  state: MessageState
  text?: string
  truncated?: boolean
  size?: number
}
export type EvExit = { code?: number; signal?: number; isClean: boolean; text?: string; beforeSession?: boolean }
export type EvGap = { from: number; to: number; reason: string }
export type EvUnknown = { type?: string; text: string; size: number }

export type Events = {
  session: EvSession
  status: AgentStatus
  text: EvText
  text_delta: EvTextDelta
  thought: EvText
  tool_start: EvToolStart
  tool_progress: EvToolProgress
  tool_end: EvToolEnd
  ask: EvAsk
  ask_cancel: EvAskCancel
  ask_answered: EvAskAnswered
  context: EvContext
  usage: EvUsage
  plan: EvPlan
  turn_end: EvTurnEnd
  notice: EvNotice
  message: EvMessage
  exit: EvExit
  gap: EvGap
  unknown: EvUnknown
  workspace_updated: WorkspaceChange
  workspace_opened: WorkspaceNews
  workspace_closed: WorkspaceNews
  git_status: WorktreeStatus
}

export type Operations = {
  get_system: { input: Record<string, never>; output: System }
  start_demo: { input: Record<string, never>; output: DemoStarted }
  browse_folders: { input: { path?: string }; output: Folders }
  list_workspaces: { input: Record<string, never>; output: { workspaces: Workspace[] } }
  create_workspace: { input: { path: string }; output: Workspace }
  get_workspace: { input: { workspaceId: string }; output: WorkspaceDetail }
  delete_workspace: { input: { workspaceId: string }; output: undefined }
  refresh_workspace: { input: { workspaceId: string }; output: WorkspaceDetail }
  create_worktree: {
    input: { workspaceId: string; name: string; branch: string; createBranch?: boolean }
    output: Worktree
  }
  delete_worktree: { input: { workspaceId: string; worktreeId: string; force?: boolean }; output: undefined }
  list_trash: { input: Record<string, never>; output: Trash }
  restore_trash: { input: { trashId: string }; output: Worktree }
  restore_worktree: { input: { workspaceId: string; worktreeId: string }; output: Worktree }
  checkout_branch: {
    input: { workspaceId: string; worktreeId: string; branch: string; createBranch?: boolean }
    output: Worktree
  }
  get_git_status: { input: { workspaceId: string; worktreeId: string }; output: GitStatus }
  list_branches: { input: { workspaceId: string; worktreeId: string }; output: GitBranches }
  get_worktree_diff: {
    input: { workspaceId: string; worktreeId: string; path?: string; offset?: number; limit?: number; lineOffset?: number }
    output: GitDiff
  }
  create_agent: {
    input: {
      worktreeId: string
      name?: string
      mode?: AgentMode
      permissions?: string[]
      initialPrompt?: string
      limits?: AgentLimits
    }
    output: Agent
  }
  get_agent: { input: { agentId: string }; output: Agent }
  update_agent: {
    input: { agentId: string; name?: string; mode?: AgentMode; permissions?: string[] }
    output: Agent
  }
  delete_agent: { input: { agentId: string; archive?: boolean }; output: undefined }
  restore_agent: { input: { agentId: string }; output: Agent }
  start_agent: { input: { agentId: string; initialPrompt?: string }; output: Agent }
  stop_agent: { input: { agentId: string; force?: boolean }; output: Agent }
  resume_agent: { input: { agentId: string }; output: Agent }
  interrupt_agent: { input: { agentId: string }; output: Agent }
  send_message_to_agent: { input: { agentId: string; content: string }; output: MessageAccepted }
  list_asks: { input: { state?: AskState; agentId?: string }; output: { asks: Ask[] } }
  answer_ask: {
    input: { askId: string; decision: AnswerDecision; message?: string; input?: unknown; digest?: string; interrupt?: boolean }
    output: Ask
  }
  get_usage: { input: Record<string, never>; output: Usage }
}

/** Path parameters stand in braces; `query` names the fields that go to the query; all others are the body. */
export const operations = {
  get_system: { method: 'GET', path: '/api/system', query: [] },
  start_demo: { method: 'POST', path: '/api/demo', query: [] },
  browse_folders: { method: 'GET', path: '/api/browse', query: ['path'] },
  list_workspaces: { method: 'GET', path: '/api/workspaces', query: [] },
  create_workspace: { method: 'POST', path: '/api/workspaces', query: [] },
  get_workspace: { method: 'GET', path: '/api/workspaces/{workspaceId}', query: [] },
  delete_workspace: { method: 'DELETE', path: '/api/workspaces/{workspaceId}', query: [] },
  refresh_workspace: { method: 'POST', path: '/api/workspaces/{workspaceId}/refresh', query: [] },
  create_worktree: { method: 'POST', path: '/api/workspaces/{workspaceId}/worktrees', query: [] },
  delete_worktree: {
    method: 'DELETE',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}',
    query: ['force'],
  },
  list_trash: { method: 'GET', path: '/api/trash', query: [] },
  restore_trash: { method: 'POST', path: '/api/trash/{trashId}/restore', query: [] },
  restore_worktree: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/restore',
    query: [],
  },
  checkout_branch: {
    method: 'POST',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/checkout',
    query: [],
  },
  get_git_status: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/status',
    query: [],
  },
  list_branches: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/branches',
    query: [],
  },
  get_worktree_diff: {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/worktrees/{worktreeId}/diff',
    query: ['path', 'offset', 'limit', 'lineOffset'],
  },
  create_agent: { method: 'POST', path: '/api/agents', query: [] },
  get_agent: { method: 'GET', path: '/api/agents/{agentId}', query: [] },
  update_agent: { method: 'PUT', path: '/api/agents/{agentId}', query: [] },
  delete_agent: { method: 'DELETE', path: '/api/agents/{agentId}', query: ['archive'] },
  restore_agent: { method: 'POST', path: '/api/agents/{agentId}/restore', query: [] },
  start_agent: { method: 'POST', path: '/api/agents/{agentId}/start', query: [] },
  stop_agent: { method: 'POST', path: '/api/agents/{agentId}/stop', query: ['force'] },
  resume_agent: { method: 'POST', path: '/api/agents/{agentId}/resume', query: [] },
  interrupt_agent: { method: 'POST', path: '/api/agents/{agentId}/interrupt', query: [] },
  send_message_to_agent: { method: 'POST', path: '/api/agents/{agentId}/message', query: [] },
  list_asks: { method: 'GET', path: '/api/asks', query: ['state', 'agentId'] },
  answer_ask: { method: 'POST', path: '/api/asks/{askId}/answer', query: [] },
  get_usage: { method: 'GET', path: '/api/usage', query: [] },
} as const satisfies Record<
  keyof Operations,
  { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; query: readonly string[] }
>
