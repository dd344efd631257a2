#!/usr/bin/env python3
"""Replaces the claude CLI: after its first prompt it writes text deltas, RATE per second for SECONDS, like an agent that
streams an answer. RATE is 50 unless the prompt says "N a second". Each is about 200 bytes as an event and contains the time
of its writing. The daemon runs it."""
import json
import re
import sys
import time

RATE, SECONDS, PAD = 50, 15, 'x' * 90


def say(**line):
    sys.stdout.write(json.dumps(line, separators=(',', ':')) + '\n')
    sys.stdout.flush()


def event(**more):
    say(type='stream_event', session_id='bench', parent_tool_use_id=None, event=more)


def talk(rate):
    message = {'id': 'msg_bench', 'type': 'message', 'role': 'assistant', 'model': 'talker', 'content': [], 'usage': {}}
    event(type='message_start', message=message)
    event(type='content_block_start', index=0, content_block={'type': 'text', 'text': ''})
    begin = time.monotonic()
    for i in range(rate * SECONDS):
        time.sleep(max(0, begin + i / rate - time.monotonic()))
        text = f'time:{time.monotonic_ns()} {PAD}'
        event(type='content_block_delta', index=0, delta={'type': 'text_delta', 'text': text})


for text in sys.stdin:
    line = json.loads(text)
    if line['type'] == 'user':
        wanted = re.search(r'(\d+) a second', text)
        talk(int(wanted[1]) if wanted else RATE)
    elif line['type'] == 'control_request' and line['request']['subtype'] == 'initialize':
        answer = {'subtype': 'success', 'request_id': line['request_id'], 'response': {}}
        say(type='control_response', response=answer)
