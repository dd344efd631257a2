"""Records the output of terminal programs for term_test.c: `unshare -pfu --mount-proc python3 record.py FOLDER` as root, on
Debian with vim, htop, tmux and less. Each recording is what the program wrote to its terminal, byte for byte; its name ends
with the size of that terminal. Their own processes, host name and home keep the machine out of them."""
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

FOLDER = pathlib.Path(sys.argv[1]).resolve()
HOME = tempfile.mkdtemp(prefix='home-')
DOWN, UP, PAGE_DOWN, PAGE_UP = '\x1b[B', '\x1b[A', '\x1b[6~', '\x1b[5~'
EDITOR = ['vim', '-u', 'NONE', '-N', '-c', 'syntax on', '-c', 'set number ruler laststatus=2', 'a.c']
PROGRAMS = [
    ('htop', ['htop', '-d', '5'], 30, 100,
     [(DOWN, 0.3)] * 6 + [('\x1b[15~', 0.6), (PAGE_DOWN, 0.4), (DOWN, 0.3), ('\x1b[17~', 0.5), (DOWN, 0.2), ('\r', 0.8), ('/', 0.2),
      ('sh', 0.5), ('\x1b', 0.3), ('\x1b[12~', 0.8), ('\x1b[21~', 0.4), ('', 2.0), ('h', 0.5), ('q', 0.4), ('', 1.0), ('q', 0.3)]),
    ('vim', EDITOR, 24, 80,
     [('\x06', 0.2)] * 5 + [('\x02', 0.2)] * 2 + [('/static\r', 0.3), ('n', 0.2), ('n', 0.2), ('ihello world \x1b', 0.4), ('dd', 0.2),
      ('10dd', 0.2), ('P', 0.2), (':split\r', 0.3), ('\x17\x17', 0.2), ('\x05' * 5, 0.3), (':vsplit u.txt\r', 0.4), (DOWN * 8, 0.3),
      ('A \u6f22\u5b57\x1b', 0.3), ('u', 0.2), (':set nowrap\r', 0.2), ('zL', 0.2), ('0', 0.1), (':set list\r', 0.3),
      (':%s/x/yz/g\r', 0.4), ('\x17o', 0.3), ('G', 0.2), ('gg', 0.2), ('V5j>', 0.3), (':!echo hi\r', 0.4), ('\r', 0.3), (':qa!\r', 0.4)]),
    ('less', ['less', '-R', 'u.txt'], 24, 60,
     [(' ', 0.2)] * 4 + [('b', 0.2), ('/Tab\r', 0.3), ('n', 0.2), ('G', 0.2), ('g', 0.2), (DOWN * 5, 0.2), (UP * 3, 0.2), ('-S\r', 0.3),
      ('\x1b[C', 0.2), ('\x1b[D', 0.2), ('50%', 0.2), ('h', 0.3), ('q', 0.2), ('q', 0.2)]),
    ('tmux', ['tmux', '-L', 'rec', '-f', '/dev/null', 'new-session', '/bin/sh'], 40, 120,
     [('seq 100\r', 0.4), ('\x02%', 0.4), ('ls --color=always /usr/bin | head -60\r', 0.5), ('\x02"', 0.4), ('top -d 1\r', 2.5),
      ('\x02o', 0.3), ('seq 1 5 2000\r', 0.4), ('\x02z', 0.3), ('printf "\\033[31mred\\033[0m \\033[1;4;7mall\\033[0m\\n"\r', 0.3),
      ('\x02z', 0.3), ('\x02[', 0.3), (PAGE_UP * 3, 0.4), ('q', 0.3), ('cat u.txt\r', 0.6), ('\x02c', 0.4), ('vi -u NONE a.c\r', 0.5),
      (PAGE_DOWN, 0.3), (':q\r', 0.3), ('\x02w', 0.4), ('q', 0.2), ('\x02n', 0.4), ('\x02x', 0.2), ('y', 0.3), ('clear\r', 0.3),
      ('\x02d', 0.4)]),
    ('shell', ['bash', '--norc', '-i'], 24, 80,
     [('ls --color=always -la /usr/bin | head -200\r', 0.5),
      ('for i in $(seq 300); do printf "line $i \\033[$((30+i%8))m colour\\033[0m\\n"; done\r', 0.8), ('cat u.txt\r', 0.5),
      ('echo 12345678901234567890123456789012345678901234567890123456789012345678901234567890123456\r', 0.3), ('a\x08b\x15', 0.2),
      (UP, 0.2), (UP, 0.2), ('\x03', 0.2), ('clear\r', 0.2), ('printf "x\\033[20b\\n"\r', 0.3), ('exit\r', 0.3)]),
]


def drain(fd, seconds, out):
    end = time.time() + seconds
    while time.time() < end:
        if select.select([fd], [], [], max(0, end - time.time()))[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return False
            if not data:
                return False
            out += data
    return True


def record(name, argv, rows, cols, keys):
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(HOME)
        os.environ.update(TERM='xterm-256color', LC_ALL='C.UTF-8', HOME=HOME, SHELL='/bin/sh', PS1='$ ')
        os.execvp(argv[0], argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))
    out = bytearray()
    drain(fd, 0.8, out)
    for typed, seconds in keys:
        os.write(fd, typed.encode())
        if not drain(fd, seconds, out):
            break
    os.kill(pid, signal.SIGHUP)
    drain(fd, 0.3, out)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    (FOLDER / f'{name}-{rows}x{cols}').write_bytes(out)


def main():
    subprocess.run(['hostname', 'demo'], check=True)
    lines = [f'{i}: \u6f22\u5b57 e\u0301 a\u0308\u0323 na\xefve \U0001f600 \u2500\u2502\u250c\u2510 \tTab {"x" * (i % 90)}\n' for i in range(300)]
    pathlib.Path(HOME, 'u.txt').write_text(''.join(lines))
    pathlib.Path(HOME, 'a.c').write_text(pathlib.Path(__file__).parent.joinpath('../term.c').read_text())
    for program in PROGRAMS:
        record(*program)
    subprocess.run(['tmux', '-L', 'rec', 'kill-server'], check=False)


main()
