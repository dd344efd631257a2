#!/usr/bin/env python3
"""Replaces the claude CLI: a prompt of "N pieces a second" makes it write Markdown as so many text deltas, until it is ended.
A message has PIECES deltas and is then given whole, as the CLI does; a tool call follows it. The daemon runs it."""
import itertools
import json
import re
import sys
import time

PIECES = 3000
USAGE = {'input_tokens': 1200, 'output_tokens': 900, 'cache_read_input_tokens': 0, 'cache_creation_input_tokens': 0}


def paragraphs():
    """Blocks of each kind, each with a number of its own."""
    for n in itertools.count(1):
        yield f'### Step {n}\n\n'
        yield f'Paragraph {n}: the *reader* takes what the **writer** left, `offset` by `offset`, and never waits for it.\n\n'
        yield f'1. first of list {n}, with [a link](https://example.invalid/{n})\n2. second of list {n}\n\n'
        yield f'```c\nint step_{n}(void) {{\n    return {n};\n}}\n```\n\n'
        yield f'| step | result |\n|---|---|\n| {n} | done |\n\n'


def pieces():
    """About a word each."""
    for text in paragraphs():
        yield from (text[i:i + 9] for i in range(0, len(text), 9))


def say(**line):
    sys.stdout.write(json.dumps(line, separators=(',', ':')) + '\n')
    sys.stdout.flush()


def event(**more):
    say(type='stream_event', session_id='bench', parent_tool_use_id=None, event=more)


def whole(role, content, message_id):
    message = {'id': message_id, 'type': 'message', 'role': role, 'model': 'writer', 'content': content, 'usage': USAGE}
    say(type=role, session_id='bench', parent_tool_use_id=None, message=message)


def write(rate):
    say(type='system', subtype='init', session_id='bench', model='writer', cwd='.', tools=[], permissionMode='default')
    begin, done, words = time.monotonic(), 0, pieces()
    for n in itertools.count(1):
        message = f'msg_{n}'
        event(type='message_start', message={'id': message, 'type': 'message', 'role': 'assistant', 'model': 'writer',
                                             'content': [], 'usage': USAGE})
        event(type='content_block_start', index=0, content_block={'type': 'text', 'text': ''})
        text = []
        for piece in itertools.islice(words, PIECES):
            time.sleep(max(0, begin + done / rate - time.monotonic()))
            event(type='content_block_delta', index=0, delta={'type': 'text_delta', 'text': piece})
            text.append(piece)
            done += 1
        whole('assistant', [{'type': 'text', 'text': ''.join(text)}], message)
        event(type='content_block_stop', index=0)
        call = {'type': 'tool_use', 'id': f'toolu_{n}', 'name': 'Bash', 'input': {'command': f'make step-{n}'}}
        whole('assistant', [call], message)
        event(type='message_stop')
        whole('user', [{'type': 'tool_result', 'tool_use_id': f'toolu_{n}', 'content': f'step {n} done'}], f'result_{n}')


for line in map(json.loads, sys.stdin):
    if line['type'] == 'user':
        write(int(re.search(r'(\d+) pieces a second', json.dumps(line))[1]))
    elif line['type'] == 'control_request' and line['request']['subtype'] == 'initialize':
        answer = {'subtype': 'success', 'request_id': line['request_id'], 'response': {}}
        say(type='control_response', response=answer)
