"""An IPython shell without a kernel: cells run in this process, their outputs become plain nbformat dicts."""

from __future__ import annotations

import io
import json
import re
import subprocess
import types
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

MAX_CELL_BYTES = 1_000_000
MAX_OUTPUTS = 1_000
_NOT_PYTHON = re.compile(r"%|\?|!(?!=)|^\s*(?:[/,;]|>>>|\.\.\.|In \[)", re.MULTILINE)  # what IPython may make of a line
_NOTE = "\n[the output was cut here: more than {limit:,} bytes]\n"


class Outputs:
    """The outputs of one cell, never more than a given number of bytes.

    Args:
        max_bytes: after this much, one note and nothing more.
    """

    def __init__(self, max_bytes: int = MAX_CELL_BYTES) -> None:
        self._max_bytes = max_bytes
        self.clear()

    def clear(self) -> None:
        """Forget what was collected."""
        self._items: list[dict[str, Any]] = []
        self._texts: list[str] = []
        self._left = self._max_bytes
        self._full = False

    def write(self, name: str, text: str) -> None:
        """Take text that was printed to a stream."""
        if not text or not self._room(len(text)):
            text = text[: self._left]
        if text:
            self._stream(name).append(text)
            self._left -= len(text)

    def add(self, output: dict[str, Any]) -> None:
        """Take one output that is not a stream."""
        try:
            size = len(json.dumps(output, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            return
        if self._room(size) and len(self._items) < MAX_OUTPUTS:
            self._items.append(output)
            self._texts = []
            self._left -= size

    def update(self, display_id: str, data: dict[str, Any]) -> None:
        """Replace the data of an earlier output that was displayed with an id."""
        for output in self._items:
            if output.get("display_id") == display_id:
                output["data"] = data

    def _room(self, size: int) -> bool:
        self._full = self._full or size > self._left
        return not self._full

    def _stream(self, name: str) -> list[str]:
        last = self._items[-1] if self._items else {}
        if last.get("output_type") != "stream" or last.get("name") != name:
            self._texts = []
            self._items.append({"output_type": "stream", "name": name, "text": self._texts})
        return self._texts

    def collected(self) -> list[dict[str, Any]]:
        """All outputs as nbformat has them."""
        result = [_finished(output) for output in self._items]
        if self._full:
            result.append({"output_type": "stream", "name": "stderr", "text": _NOTE.format(limit=self._max_bytes)})
        return result


def _finished(output: dict[str, Any]) -> dict[str, Any]:
    output = {key: value for key, value in output.items() if key != "display_id"}
    if output["output_type"] == "stream":
        output["text"] = "".join(output["text"])
    return output


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a cell.

    Args:
        name: "stdout" or "stderr".
        outputs: where the text goes.
    """

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    encoding = "utf-8"

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return False

    def fileno(self) -> int:
        """A descriptor that swallows what is written to it."""
        return 1 if self._name == "stdout" else 2

    def write(self, text: str) -> int:
        """Take text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._name, str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    """Collects what cells display."""

    outputs: Outputs

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *_args: Any,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_kwargs: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        if update:
            self.outputs.update(display_id or "", dict(data))
            return
        output = {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata or {})}
        self.outputs.add(output | ({"display_id": display_id} if display_id else {}))

    def clear_output(self, wait: bool = False) -> None:
        del wait
        self.outputs.clear()


class _Hook(DisplayHook):
    """Collects the value of a cell's last expression."""

    outputs: Outputs

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.outputs.add(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": dict(format_dict),
                "metadata": dict(md_dict or {}),
            }
        )

    def finish_displayhook(self) -> None:
        pass


def is_python(cell: str) -> bool:
    """Whether there is certainly nothing of IPython's own syntax in a cell."""
    return not cell[:1].isspace() and _NOT_PYTHON.search(cell) is None


class Shell(InteractiveShell):
    """An interactive shell whose outputs are collected."""

    outputs: Outputs

    def transform_cell(self, raw_cell: str) -> str:
        """Make Python of a cell; one that is Python already goes as it is, without IPython's tokenizer."""
        if is_python(raw_cell):
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        return str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]  # IPython has it without types

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.outputs.add(error_output(getattr(etype, "__name__", str(etype)), _text(evalue), list(map(str, stb))))

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window system here."""

    def ask_exit(self) -> None:
        """`exit` in a cell has nothing to end here."""

    def system(self, cmd: str) -> None:
        """Run `!cmd` without a terminal."""
        command = self.var_expand(cmd, depth=1)  # type: ignore[no-untyped-call]  # IPython has it without types
        done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.outputs.write("stdout", done.stdout.decode(errors="replace"))
        self.outputs.write("stderr", done.stderr.decode(errors="replace"))
        self.user_ns["_exit_code"] = done.returncode


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a student's exception whose __str__ raises
        return "<no text>"


def error_output(name: str, text: str, traceback: list[str]) -> dict[str, Any]:
    """An error as nbformat has it."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": traceback}


def make_shell(ipython_dir: str) -> Shell:
    """Make the shell of this process.

    Args:
        ipython_dir: where IPython keeps its profile.
    """
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell: Shell = Shell.instance(
        config=config,
        ipython_dir=ipython_dir,
        display_pub_class=_Publisher,
        displayhook_class=_Hook,
        user_module=types.ModuleType("__main__"),
    )
    outputs = Outputs()
    parts: tuple[Any, ...] = (shell, shell.display_pub, shell.displayhook)
    for part in parts:
        part.outputs = outputs
    return shell
