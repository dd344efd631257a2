#!/usr/bin/env python3
"""Records a whole conversation with Claude Code against the scripted model. The lines that it writes are Claude Code's:
it records no other CLI.

    record.py --model build/src/model/muster-model --cli PATH/TO/claude --out tests/recordings/claude/whole/x.jsonl \
        [--arg=--permission-mode=plan] STEP...

Steps run in order: `say:TEXT` writes a prompt, `allow`, `deny`, `deny!` (and interrupt), `edit:JSON`, `always` and
`answer:JSON` answer the next ask, `interrupt`, `text` and `retry` wait for a text delta and for a retry, `idle` waits
for the end of the turn, `gone` for the CLI's own exit, `kill:NAME` sends a signal. Then stdin is closed. Paths and the port are replaced by fixed
ones (worktree /repo/wt, home /home/u), and of the handshake's answer only plain values are kept (the rest are the CLI's own
texts); nothing else is changed. Review what was recorded with adapter-replay before its
events become an expectation.
"""
import argparse
import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Recorder:
    def __init__(self, args):
        self.folder = args.folder or pathlib.Path(tempfile.mkdtemp(prefix='muster-record-'))
        self.worktree, self.home = self.folder / 'wt', self.folder / 'home'
        self.worktree.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(exist_ok=True)
        subprocess.run(['git', 'init', '-q', str(self.worktree)], check=True)
        self.model = subprocess.Popen([args.model, args.script, '--log',
                                       str(self.folder / 'requests.jsonl')], stdout=subprocess.PIPE, text=True)
        self.url = self.model.stdout.readline().split()[-1]
        self.records, self.lines, self.lock = [], queue.Queue(), threading.Lock()
        self.start = time.monotonic()
        command = [args.cli, '-p', '--input-format=stream-json', '--output-format=stream-json', '--verbose',
                   '--include-partial-messages', '--permission-prompt-tool=stdio', *args.arg]
        self.cli = subprocess.Popen(command, cwd=self.worktree, env=self.environment(), stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self.read_out), threading.Thread(target=self.read_err)]
        for reader in self.readers:
            reader.start()

    def environment(self):
        return {'HOME': str(self.home), 'PATH': os.environ['PATH'], 'USER': 'u', 'SHELL': '/bin/bash', 'TERM': 'xterm',
                'LANG': 'C.UTF-8', 'ANTHROPIC_BASE_URL': self.url, 'ANTHROPIC_API_KEY': 'sk-ant-scripted-0000000000',
                'IS_SANDBOX': '1', 'DISABLE_TELEMETRY': '1', 'DISABLE_ERROR_REPORTING': '1', 'DISABLE_AUTOUPDATER': '1',
                'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC': '1', 'CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS': '1',
                'CLAUDE_CODE_MAX_RETRIES': '1'}

    def add(self, direction, **rest):
        with self.lock:
            self.records.append({'t': int((time.monotonic() - self.start) * 1000), 'dir': direction, **rest})

    @staticmethod
    def trim_handshake(line):
        answer = line.get('response', {})
        if line['type'] == 'control_response' and answer.get('request_id') == 'muster-init' and 'response' in answer:
            answer['response'] = {k: v for k, v in answer['response'].items() if not isinstance(v, (dict, list))}

    def read_out(self):
        for raw in self.cli.stdout:
            line = json.loads(raw)
            self.trim_handshake(line)
            self.add('out', line=line)
            self.lines.put(line)
        self.lines.put(None)

    def read_err(self):
        for raw in iter(lambda: self.cli.stderr.read1(65536), b''):
            self.add('err', text=raw.decode('utf-8', 'replace'))

    def write(self, line):
        self.add('in', line=line)
        self.cli.stdin.write(json.dumps(line).encode() + b'\n')
        self.cli.stdin.flush()

    def wait(self, wanted):
        while True:
            line = self.lines.get(timeout=60)
            if line is None:
                sys.exit('the CLI ended early: ' + json.dumps(self.records[-3:]))
            if wanted(line):
                return line

    def request(self, subtype, **rest):
        self.write({'type': 'control_request', 'request_id': 'muster-init' if subtype == 'initialize' else 'muster-' + subtype, 'request': {'subtype': subtype, **rest}})

    def answer(self, response):
        ask = self.wait(lambda l: l['type'] == 'control_request')
        request = ask['request']
        self.write({'type': 'control_response', 'response': {
            'subtype': 'success', 'request_id': ask['request_id'], 'response': response(request)}})

    def step(self, step):
        name, _, rest = step.partition(':')
        allow = {'behavior': 'allow'}
        if name == 'say':
            self.write({'type': 'user', 'message': {'role': 'user', 'content': rest}})
        elif name == 'allow':
            self.answer(lambda r: {**allow, 'updatedInput': r['input']})
        elif name == 'edit':
            self.answer(lambda r: {**allow, 'updatedInput': {**r['input'], **json.loads(rest)}})
        elif name == 'always':
            self.answer(lambda r: {**allow, 'updatedInput': r['input'], 'updatedPermissions': [
                s for s in r.get('permission_suggestions', []) if s.get('destination') == 'session']})
        elif name == 'answer':
            self.answer(lambda r: {**allow, 'updatedInput': {**r['input'], 'answers': json.loads(rest)}})
        elif name.startswith('deny'):
            self.answer(lambda r: {'behavior': 'deny', 'message': 'not now', **({'interrupt': True} if name == 'deny!' else {})})
        elif name == 'interrupt':
            self.request('interrupt')
        elif name == 'text':
            self.wait(lambda l: l['type'] == 'stream_event' and l['event']['type'] == 'content_block_delta')
        elif name == 'tool':
            self.wait(lambda l: l['type'] == 'assistant' and l['message']['content'][0]['type'] == 'tool_use')
        elif name == 'ask':
            self.wait(lambda l: l['type'] == 'control_request')
        elif name == 'retry':
            self.wait(lambda l: l.get('subtype') == 'api_retry')
        elif name == 'idle':
            self.wait(lambda l: l.get('subtype') == 'session_state_changed' and l['state'] == 'idle')
        elif name == 'gone':
            self.cli.wait(timeout=60)
        elif name == 'kill':
            self.cli.send_signal(getattr(signal, rest))
        else:
            sys.exit(f'unknown step {step}')

    def finish(self):
        with contextlib.suppress(BrokenPipeError):
            self.cli.stdin.close()
        code = self.cli.wait(timeout=60)
        for reader in self.readers:
            reader.join()
        self.add('exit', code=code if code >= 0 else None, sig=signal.Signals(-code).name if code < 0 else None)
        self.model.terminate()
        self.model.wait()

    def save(self, path):
        port = self.url.rsplit(':', 1)[1]
        dashed = str(self.worktree).replace('/', '-')
        text = ''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in self.records)
        for old, new in ((str(self.worktree), '/repo/wt'), (dashed, '-repo-wt'), (str(self.home), '/home/u'),
                         (str(self.folder), '/repo'), (f'127.0.0.1:{port}', '127.0.0.1:PORT')):
            text = text.replace(old, new)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True)
    parser.add_argument('--cli', required=True)
    parser.add_argument('--out', required=True, type=pathlib.Path)
    parser.add_argument('--script', default=str(ROOT / 'tests/model/scenarios.json'))
    parser.add_argument('--folder', type=pathlib.Path, help='of worktree and home, kept: to resume a session')
    parser.add_argument('--arg', action='append', default=[])
    parser.add_argument('steps', nargs='+')
    args = parser.parse_args()
    recorder = Recorder(args)
    try:
        recorder.request('initialize')
        for step in args.steps:
            recorder.step(step)
        recorder.finish()
    finally:
        for process in (recorder.cli, recorder.model):
            if process.poll() is None:
                process.kill()
                process.wait()
    recorder.save(args.out)
    print(f'{args.out}: {len(recorder.records)} records; requests in {recorder.folder}/requests.jsonl')


main()
