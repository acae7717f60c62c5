"""A save hook of JupyterLab's server: a saved notebook keeps the static forms of its outputs, not its widgets.

A widget lives as long as its kernel. Opened again the next day, its output would say "model not found" though a picture
of it lies in the same output (`views`). The page that is open keeps its widgets: only the file is written without.

`jupyter/jupyter_server_config.json` beside this file puts it in place.
"""

from __future__ import annotations

from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"


def without_widgets(model: dict[str, Any], **_: Any) -> None:
    """Take the widgets that have a static form out of a notebook's outputs, in place, before it is written.

    Args:
        model: what is about to be saved, as Jupyter Server describes it.
    """
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    for cell in model["content"].get("cells", ()):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/html" in data:
                data.pop(WIDGET, None)
