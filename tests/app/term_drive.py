#!/usr/bin/env python3
"""term_drive.py TIDEWATCH WORK HERE - runs `tidewatch top` on a pseudo-terminal.

What comes out is fed to a small terminal of our own (only what top uses: home, clear to
the end of line and screen, colours, modes), so that the screen a person would see can be
compared, and whether everything was given back at the end.  WORK holds t.conf, data/,
mode and status.json; HERE daemon_stand.py.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

tidewatch, work, here = sys.argv[1:4]
os.chdir(work)
failed = 0
checks = 0


def check(truth, words):
    global failed, checks
    checks += 1
    if not truth:
        failed += 1
        print("not true:", words)


def stand():
    path = "data/tidewatch.sock"
    if os.path.exists(path):
        os.unlink(path)
    server = subprocess.Popen(["python3", here + "/daemon_stand.py", path, "status.json", "mode"])
    for _ in range(50):
        if os.path.exists(path):
            break
        time.sleep(0.1)
    return server


class Screen:
    """The least of a terminal: raises when something else than top's escapes comes."""

    token = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\x1b(.)|([\r\n])|([^\x1b\r\n]+)", re.S)

    def __init__(self, columns, rows):
        self.modes = {"25": True, "7": True, "1049": False}
        self.sgr = False
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.line = [""] * rows
        self.x = self.y = 0

    def feed(self, text):
        for private, numbers, letter, other, control, plain in self.token.findall(text):
            if plain:
                if any(ord(c) < 32 for c in plain):
                    raise ValueError("a control: %r" % plain)
                line = self.line[self.y].ljust(self.x)
                self.line[self.y] = line[: self.x] + plain + line[self.x + len(plain):]
                self.x += len(plain)
                if self.x > self.columns:
                    raise ValueError("wider than the screen: %r" % plain)
            elif control == "\r":
                self.x = 0
            elif control == "\n":
                self.y += 1
                if self.y >= self.rows:
                    raise ValueError("the screen scrolls")
            elif private and letter in "hl":
                self.modes[numbers] = letter == "h"
            elif letter == "H" and not numbers:
                self.x = self.y = 0
            elif letter == "K" and not numbers:
                self.clear_line()
            elif letter == "J":
                if numbers != "2":
                    self.clear_line()
                for y in range(self.y if numbers == "2" else self.y + 1, self.rows):
                    self.line[y] = ""
            elif letter == "m":
                self.sgr = numbers not in ("", "0")
            else:
                raise ValueError("unknown escape %r" % ((private, numbers, letter, other),))

    def clear_line(self):
        # Behind a full line the cursor still stands on the last cell.
        self.line[self.y] = self.line[self.y][: min(self.x, self.columns - 1)]

    def text(self):
        return "\n".join(self.line)


class Top:
    def __init__(self, columns=80, rows=24, arguments=(), env=None, tty_input=True, size_known=True):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.screen = Screen(columns, rows)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0) if size_known
                    else bytes(8))
        self.before = termios.tcgetattr(slave)
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})}
        self.process = subprocess.Popen(
            [tidewatch, "top", "-c", "t.conf", "--interval", "0.1", *arguments],
            stdin=slave if tty_input else subprocess.DEVNULL, stdout=slave, stderr=slave,
            env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0))
        self.raw = ""

    def read(self, seconds):
        end = time.time() + seconds
        while True:
            left = end - time.time()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                return
            part = os.read(self.master, 65536).decode("utf-8", "replace")
            self.raw += part
            self.screen.feed(part)

    def until(self, words, seconds=8):
        end = time.time() + seconds
        while time.time() < end:
            if words in self.screen.text():
                return True
            self.read(0.1)
        print("waited for %r, saw:\n%s" % (words, self.screen.text()))
        return False

    def key(self, key):
        os.write(self.master, key)

    def ends(self, words, code=0, seconds=8):
        """It ends so, and everything is as it was."""
        end = time.time() + seconds
        while self.process.poll() is None and time.time() < end:
            self.read(0.1)
        self.read(0.1)
        got = self.process.poll()
        if got is None:
            self.process.kill()
            self.process.wait()
        check(got == code, "%s: ends with %s, wanted %s" % (words, got, code))
        check(self.screen.modes["25"], words + ": the cursor is there again")
        check(self.screen.modes["7"], words + ": lines wrap again")
        check(not self.screen.modes["1049"], words + ": the old screen is there again")
        check(not self.screen.sgr, words + ": colours are off")
        check(termios.tcgetattr(self.slave) == self.before, words + ": keys are as before")
        os.close(self.master)
        os.close(self.slave)


open("mode", "w", encoding="ascii").write("ok")
server = stand()

