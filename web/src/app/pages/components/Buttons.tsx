import { bidiText, focused, Group, longText, Sample } from '~/app/pages/components/Sample'
import { Button, IconButton, linkLook } from '~/ui/Button'
import { CopyButton } from '~/ui/CopyButton'
import { Icon } from '~/ui/Icon'
import { KeyLines } from '~/ui/KeyLines'
import { Kbd } from '~/ui/Kbd'

const looks = ['solid', 'plain', 'quiet', 'danger'] as const
const icons = ['home', 'inbox', 'board', 'branch', 'land', 'diff', 'file', 'terminal', 'restore', 'trash', 'gear', 'more'] as const

const keyLines = [
  { label: 'next', keys: ['J', 'ArrowDown'] },
  { label: 'open the agent', keys: ['O'] },
]

export function Buttons() {
  return (
    <Group title="Buttons">
      <Sample state="rest">
        {looks.map((look) => (
          <Button key={look} look={look}>
            {look}
          </Button>
        ))}
      </Sample>
      <Sample state="small, with icon, with key">
        <Button isSmall>Small</Button>
        <Button icon="plus">New agent</Button>
        <Button look="solid" keys="A">
          Allow once
        </Button>
        <Button keys="D">Deny</Button>
        <a href="#content" className={linkLook('plain')}>
          A link
        </a>
      </Sample>
      <Sample state="focus">
        <Button look="solid" style={focused}>
          Allow once
        </Button>
        <Button style={focused}>Deny</Button>
        <IconButton icon="more" label="More, focused" style={focused} />
      </Sample>
      <Sample state="disabled, off">
        <Button disabled>Disabled</Button>
        <Button look="solid" disabled>
          Busy
        </Button>
        <Button isOff>Keeps the focus</Button>
        <IconButton icon="trash" label="Remove, not now" disabled />
      </Sample>
      <Sample state="only an icon">
        <IconButton icon="close" label="Close this sample" />
        <IconButton icon="close" label="Close this small sample" isSmall />
        <IconButton icon="plus" label="Add a sample" look="plain" />
        <CopyButton text="npm test" label="Copy a sample" />
      </Sample>
      <Sample state="long text" isTall>
        <div className="max-w-full overflow-x-auto">
          <Button>{longText}</Button>
        </div>
      </Sample>
      <Sample state="bidi text">
        <IconButton icon="file" label={bidiText} />
        <span className="text-sm text-fg2">Its name and tooltip show what would be hidden.</span>
      </Sample>
      <Sample state="icons">
        {icons.map((name) => (
          <Icon key={name} name={name} className="text-fg1" />
        ))}
      </Sample>
      <Sample state="keys">
        <Kbd keys="J K" isAlways />
        <Kbd keys="Ctrl+K" isAlways />
        <Kbd keys="Alt+ArrowUp" isAlways />
        <span className="text-sm text-fg2">quiet, and not on a phone:</span>
        <Kbd keys="?" />
      </Sample>
      <Sample state="keys of a part" isTall>
        <KeyLines title="Keys of a sample" lines={keyLines} />
      </Sample>
    </Group>
  )
}

