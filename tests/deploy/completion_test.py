# SPDX-License-Identifier: Apache-2.0
"""What each shell completes, asked of the shell itself."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

# A line, and what it may go on with.
LINES = [
    ("tickgate ", {"demo", "serve", "check", "record", "replay", "explain", "version", "help"}, {"--port"}),
    ("tickgate re", {"record", "replay"}, {"demo"}),
    ("tickgate demo --s", {"--seed", "--symbols", "--shards"}, {"--port", "--config"}),
    ("tickgate demo --seed 7 --na", {"--names"}, {"--seed"}),
    ("tickgate demo --names ", {"market", "generated"}, {"--port"}),
    ("tickgate demo --names g", {"generated"}, {"market"}),
    ("tickgate completion ", {"bash", "zsh", "fish"}, {"tickgate.yaml"}),
    ("tickgate help ch", {"check"}, {"demo"}),
    ("tickgate serve --config tick", {"tickgate of mine.yaml"}, {"other.txt"}),
    ("tickgate replay oth", {"other.txt"}, {"tickgate of mine.yaml"}),
]
SECONDS = 30


@pytest.fixture(scope="module")
def folder(binary, tmp_path_factory):
    """The completions, and two files that a flag may name."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        with open(folder / shell, "wb") as script:
            subprocess.run([binary, "completion", shell], stdout=script, check=True, timeout=20)
    (folder / "tickgate of mine.yaml").touch()
    (folder / "other.txt").touch()
    return folder


def need(shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=SECONDS, check=False, env={**os.environ, "HOME": str(folder)})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def terminal(folder, command, *lines, until):
    """What a shell on a terminal shows, once it is asked; ends when `until` has appeared."""
    process, screen = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.environ.update(TERM="dumb", HOME=str(folder), PS1="> ")
        os.execvp(command[0], command)
    shown = ""
    try:
        for line in lines:
            os.write(screen, line.encode())
        deadline = time.monotonic() + SECONDS
        while not re.search(until, shown):
            assert time.monotonic() < deadline, f"no {until!r} in {shown!r}"
            if select.select([screen], [], [], 0.2)[0]:
                shown += os.read(screen, 4096).decode(errors="replace")
            while "\b" in shown[1:]:  # zsh takes back what it wrote
                shown = re.sub("[^\b]\b", "", shown)
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(screen)
    return shown


@pytest.mark.parametrize("line, goes_on, not_with", LINES, ids=[line for line, *_ in LINES])
def test_bash_completes(folder, line, goes_on, not_with):
    # Outside a completion compopt complains, and there is none.
    words = line.split(" ")
    script = ("source ./bash; compopt() { :; }; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _tickgate; "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    got = set(run(folder, "bash", "--norc", "-c", script, "bash", *words).splitlines())
    assert goes_on <= got and not got & not_with


def test_bash_knows_the_words_after_an_equals_sign(folder):
    # Bash makes three words of it.
    script = "source ./bash; COMP_WORDS=(tickgate demo --names = gen); COMP_CWORD=4; _tickgate; echo ${COMPREPLY[@]}"
    assert run(folder, "bash", "--norc", "-c", script) == "generated\n"


def test_bash_completes_on_a_terminal(folder):
    terminal(folder, ["bash", "--norc", "--noprofile", "-i"], "source ./bash; echo re''ady\n",
             "tickgate dem\t--names=gen\t", until=r"demo --names=generated")
    terminal(folder, ["bash", "--norc", "--noprofile", "-i"], "source ./bash; echo re''ady\n",
             "tickgate serve --config tick\t", until=r"--config tickgate\\ of\\ mine\.yaml")


@pytest.mark.parametrize("line, goes_on, not_with", LINES, ids=[line for line, *_ in LINES])
def test_fish_completes(folder, line, goes_on, not_with):
    need("fish")
    out = run(folder, "fish", "--no-config", "-c", f"source ./fish; complete -C '{line}'")
    got = {row.split("\t")[0] for row in out.splitlines()}
    assert goes_on <= got and not got & not_with


def test_zsh_completes_on_a_terminal(folder):
    need("zsh")
    setup = ("autoload -U compinit; compinit -u -D; zstyle ':completion:*' menu no; "
             "unsetopt beep; source ./zsh; echo re''ady\n")
    for line, until in (("tickgate dem\t--nam\tgen\t", r"demo --names=generated"),
                        ("tickgate serve --config=tick\t", r"--config=tickgate\\ of\\ mine\.yaml"),
                        ("tickgate explai\t--js\t", r"explain --json"),
                        ("tickgate completion fi\t", r"completion fish")):
        terminal(folder, ["zsh", "-f", "-i"], setup, line, until=until)