# What is on the screen, and while it runs.
top = Top()
check(top.until("BTC             61,234.5    +1.23%"), "the board is there")
check(top.screen.line[2].endswith("     age"), "a line of full width keeps its last cell")
check(top.screen.modes["1049"] and not top.screen.modes["25"], "alternate screen, no cursor")
check(not termios.tcgetattr(top.slave)[3] & (termios.ICANON | termios.ECHO), "keys come at once")
check("q quits" in top.screen.line[23], "the last row has the keys")
check("\x1b[32m" in top.raw and "\x1b[31m" in top.raw, "colours are there")
top.read(0.5)
count = len(re.findall(r"\x1b\[H(?!\x1b\[2J)", top.raw))
check(3 <= count <= 14, "it is drawn anew about each 0.1 s: %d times" % count)
check(top.raw.count("\x1b[2J") == 1, "it is never blanked in between")

# Another size.
top.screen.resize(60, 12)
fcntl.ioctl(top.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
os.kill(top.process.pid, signal.SIGWINCH)
try:
    check(top.until("BTC          61,234.5"), "60 columns")
except ValueError:
    # A frame of the old size was under way.
    top.screen.resize(60, 12)
    check(top.until("BTC          61,234.5"), "60 columns")
top.key(b"q")
top.ends("q")

# Colours only where they are wanted.
for words, arguments, env in (("--no-color", ["--no-color"], {}), ("NO_COLOR", [], {"NO_COLOR": "1"})):
    top = Top(arguments=arguments, env=env)
    check(top.until("BTC             61,234.5"), words + ": the board is there")
    check(not re.search(r"\x1b\[[1-9][0-9;]*m", top.raw), words + ": no colours")
    top.key(b"q")
    top.ends(words)

# Whatever ends it.
top = Top()
top.until("61,234.5")
top.key(b"\x03")
top.ends("Ctrl-C")
for number in (signal.SIGTERM, signal.SIGHUP):
    top = Top()
    top.until("61,234.5")
    os.kill(top.process.pid, number)
    top.ends(number.name)
for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
    top = Top()
    top.until("61,234.5")
    os.kill(top.process.pid, number)
    top.ends(number.name, -number)

# Asleep and back: the terminal is the shell's meanwhile.
top = Top()
top.until("61,234.5")
os.kill(top.process.pid, signal.SIGTSTP)
end = time.time() + 5
while time.time() < end and open("/proc/%d/stat" % top.process.pid, encoding="ascii").read().split()[2] != "T":
    top.read(0.05)
top.read(0.1)
check(open("/proc/%d/stat" % top.process.pid, encoding="ascii").read().split()[2] == "T", "Ctrl-Z stops it")
check(not top.screen.modes["1049"] and top.screen.modes["25"], "Ctrl-Z gives the screen back")
check(termios.tcgetattr(top.slave) == top.before, "Ctrl-Z gives the keys back")
os.kill(top.process.pid, signal.SIGCONT)
top.screen.resize(80, 24)
check(top.until("61,234.5"), "it is back")
check(top.screen.modes["1049"], "it is back on its screen")

# The daemon goes and comes.
server.terminate()
server.wait()
check(top.until("! No figures from the daemon: "), "its absence is told")
check("start it: tidewatch run -c t.conf" in top.screen.text(), "and what to do")
check(top.until("the figures below are 1."), "and how old the figures are")
check("61,234.5" in top.screen.text(), "which are still there")
check("\x1b[2mtidewatch 0.1.0" in top.raw, "and dim")
server = stand()
end = time.time() + 8
while "No figures" in top.screen.text() and time.time() < end:
    top.read(0.1)
check("No figures" not in top.screen.text() and "61,234.5" in top.screen.text(), "it comes back by itself")

# A daemon that hangs.
open("mode", "w", encoding="ascii").write("slow")
check(top.until("no answer within 2000 ms"), "a daemon that hangs is told")
top.key(b"q")
top.ends("q while it hangs")
open("mode", "w", encoding="ascii").write("ok")

# A serial line: nobody knows its size.
top = Top(size_known=False)
check(top.until("61,234.5") and "q quits" in top.screen.line[23], "80 by 24 where nobody knows")
top.key(b"q")
top.ends("a serial line")

# Without keys, and where nothing can be drawn.
top = Top(tty_input=False)
check(top.until("61,234.5"), "no terminal for input: the board is there")
os.kill(top.process.pid, signal.SIGINT)
top.ends("SIGINT without keys")
top = Top(arguments=["--count", "1"], env={"TERM": "dumb"})
top.ends("dumb")
check("\x1b" not in top.raw and "61,234.5" in top.raw, "a dumb terminal gets plain lines")
server.terminate()
server.wait()
print("term: %d checks, %d failed" % (checks, failed))
sys.exit(failed != 0)
