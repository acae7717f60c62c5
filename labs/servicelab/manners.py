"""What our widgets need to be usable by keyboard and by ear, and what neither ipywidgets nor JupyterLab gives them.

1. A slider gets its description as its accessible name; ipywidgets gives the handle none.
2. Plain keys that are pressed in a widget stay in it: JupyterLab would take the arrow keys for moving between cells,
   and "dd" for deleting the cell. Those with Ctrl, Alt or Command go on to JupyterLab: Ctrl+S saves.
3. Escape gives the focus back to the cell.

A small widget without a picture of its own does that, in the page, for the box that it lies in.
"""

from __future__ import annotations

from typing import Any

_ESM = """
function render({ el }) {
  let box = null, names = null;
  const name = () => box.querySelectorAll('.widget-slider .noUi-handle:not([aria-label])').forEach(handle => {
    const label = handle.closest('.widget-slider').querySelector('.widget-label');
    if (label?.textContent) handle.setAttribute('aria-label', label.textContent);
  });
  const keep = event => {  // decided at the window, before JupyterLab listens at the document
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (box.contains(event.target)) box.toggleAttribute('data-lm-suppress-shortcuts', plain);
  };
  const leave = event => { if (event.key === 'Escape') box.closest('.jp-Cell')?.focus(); };
  const begin = () => {
    box = el.closest('.servicelab-widget');
    if (!box) return void (el.isConnected ? null : requestAnimationFrame(begin));
    window.addEventListener('keydown', keep, true);
    box.addEventListener('keydown', leave);
    names = new MutationObserver(name);
    names.observe(box, { childList: true, subtree: true });
    name();
  };
  requestAnimationFrame(begin);
  return () => {
    names?.disconnect();
    window.removeEventListener('keydown', keep, true);
    box?.removeEventListener('keydown', leave);
  };
}
export default { render };
"""


def well_behaved(widget: Any) -> Any:
    """Return a widget in a box that has manners."""
    import anywidget
    import ipywidgets

    manners = anywidget.AnyWidget(_esm=_ESM, layout=ipywidgets.Layout(display="none"))
    box = ipywidgets.VBox([widget, manners], layout=ipywidgets.Layout(width="100%"))
    box.add_class("servicelab-widget")
    return box
